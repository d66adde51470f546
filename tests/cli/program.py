"""Runs the program in a home of its own, for the tests of the command line."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.environ.get("INTERVIEWCTL", "build/interviewctl")
SOURCE = pathlib.Path(os.environ.get("IV_TEST_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
ANSWERS = SOURCE / "tests/answers"


ON_SERVER = bool(os.environ.get("IV_TEST_ON_SERVER"))
of_this_machine = unittest.skipIf(ON_SERVER, "works on this machine's own sessions")


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="interviewctl-test-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                    "INTERVIEWCTL_AUDIO_SPEAKER": "none"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        if ON_SERVER:
            self.work_on_a_server()

    def work_on_a_server(self):
        """From here on every command works on the sessions of a server of this test's own."""
        env = {**self.env, "INTERVIEWCTL_SERVE_RATE": "100000", "XDG_DATA_HOME": str(self.home / ".server")}
        key = subprocess.run([BINARY, "keys", "create", "--name", "test"], env=env, capture_output=True, text=True, check=True).stdout.strip()
        server = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", "--quiet"], env=env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.env.update({"INTERVIEWCTL_SERVER": server.stdout.readline().strip(), "API_KEY": key})
        self.addCleanup(server.stdout.close)

    def run_program(self, *args, stdin="", env=None, timeout=300, cwd=None, text=True):
        data = stdin if not text or isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run([BINARY, *map(str, args)], input=data, capture_output=True, timeout=timeout,
                              env={**self.env, **(env or {})}, cwd=cwd or self.home)
        if text:
            done.stdout = done.stdout.decode("utf-8", "replace")
            done.stderr = done.stderr.decode("utf-8", "replace")
        return done

    def ok(self, *args, **kw):
        """Exit status 0; returns stdout."""
        done = self.run_program(*args, **kw)
        self.assertEqual(done.returncode, 0, f"{args}: {done.stderr}")
        return done.stdout

    def fails(self, status, code, *args, **kw):
        """That exit status, and error[CODE] on stderr, nothing on stdout; returns stderr."""
        done = self.run_program(*args, **kw)
        self.assertEqual(done.returncode, status, f"{args}: {done.stdout} {done.stderr}")
        self.assertIn(f"error[{code}]", done.stderr)
        return done.stderr

    def json(self, *args, **kw):
        return json.loads(self.ok(*args, "--json", **kw))

    def create(self, *args):
        return self.ok("session", "create", "--user", "me", "--language", "en", "--seed", "7", "--format", "id", *args).strip()

    def answer_all(self, session, answers=None, limit=60):
        """Answers until the interview is over; returns the last object."""
        lines = answers or (ANSWERS / "interview-en.txt").read_text().splitlines()
        self.ok("ask", session)
        for i in range(limit):
            last = self.json("answer", session, lines[i % len(lines)])
            if last["done"]:
                return last
        self.fail(f"no end after {limit} answers")


def main():
    unittest.main(verbosity=1)
