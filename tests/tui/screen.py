"""The program on a pseudo-terminal, and what a terminal would show of it (pyte)."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

try:
    import pyte
except ImportError:
    print("python3-pyte is not installed: skipped")
    sys.exit(77)

BINARY = os.environ.get("INTERVIEWCTL", "build/interviewctl")
SOURCE = pathlib.Path(os.environ.get("IV_TEST_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
ANSWERS = SOURCE / "tests/answers"

# All that may reach a terminal: text, the line's own controls, and whole sequences.
ALLOWED = re.compile(
    rb"[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\r\n\b\t\x0e\x0f]"
    rb"|\x1b\[[?>=]?[0-9;]*[@-~]|\x1b[()][0AB]|\x1b[78=>cDM]|\x1b\].*?(\x07|\x1b\\)")


class Screen(pyte.Screen):
    """With the two sequences that ncurses scrolls by, which pyte does not know."""

    def scroll(self, count, step, at):
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = at
        for _ in range(count or 1):
            step()
        self.cursor.x, self.cursor.y = x, y

    def scroll_up(self, count=1):
        self.scroll(count, self.index, self.margins.bottom if self.margins else self.lines - 1)

    def scroll_down(self, count=1):
        self.scroll(count, self.reverse_index, self.margins.top if self.margins else 0)


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Terminal:
    """A terminal of that kind and size with the program in it."""

    def __init__(self, test, args, columns=100, rows=30, term="xterm-256color", env=None, command=None):
        self.test, self.raw = test, b""
        self.screen = Screen(columns, rows)
        self.stream = Stream(self.screen)
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(test.home)
            os.execvpe((command or [BINARY])[0], command or [BINARY, *map(str, args)], {**test.env, "TERM": term, **(env or {})})
        self.resize(columns, rows)
        self.status = None
        test.addCleanup(self.close)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pump(self, seconds=0.0):
        """Reads what came; waits so long for the first of it. False at the end."""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.raw += data
            self.stream.feed(data)
            seconds = 0
        return True

    @property
    def lines(self):
        """Of the screen; the right half of a wide character is no cell of its own."""
        return ["".join(self.screen.buffer[y][x].data for x in range(self.screen.columns)) for y in range(self.screen.lines)]

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)

    def row_of(self, wanted):
        return next(i for i, line in enumerate(self.lines) if wanted in line)

    def wait(self, condition, what, limit=30):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                self.test.fail(f"{what} did not come about:\n{self.text()}")
            if not self.pump(0.05) and not condition():
                self.test.fail(f"the program ended before {what}:\n{self.text()}")

    def shows(self, wanted, limit=30):
        self.wait(lambda: wanted in self.text() or wanted in self.text().replace("\n", ""), repr(wanted), limit)

    def hides(self, gone, limit=30):
        self.wait(lambda: gone not in self.text(), f"the end of {gone!r}", limit)

    def type(self, keys):
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            self.pump()
            data = data[os.write(self.fd, data[:512]):]

    def settle(self, quiet=0.3):
        """Until nothing has come for so long."""
        before = -1
        while before != len(self.raw):
            before = len(self.raw)
            if not self.pump(quiet):
                return

    def line(self, text):
        self.type(text + "\r")

    def answer(self, text, empty="Type an answer"):
        """An answer, until it was taken and the reply stands there."""
        before = self.text().count(text[:10])
        self.type(text)
        self.wait(lambda: self.text().count(text[:10]) > before, "the typed answer")
        self.type("\r")
        self.wait(lambda: empty in self.lines[-2], "the empty field")
        self.settle()

    def kill(self, number):
        os.kill(self.pid, number)

    def modes(self):
        return termios.tcgetattr(self.fd)

    def end(self, limit=30):
        """Waits for the program's end; returns its exit status, negative for a signal."""
        end = time.monotonic() + limit
        while self.status is None:
            self.pump(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                self.test.fail(f"the program did not end:\n{self.text()}")
        self.pump(0.1)
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def check_bytes(self):
        """Nothing but text and whole sequences was sent."""
        at = 0
        while at < len(self.raw):
            m = ALLOWED.match(self.raw, at)
            if not m:
                self.test.fail(f"stray bytes {self.raw[at:at + 12]!r} after {self.raw[max(0, at - 40):at]!r}")
            at = m.end()


class Display:
    """A display nobody sees; its pixels lie in a file after a header."""

    def __init__(self, test):
        read, write = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-fbdir", test.home],
                                  pass_fds=[write], stderr=subprocess.DEVNULL)
        test.addCleanup(server.wait)
        test.addCleanup(server.terminate)
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        self.pixels = test.home / "Xvfb_screen0"

    def shot(self):
        return self.pixels.read_bytes()[4096:]

    def colours(self):
        return len(set(self.shot()[::4 * 97]))


class ScreenTest(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="interviewctl-screen-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "INTERVIEWCTL_AUDIO_SPEAKER": "none",
                    "INTERVIEWCTL_USER_ID": "me"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def terminal(self, *args, **kw):
        return Terminal(self, args, **kw)

    def ok(self, *args):
        done = subprocess.run([BINARY, *map(str, args)], env=self.env, cwd=self.home, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


def main():
    unittest.main(verbosity=1)
