#!/usr/bin/env python3
"""Every command that works on sessions, on this machine's store and on a server: exit status, stdout and stderr are the same byte for byte
once ids, times and addresses are masked."""
import difflib
import json
import re
import unittest

from program import ANSWERS, ProgramTest, main

LINES = (ANSWERS / "interview-en.txt").read_text().splitlines()
MASKS = [(r"(?m)^(AVERAGE SECONDS +)\S+", r"\1N"), (r"sess_[0-9a-z]{12}", "SESSION"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", "TIME"), (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
         (r"(TIME|SECONDS)[ \t,]+\d+\b", r"\1 N"), (r'"(daily_room_url|websocket_url|transcript_url|video_url)": ?(null|"[^"]*")', r'"\1":URL'),
         (r'"(\w+_ms|\w+_ms_sum|\w+_seconds|seconds|at_ms|latency_ms|timestamp|t)": ?-?[0-9.]+', r'"\1":N'),
         (r"\b\d\d?:\d\d(:\d\d([.,]\d{3})?)?\b", "CLOCK"), (r"req_[0-9a-z]+", "REQUEST"), (r"/tmp/interviewctl-test-\w+/\.(local/share|server)", "DATA"),
         (r"/tmp/interviewctl-test-\w+", "HOME")]


def masked(text):
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return text


class Side(ProgramTest):
    """One of the two places."""

    def __init__(self, on_server):
        super().__init__("setUp")
        self.on_server = on_server

    def setUp(self):
        super().setUp()
        if self.on_server and "INTERVIEWCTL_SERVER" not in self.env:
            self.work_on_a_server()


class SameTest(unittest.TestCase):
    def setUp(self):
        self.sides = [Side(False), Side(True)]
        for side in self.sides:
            side.env = {}
            self.addCleanup(side.doCleanups)
            side.setUp()
        self.names = [{}, {}]  # what {a} stands for on each side

    def both(self, *args, keep=None, stdin="", status=0):
        """Runs it on both; `keep` names the line that is printed, for "{name}" in later ones. Returns what the first printed."""
        said = []
        for side, names in zip(self.sides, self.names):
            done = side.run_program(*[str(a).format(**names) if isinstance(a, str) and "{" in a else a for a in args],
                                    stdin=stdin(names) if callable(stdin) else stdin)
            if keep:
                names[keep] = done.stdout.strip()
            said.append((done.returncode, masked(done.stdout), masked(done.stderr), done.stdout))
        here, there = said
        self.assertEqual(here[0], status, f"{args}: {here[3]} {here[2]}")
        for what in (1, 2, 0):
            if here[what] != there[what]:
                shown = "\n".join(difflib.unified_diff(str(here[what]).splitlines(), str(there[what]).splitlines(), "here", "on the server", lineterm="", n=1))
                self.fail(f"{args}:\n{shown[:3000]}")
        return here[3]

    def create(self, name, *args):
        self.both("session", "create", "--user", "me", "--language", "en", "--seed", "7", "--format", "id", *args, keep=name)


class Sessions(SameTest):
    def test_a_life(self):
        self.both("session", "create", "--user", "me", "--language", "ko", "--type", "technical", "--seed", "5", "--role", "backend")
        self.create("a", "--type", "behavioral", "--duration", "5")
        for form in ("table", "json", "ndjson", "tsv", "csv", "id"):
            self.both("session", "list", "--format", form)
            self.both("session", "show", "{a}", "--format", form)
        self.both("session", "pause", "{a}", status=77)
        self.both("session", "start", "{a}", "--json")
        for command in ("start", "resume"):
            self.both("session", command, "{a}", status=77)
        self.both("ask", "{a}")
        self.both("ask", "{a}", "--json")
        self.both("answer", "{a}", LINES[0])
        self.both("answer", "{a}", "-", "--json", stdin=LINES[1])
        self.both("session", "pause", "{a}")
        self.both("answer", "{a}", "While paused.", status=77)
        self.both("session", "resume", "{a}", "--json")
        for n in range(2, 40):
            if '"done":true' in self.both("answer", "{a}", LINES[n % len(LINES)], "--json").replace(" ", ""):
                break
        else:
            self.fail("no end")
        self.both("answer", "{a}", "One more.", status=77)
        for args in (("session", "end", "{a}"), ("session", "end", "{a}", "--json"), ("session", "show", "{a}", "--json"), ("session", "list", "--json"),
                     ("session", "list", "--status", "completed", "--json"), ("session", "list", "--limit", "1", "--json"),
                     ("session", "replay", "{a}"), ("session", "replay", "{a}", "--json"), ("session", "export", "{a}")):
            self.both(*args)
        for form in ("table", "json", "ndjson", "csv"):
            self.both("session", "watch", "{a}", "--format", form)
        self.both("session", "watch", "--all", "--json")
        for form in ("text", "json", "srt", "vtt", "md"):
            self.both("session", "show", "{a}", "--transcript", form)
        for form in ("text", "md", "html", "json"):
            self.both("report", "{a}", "--as", form)
        self.both("report", "{a}", "--min-score", "10", status=1)
        self.create("b", "--type", "behavioral", "--duration", "5")
        self.both("ask", "{b}")
        self.both("answer", "{b}", LINES[3])
        self.both("report", "{b}", "--as", "json")
        self.both("session", "end", "{b}", "--dry-run", "--json")
        self.both("session", "end", "{b}")
        self.both("report", "{a}", "--compare", "{b}")
        self.both("report", "{a}", "{b}", "--progress")
        for args in (("stats",), ("stats", "--json"), ("stats", "--period", "today", "--user", "me", "--json"), ("usage",), ("usage", "--json")):
            self.both(*args)
        self.both("session", "delete", "{b}", "--yes")
        self.both("session", "delete", "{b}", "--yes", status=66)

    def test_what_is_brought_along(self):
        self.create("a", "--duration", "5")
        self.both("ask", "{a}")
        self.both("answer", "{a}", LINES[0])
        for side, names in zip(self.sides, self.names):
            names["file"] = str(side.home / "a.json")
        self.both("session", "export", "{a}", "-o", "{file}")
        self.both("session", "import", "{file}", status=77)
        self.both("session", "delete", "{a}", "--yes", "--json")
        self.both("session", "import", "{file}", "--json")
        self.both("session", "show", "{a}", "--transcript", "json")
        self.both("session", "import", "-", stdin="{}", status=65)
        self.both("session", "import", "-", stdin="no json", status=65)

    def test_what_is_refused(self):
        for args, status in ((("session", "show", "sess_000000000000"), 66), (("session", "show", "nonsense"), 66), (("ask", "sess_000000000000"), 66),
                             (("report", "sess_000000000000"), 66), (("session", "export", "sess_000000000000", "--json"), 66),
                             (("session", "end", "sess_000000000000"), 66), (("session", "replay", "sess_000000000000"), 66),
                             (("session", "create", "--user", "me", "--questions", "nowhere"), 66), (("stats", "--period", "century"), 64),
                             (("session", "list", "--limit", "0"), 64), (("session", "watch"), 64),
                             (("session", "watch", "sess_000000000000"), 66), (("session", "watch", "x" * 100), 66),
                             (("session", "watch", "--all", "--follow", "--format", "csv"), 64), (("session", "list", "--status", "gone"), 64),
                             (("session", "create", "--user", "u" * 200), 64)):
            with self.subTest(args):
                self.both(*args, status=status)
        self.create("a")
        self.both("answer", "{a}", "  ", status=64)
        self.both("answer", "{a}", "-", stdin=b"\xff\xfe", status=65)
        for _ in range(4):
            self.create("b")
        self.both("session", "create", "--user", "me", "--language", "en", status=75)

    def test_papers(self):
        papers = {"good": b"Backend developer, PostgreSQL, Kafka.", "pdf": b"%PDF-1.7 ...", "binary": b"a\xff\x00b", "empty": b" \n",
                  "large": b"word " * 200_000, "bank.yaml": b"language: en\ntype: technical\nquestions: 7\n"}
        for side in self.sides:
            for name, text in papers.items():
                (side.home / name).write_bytes(text)
        for name, status in (("good", 0), ("pdf", 65), ("binary", 65), ("empty", 65), ("large", 65), ("nowhere", 66)):
            for option in ("--job", "--resume"):
                with self.subTest(paper=name, option=option):
                    self.both("session", "create", "--user", "me", "--language", "en", "--seed", "7", option, name, "--json", status=status)
        self.both("session", "create", "--user", "me", "--language", "en", "--questions", "./bank.yaml", status=65)

    def test_sound(self):
        here = self.sides[0]
        works = [p for p in here.json("providers", "list") if p["name"] in ("espeak", "pocketsphinx") and "en" in p["languages"]]
        if len(works) < 2:
            self.skipTest("this build has no voice or no ear")
        self.create("a")
        for side, names in zip(self.sides, self.names):
            names["wav"] = str(side.home / "q.wav")
        self.both("ask", "{a}", "--audio", "-o", "{wav}")
        first, second = ((side.home / "q.wav").read_bytes() for side in self.sides)
        self.assertEqual((len(first), first[:44]), (len(second), second[:44]))  # espeak-ng's breath is never the same
        here.ok("speak", "I measured the slow queries first.", "--language", "en", "--engine", "espeak", "-o", here.home / "answer.wav")
        for names in self.names:
            names["wav"] = str(here.home / "answer.wav")
        self.both("answer", "{a}", "--audio", "{wav}", "--json")
        self.both("session", "show", "{a}", "--transcript", "text")


if __name__ == "__main__":
    main()
