"""Whole interviews at the keyboard, in three languages, with everything that can be pressed on the way."""
import json
import pathlib
import shutil
import signal
import subprocess
import unittest
from screen import ANSWERS, BINARY, Display, ScreenTest, main

WORDS = {
    "en": {"locale": "en_US.UTF-8", "listening": "Listening", "report": "Report", "paused": "Paused", "you": "You", "hints": "What a good answer holds",
           "empty": "Type an answer", "over": "Enter shows the report"},
    "ko": {"locale": "ko_KR.UTF-8", "listening": "듣는 중", "report": "결과", "paused": "멈춤", "you": "나", "hints": "좋은 대답에 담길 내용",
           "empty": "대답을 쓰고", "over": "결과가 나옵니다"},
    "ja": {"locale": "ja_JP.UTF-8", "listening": "聞いています", "report": "結果", "paused": "休止中", "you": "あなた", "hints": "よい回答に含まれること",
           "empty": "回答を入力し", "over": "Enter で結果を見ます"},
}


def answers(language):
    lines = (ANSWERS / f"interview-{language}.txt").read_text().splitlines()
    return [line[:120] for line in lines if line.strip()]


class Face:
    """The interviewer's, of half blocks: what stands in each of its cells."""

    def __init__(self, t):
        self.cells = {}
        for y in range(t.screen.lines):
            for x in range(t.screen.columns):
                c = t.screen.buffer[y][x]
                if c.bg != "default" or c.data in "▀▄▖▗▘▝▚▞▙▛▜▟":
                    self.cells[y, x] = (c.data, c.fg, c.bg)
        self.colours = {(fg, bg) for _, fg, bg in self.cells.values()}


class Interview(ScreenTest):
    def hold(self, language):
        words = WORDS[language]
        t = self.terminal("practice", "--language", language, "--type", "behavioral", "--duration", "5", "--seed", "3",
                          env={"LC_ALL": words["locale"]})
        t.shows("interviewctl")
        t.type("\r")
        t.shows(words["listening"])
        said, lines = [], answers(language)
        for i in range(40):
            t.wait(lambda: words["listening"] in t.text() or words["over"] in t.text(), "the candidate's turn")
            if words["over"] in t.text():
                break
            said.append(lines[i % len(lines)])
            t.type(said[-1])
            t.wait(lambda: words["empty"] not in t.lines[-2], "the typed answer")
            t.type("\r")
            t.wait(lambda: words["empty"] in t.lines[-2] or words["over"] in t.lines[-2], "the answer is taken")
        t.type("\r")
        t.wait(lambda: words["report"] in t.lines[0], "the report")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()
        session = json.loads(self.ok("session", "list", "--json"))["sessions"][0]
        self.assertEqual((session["status"], session["language"]), ("completed", language))
        exported = json.loads(self.ok("session", "export", session["session_id"], "--json"))
        kept = [turn["text"] for turn in exported["transcript"] if turn["speaker"] == "candidate"]
        self.assertEqual([" ".join(x.split()) for x in said], kept)
        self.assertGreaterEqual(len(kept), 3)

    def test_english(self):
        self.hold("en")

    def test_korean(self):
        self.hold("ko")

    def test_japanese(self):
        self.hold("ja")

    def begin(self, language="en", *args, env=None, **kw):
        t = self.terminal("practice", "--yes", "--language", language, "--seed", "3", *args,
                          env={"LC_ALL": WORDS[language]["locale"], **(env or {})}, **kw)
        t.shows(WORDS[language]["listening"])
        return t

    def test_the_cursor_is_where_the_next_character_goes(self):
        for language, text, cells in (("en", "plain", 5), ("ko", "안녕하세요", 10), ("ja", "はい、そうです", 14), ("en", "e\u0301te\u0301", 3)):
            with self.subTest(text):
                t = self.begin(language)
                t.type(text)
                t.wait(lambda: t.screen.cursor.x == 3 + cells, f"the cursor behind {text}")
                self.assertEqual(t.screen.cursor.y, t.screen.lines - 2)
                self.assertFalse(t.screen.cursor.hidden)
                t.type("\x1b[D")  # one glyph to the left, not one byte and not one cell
                last = 2 if ord(text[-1]) > 0x1100 else 1
                t.wait(lambda: t.screen.cursor.x == 3 + cells - last, "the cursor one glyph to the left")
                t.type(b"\x7f\x03")
                self.assertEqual(t.end(), 130)

    def test_decomposed_syllables_are_composed_and_taken_back_whole(self):
        t = self.begin("ko")
        t.type("\u1101\u116f\u11bc")  # jamo as some systems send them: 꿩
        t.shows("꿩")
        t.type("\x7f나는 팀에서 일정을 조율했습니다\r")
        t.shows("나는 팀에서 일정을 조율했습니다")
        t.wait(lambda: "꿩" not in t.text(), "the syllable is gone")
        t.type("\x03")
        self.assertEqual(t.end(), 130)

    def test_panels_pause_repeat_skip_and_words(self):
        t = self.begin()
        t.type("\x1bOQ")
        t.shows("What a good answer holds")
        t.type("\x1b")
        t.hides("What a good answer holds")
        t.line("/hint")
        t.shows("What a good answer holds")
        t.type("\x14")
        t.hides("What a good answer holds")
        t.type("\x07")
        t.shows("From answer to reply")
        t.line("I wrote the plan for the release myself and cut errors by 30 percent.")
        t.shows("first words")
        t.type("\x07")
        t.line("/pause")
        t.shows("Paused")
        t.line("kept while paused")
        t.shows("then Enter sends the answer")
        t.type("\x15/resume\r")
        t.shows("Listening")
        question = t.lines[0]
        t.line("/skip")
        t.wait(lambda: t.lines[0] != question and "Listening" in t.text(), "another question")
        t.line("/nonsense")
        t.shows("/repeat /skip")
        t.type("\x15\x12")
        t.shows("Listening")
        t.type("?")
        t.shows("Keys")
        t.type(" ")
        t.hides("Keys")
        t.type("\x1b[18~")
        t.shows("no microphone")
        t.type("\x1b[19~")  # no display: in the terminal, or why not
        t.wait(lambda: Face(t).cells or "no window" in t.text(), "the face")
        t.type("\x1b[19~")
        t.wait(lambda: not Face(t).cells, "no face")
        t.line("/end")
        t.shows("End the interview now?")
        t.type("n")
        t.hides("End the interview now?")
        t.type("\x18y")
        t.shows("Report")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()

    def begin_with_face(self, *args, **kw):
        """--record, so that there is a voice without a speaker."""
        if not json.loads(self.ok("version", "--json"))["features"]["chafa"]:
            self.skipTest("built without Chafa")
        return self.terminal("practice", "--yes", "--language", "en", "--type", "behavioral", "--avatar", "term", "--record", self.home / "tape", *args, **kw)

    def test_the_face_in_the_terminal(self):
        t = self.begin_with_face(env={"COLORTERM": "truecolor"})
        t.shows("Speaking")
        t.wait(lambda: len(Face(t).cells) > 50, "the face")
        self.assertGreater(len(Face(t).colours), 30)
        for _ in range(3):
            before = Face(t).cells
            t.wait(lambda: Face(t).cells != before, "a mouth that moves")
        self.assertIn("Speaking", t.text())
        at = Face(t).cells
        self.assertLess(max(y for y, _ in at) - min(y for y, _ in at), 18)
        self.assertTrue(all(x >= 50 for _, x in at), "the words keep their place")

        # What lies over it is whole, and it comes back; so it does at another size.
        t.type("?")
        t.shows("Keys")
        t.wait(lambda: not Face(t).cells, "no face beside the list of keys")
        t.type(" ")
        t.wait(lambda: len(Face(t).cells) > 50, "the face again")
        t.resize(70, 20)
        t.wait(lambda: "F1 Help" in t.lines[19], "the small screen")
        t.wait(lambda: len(Face(t).cells) > 20, "a small face")
        self.assertTrue(all(y < 18 for y, _ in Face(t).cells))
        t.resize(24, 8)  # no room
        t.wait(lambda: not Face(t).cells, "no face")
        t.resize(100, 30)
        t.wait(lambda: len(Face(t).cells) > 50, "the face again")
        t.type("\x1b[19~")
        t.wait(lambda: not Face(t).cells, "no face after F8")
        t.line("/end")
        t.type("y")
        t.shows("Report")
        self.assertEqual(Face(t).cells, {})
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()

    def test_no_colour_means_none_in_the_face_either(self):
        t = self.begin_with_face(env={"COLORTERM": "truecolor", "NO_COLOR": "1"})
        t.wait(lambda: len(Face(t).cells) > 50, "the face")
        self.assertEqual(Face(t).colours, {("default", "default")})
        self.assertNotIn(b"\x1b[38", t.raw)
        t.kill(signal.SIGTERM)
        t.end()

    def test_pictures_for_terminals_that_take_them(self):
        for pixels, begins, wipes in (("kitty", b"\x1b_Ga=T", b"\x1b_Ga=d"), ("sixel", b"\x1bP0;1;0q", b"")):
            with self.subTest(pixels):
                t = self.begin_with_face(env={"INTERVIEWCTL_AVATAR_PIXELS": pixels})
                t.wait(lambda: t.raw.count(begins) > 2, "pictures")
                self.assertIn(wipes, t.raw)
                t.kill(signal.SIGTERM)
                t.end()

    def test_lines_of_text_have_no_room_for_it(self):
        done = subprocess.run([BINARY, "practice", "--plain", "--avatar", "term", "--language", "en"], env=self.env, cwd=self.home, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 69)
        self.assertIn("--avatar term", done.stderr)

    @unittest.skipUnless(shutil.which("Xvfb"), "no Xvfb")
    def test_the_face_opens_and_closes_and_the_interview_goes_on(self):
        display = Display(self)
        t = self.begin("en", "--avatar", "window", env={"DISPLAY": display.name})
        t.wait(lambda: display.colours() > 50, "the face")
        t.type("\x1b[19~")
        t.wait(lambda: display.colours() < 5, "the window's end")
        t.line("/face")
        t.wait(lambda: display.colours() > 50, "the face again")
        t.line("I planned the release myself and cut errors by 30 percent.")
        t.shows("You")
        t.line("/end")
        t.type("y")
        t.shows("Report")
        t.wait(lambda: display.colours() < 5, "the window's end with the interview's")
        t.type("q")
        self.assertEqual(t.end(), 0)

    def test_a_microphone_that_is_not_there_is_said_and_the_interview_goes_on(self):
        t = self.begin("en", "--mic", "no such device")
        t.wait(lambda: "no such device" in t.text() or "no microphone" in t.text(), "why there is no microphone")
        t.line("I planned the release myself and cut errors by 30 percent.")
        t.shows("You")
        t.line("/end")
        t.type("y")
        t.shows("Report")
        t.type("q")
        self.assertEqual(t.end(), 0)

    def test_pasted_lines_are_one_answer(self):
        t = self.begin()
        t.type("\x1b[200~I did three things:\rI asked,\tthen built,\rthen measured.\x1b[201~")
        t.shows("then measured.")
        t.settle()
        self.assertIn("Listening", t.text())
        t.type("\r")
        t.wait(lambda: "Type an answer" in t.lines[-2], "the field is empty")
        t.type("\x03")
        self.assertEqual(t.end(), 130)
        session = json.loads(self.ok("session", "list", "--json"))["sessions"][0]["session_id"]
        turns = json.loads(self.ok("session", "export", session, "--json"))["transcript"]
        self.assertEqual(turns[1]["text"], "I did three things:\nI asked, then built,\nthen measured.")

    def test_interrupt_saves_and_the_next_start_goes_on(self):
        t = self.begin()
        t.answer("I built the importer on my own and halved its run time.")
        t.type("\x03")
        self.assertEqual(t.end(), 130)
        self.assertIn(b"goes on", t.raw.split(b"\x1b[?1049l")[-1])
        self.assertEqual(json.loads(self.ok("session", "list", "--json"))["sessions"][0]["status"], "paused")
        t = self.terminal("practice")
        t.shows("with the unfinished one of")
        t.type("\r")
        t.shows("I built the importer")
        t.shows("Listening")
        t.line("/end")
        t.type("y")
        t.shows("Report")
        t.type("q")
        self.assertEqual(t.end(), 0)

    def test_reading_back_and_a_field_of_many_lines(self):
        t = self.begin(columns=60, rows=16)
        for i in range(5):
            t.answer(f"Answer number {i}: I planned it, built it, measured it, and it saved two days a month for all of us.")
        self.assertNotIn("Answer number 0", t.text())
        for _ in range(40):
            if "Answer number 0" in t.text():
                break
            t.type("\x1b[5~")
            t.settle()
        self.assertIn("Answer number 0", t.text())
        self.assertIn("back to the end", t.text())
        t.type("\x1b")
        t.hides("back to the end")
        t.type("word " * 60)
        t.shows("word word")
        self.assertGreaterEqual(sum("word word" in line for line in t.lines), 3)
        t.type("\x15\x03")
        self.assertEqual(t.end(), 130)

    def test_record_leaves_its_files(self):
        t = self.terminal("practice", "--yes", "--language", "en", "--seed", "3", "--record", self.home / "out")
        t.shows("Listening", 60)
        t.answer("I wrote the plan myself and we shipped two weeks early.")
        t.shows("Listening", 90)
        t.line("/end")
        t.type("y")
        t.shows("Report", 60)
        t.type("q")
        self.assertEqual(t.end(60), 0)
        names = {pathlib.Path(p).suffix for p in (self.home / "out").iterdir()}
        self.assertLessEqual({".wav", ".txt", ".json"}, names)


class Screens(ScreenTest):
    def choose(self, t, row, keys):
        """Down from the top to a row, then keys."""
        t.type("\x1b[H")
        t.settle()
        for _ in range(12):
            if any(f"{row} " in line and "‹" in line for line in t.lines):
                break
            t.type("\x1b[B")
            t.settle(0.15)
        t.type(keys)

    def test_choices_of_the_start_screen_make_the_session(self):
        t = self.terminal("practice", "--language", "en")
        t.shows("practise a job interview")
        self.choose(t, "Interview", "\x1b[C")
        t.shows("technical")
        self.choose(t, "Difficulty", "\x1b[D")
        t.shows("easy")
        self.choose(t, "Length", "\x1b[C\x1b[C")
        t.shows("40 minutes")
        self.choose(t, "Manner", "\x1b[C")
        t.shows("warm")
        t.type("\x1b[A")
        t.wait(lambda: not t.screen.cursor.hidden and t.screen.cursor.y == t.row_of("Job title"), "the field of the job title")
        t.type("backend engineer")
        t.shows("backend engineer")
        t.type("\r")
        t.shows("Listening")
        t.type("\x03")
        self.assertEqual(t.end(), 130)
        session = json.loads(self.ok("session", "list", "--json"))["sessions"][0]
        facts = json.loads(self.ok("session", "export", session["session_id"], "--json"))["facts"]
        self.assertEqual((session["interview_type"], session["difficulty"], facts["duration_minutes"], facts["role"], facts["persona"]),
                         ("technical", "easy", 40, "backend engineer", "warm"))

    def test_report_pages_export_history_settings(self):
        self.ok("practice", "--plain", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--type", "behavioral", "--duration", "5", "--seed", "3")
        t = self.terminal("practice")
        t.shows("Earlier interviews")
        t.type("\x1bOQ")
        t.shows("completed")
        t.type("\r")
        t.shows("Interview report")
        t.shows("overall")
        t.type("\t")
        t.shows("Who spoke when")
        t.type("\t")
        t.shows("Candidate:")
        t.type("\t")
        t.shows("Technical knowledge")
        t.type("e")
        t.shows("Write the report to a file")
        t.type("\x15mine.json\r")
        t.shows("written: mine.json")
        self.ok("verify", self.home / "mine.json")
        t.type("e\x15/proc/nowhere/x.md\r")
        t.shows("/proc/nowhere")
        t.type("\x1b")
        t.shows("History")
        t.type("\x1b")
        t.shows("Earlier interviews")
        t.type("\x1bOR")
        t.shows("session.type")
        t.type("\x1b[B\x1b[C")
        t.shows("kept")
        self.assertRegex((self.home / ".config/interviewctl/interviewctl.conf").read_text(), r"type\s*=\s*technical")
        t.type("\x1b[B\x1b[B\x1b[B\r\x15999\r")
        t.shows("999")
        self.assertNotIn("999", (self.home / ".config/interviewctl/interviewctl.conf").read_text())
        t.type("\x1b")
        t.shows("Earlier interviews")
        t.type("\x1bOQ")
        t.shows("completed")
        t.type("d")
        t.shows("Delete this interview")
        t.type("y")
        t.shows("none yet")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()


if __name__ == "__main__":
    main()
