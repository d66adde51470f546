"""Sessions from the command line: every command, every format, every state."""
import json
import re
from program import ANSWERS, ProgramTest, main, of_this_machine

KEYS = {"session_id", "user_id", "interview_type", "language", "difficulty", "status", "created_at", "expires_at", "daily_room_url",
        "websocket_url", "started_at", "duration_seconds", "message_count", "metadata"}


class Sessions(ProgramTest):
    def test_create_prints_the_id_alone(self):
        self.assertRegex(self.create(), r"^sess_[0-9a-z]{12}$")

    def test_show_has_the_keys_of_the_contract(self):
        session = self.json("session", "show", self.create("--type", "technical", "--duration", "45"))
        self.assertLessEqual(KEYS, set(session))
        self.assertEqual((session["interview_type"], session["status"], session["started_at"]), ("technical", "created", None))
        self.assertRegex(session["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")

    def test_list_is_newest_first_and_filters(self):
        ids = [self.create() for _ in range(3)]
        self.ok("session", "end", ids[0])
        listing = self.json("session", "list", "--user", "me")
        self.assertEqual([s["session_id"] for s in listing["sessions"]], ids[::-1])
        self.assertEqual((listing["total"], listing["limit"], listing["offset"]), (3, 20, 0))
        ended = self.ok("session", "list", "--status", "terminated", "--format", "id").split()
        self.assertEqual(ended, ids[:1])
        self.assertEqual(self.ok("session", "list", "--before", ids[1], "--format", "id").split(), ids[:1])
        self.assertEqual(self.ok("session", "list", "--user", "nobody", "--format", "id"), "")

    def test_formats(self):
        session = self.create()
        rows = self.ok("session", "list", "--format", "tsv", "--fields", "session_id,status").splitlines()
        self.assertEqual(rows, ["session_id\tstatus", f"{session}\tcreated"])
        self.assertEqual(self.ok("session", "list", "--format", "csv", "--fields", "status"), "status\r\ncreated\r\n")
        line = self.ok("session", "list", "--format", "ndjson").splitlines()
        self.assertEqual([json.loads(x)["session_id"] for x in line], [session])
        self.assertIn(session, self.ok("session", "list"))

    def test_pause_and_resume(self):
        session = self.create()
        self.fails(77, "INVALID_STATE", "session", "pause", session)
        self.ok("session", "start", session)
        self.fails(77, "SESSION_ALREADY_ACTIVE", "session", "start", session)
        self.fails(77, "SESSION_ALREADY_ACTIVE", "session", "resume", session)
        self.assertEqual(self.json("session", "pause", session)["status"], "paused")
        self.fails(77, "INVALID_STATE", "answer", session, "While paused.")
        self.assertEqual(self.json("session", "resume", session)["status"], "active")

    def test_end_answers_the_same_again(self):
        session = self.create()
        self.ok("ask", session)
        self.ok("answer", session, "I once led a migration of our billing system and cut failures by 40 percent in three months.")
        first, again = (self.json("session", "end", session) for _ in range(2))
        self.assertEqual(first, again)
        self.assertEqual(first["status"], "terminated")
        self.assertLessEqual({"duration_seconds", "total_messages", "ai_questions", "user_responses", "average_response_time_ms",
                              "average_ai_latency_ms", "transcript_url", "video_url"}, set(first["summary"]))
        self.assertLessEqual({"overall_score", "communication", "technical_knowledge", "problem_solving", "comments"}, set(first["feedback"]))

    def test_nothing_answered_is_not_scored(self):
        feedback = self.json("session", "end", self.create())["feedback"]
        self.assertEqual([feedback[k] for k in ("overall_score", "communication", "technical_knowledge", "problem_solving")], [None] * 4)
        self.assertTrue(feedback["comments"])

    def test_five_open_sessions_and_no_more(self):
        for _ in range(5):
            self.create()
        self.fails(75, "SESSION_LIMIT_REACHED", "session", "create", "--user", "me")
        self.ok("session", "create", "--user", "another")

    def test_ask_waits_with_the_same_question(self):
        session = self.create()
        self.assertEqual(self.ok("ask", session), self.ok("ask", session))
        asked = self.json("ask", session)
        self.assertLessEqual({"session_id", "question", "text", "question_id", "number", "of", "done"}, set(asked))

    def test_an_interview_by_ask_and_answer(self):
        session = self.create("--type", "behavioral", "--duration", "10")
        last = self.answer_all(session)
        self.assertEqual(last["status"], "completed")
        self.assertIsNotNone(last["feedback"]["overall_score"])
        self.assertIsNone(last["next_question"])
        shown = self.json("session", "show", session)
        self.assertEqual(shown["status"], "completed")
        self.fails(77, "INVALID_STATE", "answer", session, "One more.")

    def test_answer_takes_a_pipe(self):
        session = self.create()
        self.ok("ask", session)
        reply = json.loads(self.ok("answer", session, "-", "--json", stdin="I fixed the outage myself within two hours.\n"))
        self.assertTrue(reply["next_question"])

    def test_transcript_forms(self):
        session = self.create()
        self.ok("ask", session)
        self.ok("answer", session, "Quite unusual words: zanzibar.")
        for form, sign in (("text", "Candidate: "), ("srt", " --> "), ("vtt", "WEBVTT"), ("md", "**Candidate**"), ("json", '"transcript"')):
            text = self.ok("session", "show", session, "--transcript", form)
            self.assertIn(sign, text)
            self.assertIn("zanzibar", text)

    def test_export_import_export_is_equal(self):
        session = self.create("--type", "behavioral", "--duration", "5")
        self.answer_all(session)
        first = self.ok("session", "export", session)
        self.fails(64, "INVALID_REQUEST", "session", "delete", session, "--no-input")
        self.ok("session", "delete", session, "--yes")
        self.fails(66, "SESSION_NOT_FOUND", "session", "show", session)
        self.ok("session", "import", "-", stdin=first)
        self.assertEqual(self.ok("session", "export", session), first)
        self.assertNotEqual(self.run_program("session", "import", "-", stdin=first).returncode, 0)

    def test_replay_gives_the_same(self):
        session = self.create("--type", "behavioral", "--duration", "5")
        self.answer_all(session)
        replay = self.json("session", "replay", session)
        self.assertTrue(replay["same_transcript"] and replay["same_report"], replay)

    def test_stats(self):
        self.ok("session", "end", self.create())
        self.create()
        stats = self.json("stats", "--period", "today")
        self.assertEqual((stats["total_sessions"], stats["terminated_sessions"]), (2, 1))
        self.fails(64, "INVALID_REQUEST", "stats", "--period", "yesteryear")

    @of_this_machine
    def test_backup_and_restore(self):
        session = self.create()
        self.ok("backup", self.home / "copy.db")
        self.ok("session", "delete", session, "--yes")
        self.ok("restore", self.home / "copy.db", "--yes")
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])
        (self.home / "bad.db").write_bytes(b"not a store" * 100)
        self.fails(65, "INVALID_DATA", "restore", self.home / "bad.db", "--yes")
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])


class Reports(ProgramTest):
    def interview(self):
        session = self.create("--type", "behavioral", "--duration", "10")
        self.answer_all(session)
        return session

    def test_report_forms_and_verify(self):
        session = self.interview()
        for form, sign in (("text", "Overall"), ("md", "#"), ("html", "<svg"), ("json", '"report_version"')):
            self.assertIn(sign, self.ok("report", session, "--as", form))
        report = self.home / "report.json"
        self.ok("report", session, "--as", "json", "-o", report)
        self.ok("verify", report)
        data = json.loads(report.read_text())
        changed = json.loads(report.read_text())
        changed["feedback"]["overall_score"] = 9.9
        report.write_text(json.dumps(changed))
        self.fails(1, "NO", "verify", report)
        quotes = [(i, j) for i, s in enumerate(data["scores"]) for j, _ in enumerate(s["evidence"])]
        self.assertTrue(quotes)
        i, j = quotes[0]
        data["scores"][i]["evidence"][j]["quote"] += " indeed"
        report.write_text(json.dumps(data))
        self.fails(1, "NO", "verify", report)

    def test_report_is_the_same_every_time(self):
        session = self.interview()
        self.assertEqual(self.ok("report", session, "--as", "json"), self.ok("report", session, "--as", "json"))

    def test_min_score(self):
        session = self.interview()
        self.ok("report", session, "--min-score", "0")
        self.fails(1, "NO", "report", session, "--min-score", "10")

    def test_compare_and_progress(self):
        a, b = self.interview(), self.interview()
        self.assertTrue(self.ok("report", a, "--compare", b))
        self.assertTrue(self.ok("report", a, b, "--progress"))

    def test_score_of_a_transcript_from_elsewhere(self):
        answer = (ANSWERS / "interview-en.txt").read_text().splitlines()[0]
        text = f"Interviewer: Tell me about a time you took ownership.\nCandidate: {answer}\n"
        report = json.loads(self.ok("score", "-", "--type", "behavioral", "--language", "en", "--as", "json", stdin=text))
        self.assertIn("feedback", report)
        self.fails(65, "INVALID_DATA", "score", "-", "--language", "en", stdin="neither here nor there")


if __name__ == "__main__":
    main()
