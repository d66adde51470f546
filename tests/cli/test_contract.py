"""The command line's contract: exit statuses, stdin and stdout, formats, help, settings, bad input."""
import json
import os
import pathlib
import re
import resource
import subprocess
from program import BINARY, SOURCE, ProgramTest, main, of_this_machine

COMMANDS = re.findall(r"^C\((\w+)\)", (SOURCE / "cli/commands.def").read_text(), re.M)


def names():
    for symbol in COMMANDS:
        text = (SOURCE / f"cli/cmd/{symbol}.c").read_text()
        yield re.search(r'\.name = "([^"]+)",\n    \.args', text).group(1)


class Help(ProgramTest):
    def test_every_command_has_help_a_page_and_a_test(self):
        tests = "".join(p.read_text() for p in (SOURCE / "tests/cli").glob("test_*.py"))
        for name in names():
            words = name.split()
            with self.subTest(name):
                self.assertIn(f"interviewctl {name}", self.ok(*words, "--help"))
                self.assertTrue((SOURCE / f"man/interviewctl-{'-'.join(words)}.1").exists())
                self.assertIn(", ".join(f'"{w}"' for w in words), tests)

    def test_no_command_shows_the_way(self):
        self.assertIn("interviewctl practice", self.ok())
        self.assertIn("session create", self.ok("session"))

    def test_typos_are_met_with_a_suggestion(self):
        self.assertIn('did you mean "practice"', self.fails(64, "INVALID_REQUEST", "practise"))
        self.assertIn("did you mean --language", self.fails(64, "INVALID_REQUEST", "speak", "--langauge", "en", "x"))
        self.assertIn('did you mean "session list"', self.fails(64, "INVALID_REQUEST", "session", "lst"))

    def test_topics(self):
        for topic in ("environment", "formats", "exit-codes", "files", "providers"):
            self.assertTrue(self.ok("help", topic))
        self.fails(64, "INVALID_REQUEST", "help", "nonsense")

    def test_help_in_three_languages_leaves_json_alone(self):
        for lang in ("C", "ko_KR.UTF-8", "ja_JP.UTF-8"):
            listing = self.ok("config", "list", "--json", env={"LC_ALL": lang})
            self.assertIn("tts.engine", listing)

    def test_completions_are_syntactically_good(self):
        subprocess.run(["bash", "-n"], input=self.ok("completion", "bash").encode(), check=True)
        self.assertIn("#compdef", self.ok("completion", "zsh"))
        self.assertIn("complete -c interviewctl", self.ok("completion", "fish"))
        self.assertIn("tts.engine", self.ok("completion", "--words", "setting"))
        self.fails(64, "INVALID_REQUEST", "completion", "tcsh")

    def test_version(self):
        self.assertRegex(self.ok("version"), r"^interviewctl \d+\.\d+\.\d+\n")
        self.assertIn("features", self.json("version"))

    def test_doctor_and_providers(self):
        checks = self.run_program("doctor", "--json")
        self.assertIn(checks.returncode, (0, 1))
        rows = {c["check"]: c for c in json.loads(checks.stdout)}
        self.assertIn("store", rows)
        self.assertEqual(rows["redis"]["state"], "missing")  # sessions are in a file here
        self.assertIs(type(self.json("version")["features"]["redis"]), bool)
        kinds = {p["kind"] for p in self.json("providers", "list")}
        self.assertEqual(kinds, {"stt", "interviewer", "llm", "tts", "rooms"})


class Config(ProgramTest):
    def test_set_get_unset(self):
        self.ok("config", "set", "tts.rate", "1.25")
        self.assertEqual(self.ok("config", "get", "tts.rate"), "1.25\n")
        self.ok("config", "unset", "tts.rate")
        self.assertEqual(self.ok("config", "get", "tts.rate"), "1\n")

    def test_comments_survive_an_edit(self):
        path = pathlib.Path(self.ok("config", "path").strip())
        path.parent.mkdir(parents=True)
        path.write_text("# mine\n[tts]\n; quick\nrate = 1.5\n")
        self.ok("config", "set", "tts.voice", "en-us")
        self.assertEqual(path.read_text(), "# mine\n[tts]\n; quick\nrate = 1.5\nvoice = en-us\n")

    def test_precedence_and_origin(self):
        self.ok("config", "set", "session.duration", "10")
        (self.home / ".env").write_text("INTERVIEWCTL_SESSION_DURATION=20\n")
        self.assertEqual(self.ok("config", "get", "session.duration"), "20\n")
        self.assertEqual(self.ok("config", "get", "session.duration", env={"INTERVIEWCTL_SESSION_DURATION": "40"}), "40\n")
        rows = {r["key"]: r for r in self.json("config", "list", "--show-origin")}
        self.assertEqual((rows["session.duration"]["origin"], rows["session.duration"]["place"]), (".env", ".env:1"))
        self.assertEqual(rows["tts.rate"]["origin"], "default")

    def test_known_environment_names(self):
        self.assertEqual(self.ok("config", "get", "tts.engine", env={"TTS_PROVIDER": "espeak"}), "espeak\n")

    def test_bad_settings_are_named(self):
        self.assertIn("session.duration", self.fails(64, "INVALID_REQUEST", "config", "set", "session.duration", "4"))
        self.fails(66, "NOT_FOUND", "config", "get", "no.such")
        self.fails(66, "NOT_FOUND", "config", "unset", "no.such")
        bad = self.home / "bad.conf"
        bad.write_text("[tts]\nrate = fast\n")
        self.assertIn("bad.conf:2", self.fails(78, "INVALID_CONFIG", "config", "validate", bad))
        self.fails(78, "INVALID_CONFIG", "session", "list", env={"INTERVIEWCTL_TTS_RATE": "9"})
        self.ok("config", "validate")

    def test_edit_checks_what_the_editor_left(self):
        self.fails(78, "INVALID_CONFIG", "config", "edit", env={"EDITOR": "sh -c 'printf \"[tts]\\nrate = 99\\n\" > \"$0\"'"})
        self.fails(69, "UNAVAILABLE", "config", "edit", env={"EDITOR": "false"})


class BadInput(ProgramTest):
    def test_unknown_words(self):
        self.assertIn("technicl", self.fails(64, "INVALID_REQUEST", "session", "create", "--type", "technicl"))
        self.assertIn("ko, en, ja", self.fails(64, "INVALID_REQUEST", "session", "create", "--language", "de"))
        self.assertIn("impossible", self.fails(64, "INVALID_REQUEST", "session", "create", "--difficulty", "impossible"))
        for command in (["session", "show"], ["ask"], ["session", "end"], ["report"], ["session", "export"], ["session", "replay"], ["latency"]):
            self.fails(66, "SESSION_NOT_FOUND", *command, "sess_000000000000")

    def test_four_and_121_minutes(self):
        for minutes in ("4", "121", "-1"):
            self.assertIn(minutes, self.fails(64, "INVALID_REQUEST", "session", "create", "--duration", minutes))

    def test_not_audio(self):
        text, empty = self.home / "text.wav", self.home / "empty.wav"
        text.write_text("this is not sound\n")
        empty.write_bytes(b"")
        for path in (text, empty):
            self.assertIn(path.name, self.fails(65, "STT_INVALID_AUDIO", "transcribe", path, "--language", "en"))
        self.fails(66, "NOT_FOUND", "transcribe", self.home / "nowhere.wav", "--language", "en")

    def test_text_too_long_and_not_utf8(self):
        session = self.create()
        self.ok("ask", session)
        before = self.ok("session", "show", session, "--transcript", "text")
        self.fails(65, "PAYLOAD_TOO_LARGE", "answer", session, "-", stdin="word " * 200_000)
        self.fails(65, "INVALID_DATA", "answer", session, "-", stdin=b"\xff\xfe broken")
        self.fails(64, "INVALID_REQUEST", "answer", session, "   ")
        self.assertEqual(self.ok("session", "show", session, "--transcript", "text"), before)

    def test_question_bank_with_an_error(self):
        bank = self.home / "bank.yaml"
        bank.write_text("language: en\ntype: technical\ndifficulty: easy\nquestions:\n  - id: x\n    competency: algorithms\n    ask: 5\n")
        done = self.run_program("questions", "lint", bank)
        self.assertEqual(done.returncode, 65)
        self.assertRegex(done.stdout, r"bank\.yaml:\d+: ")
        self.fails(65, "INVALID_DATA", "session", "create", "--questions", bank)
        self.fails(65, "INVALID_DATA", "questions", "import", bank, "--name", "mine")

    def test_forbidden_topics_are_found(self):
        text = self.ok("questions", "export", "--type", "general", "--language", "en", "--difficulty", "easy")
        bad = re.sub(r'(?m)^(\s+ask: ).*$', r'\1"How old are you, and are you married?"', text, count=1)
        done = self.run_program("questions", "lint", "-", stdin=bad)
        self.assertEqual(done.returncode, 65, done.stdout)

    @of_this_machine
    def test_read_only_home(self):
        if os.geteuid() == 0:
            env = {"XDG_DATA_HOME": "/proc/nowhere"}
        else:
            self.home.chmod(0o500)
            env = {}
        done = self.run_program("session", "list", env=env)
        self.assertIn(done.returncode, (73, 74))
        self.assertIn("error[", done.stderr)

    @of_this_machine
    def test_full_disk(self):
        session = self.create()
        self.ok("ask", session)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        done = subprocess.run([BINARY, "answer", session, "An answer that finds no room on the disk."], env=self.env, capture_output=True,
                              preexec_fn=limit, cwd=self.home)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.ok("answer", session, "The same answer, with room.")
        self.assertEqual(self.json("session", "show", session)["metadata"]["responses_received"], 1)

    def test_full_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BINARY, "config", "list"], env=self.env, stdout=full, stderr=subprocess.PIPE, cwd=self.home)
        self.assertEqual(done.returncode, 74)
        self.assertIn(b"error[IO_ERROR]", done.stderr)

    def test_broken_pipe(self):
        done = subprocess.run(["sh", "-c", f"'{BINARY}' questions list --json; echo $? >&2"], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.home)
        self.assertTrue(done.stdout)
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([BINARY, "questions", "list", "--json"], env=self.env, stdout=writer, stderr=subprocess.PIPE, cwd=self.home)
        os.close(writer)
        self.assertEqual(done.returncode, 74)

    def test_stdin_closed_where_a_pipe_is_expected(self):
        session = self.create()
        self.ok("ask", session)
        done = subprocess.run(["sh", "-c", f"'{BINARY}' answer {session} - <&-"], env=self.env, capture_output=True, cwd=self.home)
        self.assertEqual(done.returncode, 64, done.stdout)

    def test_errors_are_objects_with_json(self):
        done = self.run_program("session", "show", "sess_000000000000", "--json")
        body = json.loads(done.stderr)
        self.assertEqual(body["error"]["code"], "SESSION_NOT_FOUND")
        self.assertEqual((body["status_code"], body["detail"]), (404, body["error"]["message"]))
        self.assertEqual(done.stdout, "")

    def test_missing_and_surplus_arguments(self):
        self.fails(64, "INVALID_REQUEST", "session", "show")
        self.fails(64, "INVALID_REQUEST", "session", "list", "what")
        self.fails(64, "INVALID_REQUEST", "render", "text")

    def test_timeout(self):
        process = subprocess.Popen([BINARY, "--timeout", "0.2", "transcribe", "-"], env=self.env, stdin=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.home)
        self.assertEqual(process.wait(timeout=20), 124)
        process.stdin.close()
        process.stderr.close()

    def test_terminal_escapes_never_reach_the_terminal(self):
        session = self.create()
        self.ok("ask", session)
        self.ok("answer", session, "red \x1b[31m text \x1b]52;c;aGk=\x07 here")
        self.assertNotIn("\x1b", self.ok("session", "show", session, "--transcript", "text"))


class Questions(ProgramTest):
    def test_list_show_export_lint(self):
        ids = self.ok("questions", "list", "--type", "technical", "--language", "ko", "--difficulty", "hard", "--format", "id").split()
        self.assertGreaterEqual(len(ids), 12)
        shown = self.json("questions", "show", ids[0])
        self.assertEqual(len(shown["levels"]), 5)
        text = self.ok("questions", "export", "--type", "technical", "--language", "ko", "--difficulty", "hard")
        self.ok("questions", "lint", "-", stdin=text)
        self.ok("questions", "import", "-", "--name", "mine", stdin=text)
        self.assertEqual(self.ok("questions", "list", "--set", "mine", "--format", "id").split(), ids)
        self.fails(66, "NOT_FOUND", "questions", "show", "no-such-question")

    def test_shipped_banks_are_clean(self):
        self.assertEqual(self.ok("questions", "lint"), "")


if __name__ == "__main__":
    main()
