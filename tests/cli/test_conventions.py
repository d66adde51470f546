"""What holds for every command: --dry-run changes nothing, letters mean one thing, each exit status can be provoked."""
import hashlib
import json
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import signal
import subprocess
import time
import unittest
from program import ANSWERS, BINARY, SOURCE, ProgramTest, main

JOB = "Backend engineer: caching, database indexes, replication, message queues, idempotent retries, rate limiting.\n"


def changing_commands():
    """Names of the commands whose row says CLI_CHANGES."""
    for symbol in re.findall(r"^C\((\w+)\)", (SOURCE / "cli/commands.def").read_text(), re.M):
        text = (SOURCE / f"cli/cmd/{symbol}.c").read_text()
        if "CLI_CHANGES" in text:
            yield re.search(r'\.name = "([^"]+)",\n    \.args', text).group(1)


class DryRun(ProgramTest):
    def setUp(self):
        super().setUp()
        self.session = self.create("--type", "technical", "--duration", "10")
        self.ok("ask", self.session)
        self.ok("answer", self.session, "I would use a hash table, because a lookup takes constant time.")
        self.fresh = self.create()
        self.paused = self.create()
        self.ok("ask", self.paused)
        self.ok("session", "pause", self.paused)
        self.export = self.home / "export.json"
        self.ok("session", "export", self.fresh, "-o", self.export)
        other = self.export.read_text().replace(self.fresh, "sess_000000000001")
        self.export.write_text(other)
        self.bank = self.home / "bank.yaml"
        self.bank.write_text(self.ok("questions", "export", "--type", "general", "--language", "en", "--difficulty", "easy"))
        self.copy = self.home / "copy.db"
        self.ok("backup", self.copy)
        self.ok("config", "set", "tts.rate", "1.5")
        self.ok("profile", "add", "work", "http://localhost:8000")
        self.key = self.ok("keys", "create", "--name", "k", "--format", "id").strip()
        self.password = self.home / "password"
        self.password.write_text("correct horse battery staple")
        self.password.chmod(0o600)

    def rows(self):
        return {
            "practice": ["--language", "en", "--answers", ANSWERS / "interview-en.txt", "--record", self.home / "out"],
            "session create": ["--type", "technical", "--language", "ko"],
            "session start": [self.fresh],
            "session pause": [self.session],
            "session resume": [self.paused],
            "session end": [self.session],
            "session import": [self.export],
            "session delete": [self.session],
            "ask": [self.fresh],
            "answer": [self.session, "And I would measure it."],
            "questions import": [self.bank, "--name", "mine"],
            "keys admin": ["--username", "root", "--password-file", self.password],
            "keys create": ["--name", "web"],
            "keys rotate": [self.key],
            "keys revoke": [self.key],
            "config set": ["tts.rate", "1.25"],
            "config unset": ["tts.rate"],
            "profile add": ["home", "http://localhost:8000"],
            "profile use": ["work"],
            "profile remove": ["work"],
            "backup": [self.home / "other.db"],
            "restore": [self.copy],
        }

    def tree(self):
        return {str(p.relative_to(self.home)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else ""
                for p in sorted(self.home.rglob("*")) if ".cache" not in p.parts and p.suffix != ".lock"}  # a lock holds who had it last

    def test_every_command_that_changes_something_can_be_tried(self):
        rows = self.rows()
        self.assertEqual(sorted(rows), sorted(changing_commands()))
        for name, args in rows.items():
            with self.subTest(name):
                before = self.tree()
                done = self.run_program(*name.split(), *args, "--dry-run", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIs(json.loads(done.stdout)["dry_run"], True)
                lines = self.ok(*name.split(), *args, "-n").splitlines()
                self.assertEqual(lines[-1], "dry run: nothing was changed")
                self.assertGreater(len(lines), 1)
                self.assertEqual(self.tree(), before)
                self.assertIn("-n, --dry-run", self.ok(*name.split(), "--help"))

    def test_the_result_is_the_one_that_comes(self):
        tried = self.json("answer", self.session, "And I would measure it.", "-n")
        came = self.json("answer", self.session, "And I would measure it.")
        del tried["dry_run"]
        self.assertEqual(tried, came)
        tried = self.json("session", "end", self.session, "-n")
        came = self.json("session", "end", self.session)
        self.assertEqual(tried["feedback"], came["feedback"])
        self.assertEqual(self.json("restore", self.copy, "-n")["sessions"], "3")

    def test_errors_are_those_of_the_real_run(self):
        self.ok("session", "end", self.fresh)
        (self.home / "bad.yaml").write_text("language: en\n")
        rows = [
            (64, "INVALID_REQUEST", "session", "create", "--type", "technicl"),
            (66, "SESSION_NOT_FOUND", "session", "delete", "sess_000000000000"),
            (66, "SESSION_NOT_FOUND", "session", "end", "sess_000000000000"),
            (77, "INVALID_STATE", "session", "pause", self.paused),
            (77, "SESSION_ALREADY_ACTIVE", "session", "start", self.session),
            (77, "INVALID_STATE", "answer", self.fresh, "Too late."),
            (77, "INVALID_STATE", "practice", self.fresh, "--answers", ANSWERS / "interview-en.txt"),
            (64, "INVALID_REQUEST", "answer", self.session, "  "),
            (65, "INVALID_DATA", "session", "import", self.bank),
            (65, "INVALID_DATA", "questions", "import", self.home / "bad.yaml", "--name", "bad"),
            (64, "INVALID_REQUEST", "questions", "import", self.bank, "--name", "a/b"),
            (64, "INVALID_REQUEST", "config", "set", "tts.rate", "9"),
            (66, "NOT_FOUND", "config", "unset", "no.such"),
            (65, "INVALID_DATA", "restore", self.bank),
            (66, "NOT_FOUND", "restore", self.home / "nowhere"),
            (73, "CANNOT_CREATE", "backup", "/proc/nowhere/copy.db"),
            (66, "NOT_FOUND", "practice", "--answers", self.home / "none.txt", "--language", "en"),
            (73, "CANNOT_CREATE", "practice", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--record", "/proc/nowhere/x"),
        ]
        for status, code, *args in rows:
            with self.subTest(args):
                before = self.tree()
                self.fails(status, code, *args, "--dry-run")
                self.assertEqual(self.tree(), before)
                self.fails(status, code, *args, "--yes")

    def test_the_limit_is_counted_with_the_real_sessions(self):
        for _ in range(2):
            self.create()
        self.fails(75, "SESSION_LIMIT_REACHED", "session", "create", "--user", "me", "-n")
        self.ok("session", "create", "--user", "somebody", "-n")

    def test_a_new_home_stays_empty(self):
        shutil.rmtree(self.home)
        self.home.mkdir()
        self.ok("session", "create", "-n")
        self.ok("practice", "-n", "--language", "en")
        self.ok("config", "set", "tts.rate", "1.5", "-n")
        self.assertEqual(list(self.home.iterdir()), [])

    def test_commands_that_only_look_have_none(self):
        self.fails(64, "INVALID_REQUEST", "session", "list", "--dry-run")


class Letters(ProgramTest):
    def test_a_letter_means_one_thing(self):
        seen = {}
        for name in re.findall(r"^C\((\w+)\)", (SOURCE / "cli/commands.def").read_text(), re.M):
            text = (SOURCE / f"cli/cmd/{name}.c").read_text()
            command = re.search(r'\.name = "([^"]+)",\n    \.args', text).group(1)
            for letter, word in re.findall(r"^  -(\w), --([\w-]+)", self.ok(*command.split(), "--help"), re.M):
                self.assertEqual(seen.setdefault(letter, word), word, command)
        self.assertEqual(seen, {"h": "help", "q": "quiet", "f": "format", "n": "dry-run", "o": "output"})
        said = self.ok("help").splitlines()[-1]
        self.assertEqual(dict(re.findall(r"-(\w) --([\w-]+)", said)), seen)

    def test_they_work(self):
        session = self.create()
        self.assertEqual(self.ok("session", "list", "-f", "id").split(), [session])
        self.assertEqual(self.ok("session", "list", "-qf", "id").split(), [session])
        self.assertIn("Usage:", self.ok("session", "list", "-h"))

    def test_the_environment_that_is_read_is_listed(self):
        listed = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", self.ok("help", "environment")))
        read = set()
        for path in (SOURCE / "cli").rglob("*.c"):
            read |= set(re.findall(r'getenv\("(\w+)"\)', path.read_text()))
        self.assertLessEqual(read - {"TERM", "LC_CTYPE"}, listed)  # those two are only looked at by doctor
        self.assertIn("INTERVIEWCTL_PAGER", listed)

    def test_help_fits_the_terminal(self):
        for env in ({}, {"LC_ALL": "ja_JP.UTF-8"}, {"LC_ALL": "ko_KR.UTF-8"}):
            for args in (("help",), ("practice", "--help"), ("report", "--help")):
                text = self.ok(*args, env=env).split("Examples:")[0].split("例:")[0].split("예:")[0]
                for line in text.splitlines():
                    self.assertLessEqual(sum(2 if ord(c) > 0x1100 else 1 for c in line), 80, line)

    def test_a_typo_finds_the_group_too(self):
        self.assertIn('did you mean "session"', self.fails(64, "INVALID_REQUEST", "sesion", "list"))
        self.assertIn('did you mean "practice"', self.fails(64, "INVALID_REQUEST", "help", "practise"))
        self.assertRegex(self.ok("--version"), r"^interviewctl \d")


class Papers(ProgramTest):
    def setUp(self):
        super().setUp()
        self.job, self.cv = self.home / "job.txt", self.home / "cv.txt"
        self.job.write_text(JOB)
        self.cv.write_text("Built a message queue consumer; wrote migrations.\n")

    def first_question(self, *args):
        session = self.create("--type", "technical", "--duration", "10", *args)
        return self.json("ask", session)["question_id"], session

    def test_the_job_chooses_and_the_seed_repeats(self):
        plain, again = self.first_question(), self.first_question()
        with_job, job_again = self.first_question("--job", self.job), self.first_question("--job", self.job)
        self.assertEqual(plain[0], again[0])
        self.assertEqual(with_job[0], job_again[0])
        self.assertNotEqual(plain[0], with_job[0])

    def test_they_stay_with_the_session(self):
        session = self.create("--type", "technical", "--job", self.job, "--resume", self.cv)
        documents = json.loads(self.ok("session", "export", session))["documents"]
        self.assertEqual((documents["job"]["text"], documents["resume"]["text"]), (JOB, self.cv.read_text()))
        file = self.home / "x.json"
        self.ok("session", "export", session, "-o", file)
        self.ok("session", "delete", session, "--yes")
        self.ok("session", "import", file)
        self.assertEqual(json.loads(self.ok("session", "export", session))["documents"], documents)

    def test_practice_takes_them_and_replays_with_them(self):
        result = json.loads(self.ok("practice", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--type", "technical",
                                    "--duration", "10", "--seed", "7", "--job", self.job, "--resume", "-", "--json", stdin=self.cv.read_text()))
        documents = json.loads(self.ok("session", "export", result["session_id"]))["documents"]
        self.assertEqual(documents["resume"]["name"], "standard input")
        replay = self.json("session", "replay", result["session_id"])
        self.assertTrue(replay["same_transcript"] and replay["same_report"], replay["differences"][:3])

    def test_resume_goes_on_with_a_session(self):
        _, session = self.first_question()
        self.ok("answer", session, "I built it alone and halved the run time.")
        waits = self.ok("session", "show", session, "--transcript", "text").splitlines()[-1].split("Interviewer: ")[1]
        said = self.ok("practice", "--resume", session, "--plain", stdin="And I measured it again.\n/end\n")
        self.assertEqual(said.splitlines()[0], f"Interviewer: {waits}")
        self.assertEqual(self.json("session", "show", session)["metadata"]["responses_received"], 2)
        self.fails(64, "INVALID_REQUEST", "practice", "--resume", session, "--job", self.job)
        self.fails(64, "INVALID_REQUEST", "practice", session, "--resume", self.cv)
        self.fails(66, "SESSION_NOT_FOUND", "practice", "--resume", "sess_000000000000")

    def test_what_is_no_text_is_refused_and_named(self):
        self.ok("session", "list")
        for bytes_, status, code, word in ((b"%PDF-1.7\n\xff\xfe", 65, "UNSUPPORTED_MEDIA_TYPE", "pdftotext"),
                                           (b"PK\x03\x04....", 65, "UNSUPPORTED_MEDIA_TYPE", "Word"),
                                           (b"\xff\xfeb\x00", 65, "INVALID_DATA", "UTF-8"), (b"a\x00b", 65, "INVALID_DATA", "UTF-8"),
                                           (b" \n", 65, "INVALID_DATA", "no text"), (b"a" * 300_000, 65, "PAYLOAD_TOO_LARGE", "262144")):
            path = self.home / "paper"
            path.write_bytes(bytes_)
            for command in (["session", "create"], ["practice", "--answers", ANSWERS / "interview-en.txt"]):
                for option in ("--resume", "--job"):
                    said = self.fails(status, code, *command, "--language", "en", option, path)
                    self.assertIn(word, said)
                    self.assertIn("paper", said)
        self.fails(66, "NOT_FOUND", "session", "create", "--job", self.home / "none")
        self.fails(64, "INVALID_REQUEST", "practice", "--resume", "-", "--language", "en")
        self.fails(64, "INVALID_REQUEST", "session", "create", "--resume", "-", "--job", "-")
        self.assertEqual(self.json("session", "list")["total"], 0)


class Devices(ProgramTest):
    def test_what_this_build_lacks_is_said(self):
        self.assertRegex(self.fails(69, "UNAVAILABLE", "practice", "--mic", "no such one", "--language", "en"), '"no such one"|no microphone')
        for where in ("window", "term"):
            self.fails(69, "UNAVAILABLE", "practice", "--avatar", where, "--language", "en")
        self.fails(64, "INVALID_REQUEST", "practice", "--avatar", "mina", "--language", "en")
        for option, value in (("--mic", "default"), ("--avatar", "window")):
            self.assertIn(option, self.fails(64, "INVALID_REQUEST", "practice", "--answers", ANSWERS / "interview-en.txt", "--language", "en", option, value))
        self.assertEqual(self.json("session", "list")["total"], 0)
        self.ok("practice", "--mic", "none", "--avatar", "none", "--speaker", "none", "--language", "en", "--plain", stdin="/end\n")

    def test_an_unknown_speaker_is_an_error_and_leaves_no_session(self):
        said = self.fails(69, "UNAVAILABLE", "practice", "--speaker", "no such device", "--language", "en", "--plain", stdin="/end\n")
        self.assertRegex(said, r'"no such device".*(there are: "|shows none|left out|cannot be loaded)')
        self.assertEqual(self.json("session", "list")["total"], 0)

    def test_doctor_names_each_language_s_own_reason(self):
        rows = {r["check"]: r for r in json.loads(self.run_program("doctor", "--json").stdout)}
        for lang, word in (("ko", "Korean"), ("ja", "Japanese"), ("en", "English")):
            row = rows[f"speech {lang}"]
            if row["state"] != "ok":
                self.assertIn(word, row["detail"])


class ExitStatus(ProgramTest):
    """Those that no other test provokes. 70 is a fault of the program, 76 needs a server: tests of the providers."""

    def wait_for_question(self, process):
        self.assertTrue(process.stdout.readline())

    def start(self):
        process = subprocess.Popen([BINARY, "practice", "--plain", "--language", "en", "--duration", "5"], env=self.env, cwd=self.home,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(lambda: [s.close() for s in (process.stdin, process.stdout, process.stderr)])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for_question(process)
        return process

    def test_75_another_one_has_the_store(self):
        process = self.start()
        said = self.fails(75, "BUSY", "session", "list")
        self.assertIn(str(process.pid), said)

    def test_130_and_143_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start()
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=30), 128 + number)
        self.assertEqual(len(self.json("session", "list", "--status", "paused")["sessions"]), 2)

    def test_71_no_descriptors(self):
        self.ok("session", "list")
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
        done = subprocess.run([BINARY, "session", "list"], env=self.env, capture_output=True, preexec_fn=limit, cwd=self.home)
        self.assertEqual(done.returncode, 71, done.stderr)
        self.assertIn(b"error[", done.stderr)

    def test_65_66_73_on_files(self):
        (self.home / "folder").mkdir()
        self.fails(66, "NOT_FOUND", "verify", self.home / "none.json")
        (self.home / "no.json").write_text("{")
        self.fails(65, "INVALID_DATA", "verify", self.home / "no.json")
        self.fails(65, "INVALID_DATA", "session", "import", self.home / "no.json")
        self.fails(73, "CANNOT_CREATE", "questions", "export", "--type", "general", "--language", "en", "--difficulty", "easy", "-o",
                   self.home / "none/x.yaml")

    def test_the_table_of_help_is_the_one_of_the_codes(self):
        said = {int(s) for s in re.findall(r"^\s*(\d+)\s", self.ok("help", "exit-codes"), re.M)}
        self.assertLessEqual({0, 1, 64, 65, 66, 69, 70, 71, 73, 74, 75, 76, 77, 78, 124, 130}, said)


class Completions(ProgramTest):
    def setUp(self):
        super().setUp()
        self.session = self.create()
        bin_ = self.home / "bin"
        bin_.mkdir()
        (bin_ / "interviewctl").symlink_to(pathlib.Path(BINARY).resolve())
        self.shell_env = {**self.env, "PATH": f"{bin_}:{self.env['PATH']}", "TERM": "dumb"}
        (self.home / "a b.txt").touch()
        (self.home / "folder").mkdir()

    def wants(self):
        """Words, the last being completed, and one that must be offered."""
        return [(["ses"], "session"), (["session", "sh"], "show"), (["session", "show", ""], self.session), (["--json", "session", "sh"], "show"),
                (["speak", "--voice", "en-u"], "en-us"), (["session", "list", "--status", "pa"], "paused"), (["session", "list", "-f", "js"], "json"),
                (["practice", "--resume", "a"], "a b.txt"), (["practice", "--record", "fol"], "folder"), (["config", "get", "tts.eng"], "tts.engine"),
                (["session", "delete", "--dr"], "--dry-run"), (["avatar", "preview", "mi"], "mina"), (["session", "create", "--type", "tech"], "technical")]

    def test_bash(self):
        for words, wanted in self.wants():
            with self.subTest(words):
                script = ('source <(interviewctl completion bash); COMP_WORDS=(interviewctl "$@"); COMP_CWORD=$#; _interviewctl; '
                          'printf "%s\\n" "${COMPREPLY[@]}"')
                done = subprocess.run(["bash", "-c", script, "bash", *words], env=self.shell_env, cwd=self.home, capture_output=True, text=True)
                self.assertIn(wanted, done.stdout.splitlines(), done.stderr)

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        (self.home / "c.fish").write_text(self.ok("completion", "fish"))
        for words, wanted in self.wants():
            with self.subTest(words):
                done = subprocess.run(["fish", "-c", 'source c.fish; complete -C "$argv"', "interviewctl " + " ".join(words)], env=self.shell_env,
                                      cwd=self.home, capture_output=True, text=True)
                offered = [line.split("\t")[0].rstrip("/").replace("\\ ", " ") for line in done.stdout.splitlines()]
                self.assertIn(wanted, offered, done.stderr)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        (self.home / "fun").mkdir()
        (self.home / "fun/_interviewctl").write_text(self.ok("completion", "zsh"))
        pid, fd = pty.fork()
        if not pid:
            os.chdir(self.home)
            os.execvpe("zsh", ["zsh", "-f"], self.shell_env)
        self.addCleanup(os.close, fd)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        os.write(fd, b"PS1='%% '; stty cols 200; fpath=($HOME/fun $fpath); autoload -U compinit; compinit -u -D; echo rea''dy\r")
        self.read_until(fd, "ready")
        for words, wanted in self.wants():
            with self.subTest(words):
                os.write(fd, ("interviewctl " + " ".join(words) + "\t").encode())
                self.read_until(fd, wanted.replace(" ", "\\ ") if words[-1] else "sess_")
                os.write(fd, b"\x15\r")
                self.read_until(fd, "% ")

    def read_until(self, fd, wanted, limit=20):
        text, end = "", time.monotonic() + limit
        while wanted not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x08", "", text):
            if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"{wanted!r} was not shown: {text!r}")
            text += os.read(fd, 4096).decode("utf-8", "replace")


if __name__ == "__main__":
    main()
