"""The terminal itself: sizes, kinds, signals, colours; and that it is given back as it was."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import termios
import time
import unittest
from screen import BINARY, ScreenTest, main

KINDS = ("xterm", "xterm-256color", "screen", "screen-256color", "tmux-256color", "linux", "vt100", "rxvt-unicode")


class Kinds(ScreenTest):
    def test_every_kind_of_terminal(self):
        for kind in KINDS:
            with self.subTest(kind):
                if subprocess.run(["infocmp", kind], capture_output=True).returncode:
                    self.skipTest(f"nothing is known of {kind} here")
                t = self.terminal("practice", "--yes", "--language", "ko", term=kind)
                before = t.modes()
                t.shows("Listening")
                t.type("안녕하세요")
                t.shows("안녕하세요")
                t.type(b"\x15\x18y")
                t.shows("Report")
                t.type("q")
                self.assertEqual(t.end(), 0)
                t.check_bytes()
                self.assertEqual(before, t.modes())

    def test_a_terminal_that_cannot_be_drawn_on_gets_lines(self):
        for kind in ("dumb", "no-such-terminal", ""):
            with self.subTest(kind):
                t = self.terminal("practice", "--language", "en", "--duration", "5", term=kind)
                t.shows("Interviewer:")
                self.assertNotIn(b"\x1b[?1049h", t.raw)
                self.assertNotIn(b"\x1b[2J", t.raw)
                t.line("/end")
                self.assertEqual(t.end(), 0)

    def test_plain_and_json_stay_lines(self):
        for args in (["--plain"], ["--json"], ["--no-input"]):
            with self.subTest(args):
                t = self.terminal("practice", "--language", "en", "--duration", "5", *args)
                t.wait(lambda: b"/repeat" in t.raw or b"Interviewer" in t.raw, "the first line")
                t.line("/end")
                t.end()
                self.assertNotIn(b"\x1b[?1049h", t.raw)

    def test_no_color_is_no_colour(self):
        sgr = re.compile(rb"\x1b\[([0-9;]*)m")
        for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"INTERVIEWCTL_SCREEN_COLORS": "mono"}, False),
                              ({"INTERVIEWCTL_SCREEN_COLORS": "contrast"}, True), ({"INTERVIEWCTL_SCREEN_COLORS": "light"}, True)):
            with self.subTest(env):
                t = self.terminal("practice", "--yes", "--language", "en", env=env)
                t.shows("Listening")
                t.settle()
                codes = {int(c) for m in sgr.finditer(t.raw) for c in m.group(1).split(b";") if c}
                self.assertEqual(bool(codes & set(range(30, 38)) | codes & set(range(40, 48))), coloured, codes)
                t.type(b"\x03")
                self.assertEqual(t.end(), 130)


class Sizes(ScreenTest):
    def test_every_size(self):
        t = self.terminal("practice", "--yes", "--language", "ja", "--seed", "3", env={"LC_ALL": "ja_JP.UTF-8"})
        t.shows("聞いています")
        for columns, rows in ((20, 5), (21, 6), (40, 10), (400, 120), (80, 24), (20, 120), (400, 5), (133, 43), (2, 1), (1, 1), (100, 30)):
            with self.subTest(size=(columns, rows)):
                t.resize(columns, rows)
                t.settle()
                if columns >= 20 and rows >= 5:
                    t.type("はい")
                    t.wait(lambda: "はい" in t.text() and not t.screen.cursor.hidden, "what is typed")
                    self.assertLess(t.screen.cursor.y, rows)
                    t.type(b"\x15")
        for key in ("\x1bOP", "\x1bOQ", "\x07", "\x18"):  # panels and boxes at the smallest size
            t.resize(20, 5)
            t.settle()
            t.type(key)
            t.settle()
            t.type("\x1b")
            t.settle()
        t.resize(100, 30)
        t.type("\x1b")
        t.settle()
        t.shows("聞いています")
        t.type(b"\x18y")
        t.wait(lambda: "結果" in t.lines[0], "the report")
        for columns, rows in ((20, 5), (400, 120), (80, 24)):
            t.resize(columns, rows)
            t.settle()
            t.type("\t\t\t\t")
            t.settle()
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()

    def test_a_thousand_changes_of_size(self):
        t = self.terminal("practice", "--yes", "--language", "en", "--seed", "3")
        t.shows("Listening")
        chance = random.Random(5)
        for i in range(1000):
            t.resize(chance.randint(1, 200), chance.randint(1, 60))
            if i % 7 == 0:
                t.pump()
        t.resize(90, 25)
        t.settle()
        t.answer("Still here, after all that.")
        t.shows("Still here, after all that.")
        t.shows("Listening")
        t.type(b"\x03")
        self.assertEqual(t.end(), 130)
        t.check_bytes()


class Signals(ScreenTest):
    def held(self, **kw):
        t = self.terminal("practice", "--yes", "--language", "en", "--seed", "3", **kw)
        before = t.modes()
        t.shows("Listening")
        self.assertNotEqual(before[3], t.modes()[3])
        return t, before

    def given_back(self, t, before):
        self.assertEqual(before, t.modes())
        self.assertEqual(t.raw.count(b"\x1b[?1049h"), t.raw.count(b"\x1b[?1049l"))
        self.assertEqual(t.raw.rfind(b"\x1b[?2004h") < t.raw.rfind(b"\x1b[?2004l"), True)
        self.assertFalse(t.screen.cursor.hidden)
        t.check_bytes()

    def test_signals_that_end_it(self):
        for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 130)):
            with self.subTest(number):
                t, before = self.held()
                t.kill(number)
                self.assertEqual(t.end(), status)
                self.given_back(t, before)
                self.assertEqual(json.loads(self.ok("session", "list", "--json"))["sessions"][0]["status"], "paused")

    def test_signals_that_end_it_at_once(self):
        for number, status in ((signal.SIGQUIT, -signal.SIGQUIT), (signal.SIGABRT, -signal.SIGABRT), (signal.SIGSEGV, -signal.SIGSEGV)):
            with self.subTest(number):
                if "ASAN_OPTIONS" in os.environ and number != signal.SIGQUIT:
                    self.skipTest("the sanitizer has these")
                t, before = self.held()
                t.kill(number)
                self.assertEqual(t.end(), status)
                self.given_back(t, before)

    def test_a_time_limit(self):
        t = self.terminal("practice", "--yes", "--language", "en", "--timeout", "2")
        before = t.modes()
        t.shows("Listening")
        self.assertEqual(t.end(), 124)
        self.given_back(t, before)
        self.assertIn(b"TIMED_OUT", t.raw.split(b"\x1b[?1049l")[-1])

    def test_twice_means_now_even_when_the_loop_is_stuck(self):
        t, before = self.held()
        t.kill(signal.SIGSTOP)  # both are there when it goes on
        t.kill(signal.SIGINT)
        t.kill(signal.SIGTERM)
        t.kill(signal.SIGCONT)
        self.assertIn(t.end(), (130, 143))
        self.given_back(t, before)

    def test_stop_and_go_on(self):
        """A shell with job control, as a person uses it."""
        if not shutil.which("bash"):
            self.skipTest("bash is not installed")
        t = self.terminal(command=["bash", "--norc", "--noprofile", "-i"], env={"PS1": "ready> ", "BINARY": os.path.abspath(BINARY)})
        t.shows("ready>")
        before = t.modes()
        t.line("$BINARY practice --yes --language en --seed 3")
        t.shows("Listening")
        t.answer("I built the importer on my own.")
        for _ in range(3):
            t.type(b"\x1a")
            t.wait(lambda: b"Stopped" in t.raw[-2000:], "the shell")
            t.settle()
            self.assertFalse(t.screen.cursor.hidden)
            t.line("echo still-a-$((40 + 2))-shell")
            t.wait(lambda: b"still-a-42-shell" in t.raw[-2000:], "the shell's answer")
            t.raw += b"." * 2000
            t.line("fg")
            t.shows("Paused")
            t.shows("I built the importer")
            t.type("\x1b[15~")
            t.shows("Listening")
        t.answer("And then I measured it.")
        t.type(b"\x03")
        t.wait(lambda: b"goes on" in t.raw[-2000:], "the end of the program")
        t.settle()
        self.assertEqual(before[3] & (termios.ICANON | termios.ECHO), t.modes()[3] & (termios.ICANON | termios.ECHO))
        t.line("exit 7")
        self.assertEqual(t.end(), 7)

    def test_what_is_said_on_fd_2_is_not_on_the_screen(self):
        t, before = self.held(env={"INTERVIEWCTL_LOG_LEVEL": "debug", "INTERVIEWCTL_TTS_ENGINE": "espeak"})
        t.answer("I built the importer on my own.")
        with open(f"/proc/{t.pid}/fd/2", "ab", buffering=0) as stderr:
            stderr.write(b"library noise on the screen\n")
        t.settle()
        self.assertNotIn(b"library noise", t.raw)
        self.assertIn("library noise", (self.home / ".local/state/interviewctl/screen.log").read_text())
        t.type(b"\x03")
        self.assertEqual(t.end(), 130)
        self.given_back(t, before)

    def test_a_terminal_that_goes_away(self):
        t, _ = self.held()
        pid = t.pid
        os.close(t.fd)
        t.fd = os.open("/dev/null", os.O_RDWR)
        end = time.monotonic() + 20
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                t.status = os.waitstatus_to_exitcode(status)
                break
            self.assertLess(time.monotonic(), end, "it runs on without a terminal")
            time.sleep(0.05)
        self.assertEqual(json.loads(self.ok("session", "list", "--json"))["sessions"][0]["status"], "paused")


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class Tmux(ScreenTest):
    """What a real terminal keeps of the screen that was there before."""

    def tmux(self, *args):
        env = {**self.env, "TMUX_TMPDIR": str(self.home)}
        return subprocess.run(["tmux", "-L", "test", "-f", "/dev/null", *args], env=env, cwd=self.home, capture_output=True, text=True, timeout=30)

    def wait(self, wanted):
        end = time.monotonic() + 30
        while wanted not in self.tmux("capture-pane", "-p").stdout:
            self.assertLess(time.monotonic(), end, f"{wanted!r} did not appear:\n" + self.tmux("capture-pane", "-p").stdout)
            time.sleep(0.05)

    def test_the_screen_of_before_comes_back(self):
        self.addCleanup(self.tmux, "kill-server")
        self.tmux("new-session", "-d", "-x", "100", "-y", "30",
                  f"echo before; {os.path.abspath(BINARY)} practice --yes --language ko; echo status=$?; stty -a; sleep 100")
        self.wait("Listening")
        self.assertEqual(self.tmux("display", "-p", "#{alternate_on}").stdout.strip(), "1")
        self.tmux("send-keys", "제가 맡은 일은 일정 관리였습니다", "Enter")
        self.wait("제가 맡은 일은 일정 관리였습니다")
        for width, height in ((20, 5), (100, 30), (200, 60)):
            self.tmux("resize-window", "-x", str(width), "-y", str(height))
        self.tmux("send-keys", "C-x")
        self.wait("End the interview now?")
        self.tmux("send-keys", "y")
        self.wait("Report")
        self.tmux("send-keys", "q")
        self.wait("status=0")
        text = self.tmux("capture-pane", "-p").stdout
        self.assertTrue(text.startswith("before"), text)
        self.assertRegex(text, r" icanon\b(.|\n)* echo\b|echo echoe")
        self.assertEqual(self.tmux("display", "-p", "#{alternate_on} #{cursor_flag}").stdout.strip(), "0 1")


if __name__ == "__main__":
    main()
