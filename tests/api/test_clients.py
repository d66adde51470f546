#!/usr/bin/env python3
"""The clients of examples/ hold a spoken interview with a real server."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import live  # noqa: F401  first: it may start Debian's Python
from serving import BINARY, ServerTest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
SAID = "I measured the slow queries first, and then I added an index."


class Clients(ServerTest):
    settings = {"TTS_PROVIDER": "espeak", "STT_PROVIDER": "pocketsphinx", "LLM_PROVIDER": "none"}

    def check(self, *program):
        wav, out = self.home / "answer.wav", self.home / "out"
        subprocess.run([BINARY, "speak", "--language", "en", "--engine", "espeak", "-o", str(wav), SAID], env=self.env, check=True, timeout=120, capture_output=True)
        ran = subprocess.run([*program, self.url, str(wav), str(out)], env=self.env | {"API_KEY": self.key}, capture_output=True, text=True, timeout=300)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        told = json.loads(ran.stdout)
        self.assertGreater(len(told["transcript"]), 5)
        self.assertTrue(set(told["transcript"].lower().split()) & set(SAID.lower().replace(",", "").rstrip(".").split()), told["transcript"])
        self.assertGreater(len(told["reply"]), 5)
        self.assertGreater(told["audio_bytes"], 24000 * 2)  # more than a second was heard
        self.assertEqual((out / "voice.pcm").stat().st_size, told["audio_bytes"])
        self.assertGreater(told["frames"], 10)
        self.assertEqual((out / "face.jpg").read_bytes()[:3], b"\xff\xd8\xff")
        self.assertEqual((told["status"], told["summary"]["user_responses"]), ("terminated", 1))
        self.assertIn(told["transcript"], (out / "transcript.txt").read_text())
        if told["summary"]["video_url"]:
            self.assertEqual((out / "interview.mp4").read_bytes()[4:8], b"ftyp")
        else:
            self.assertIn("UNAVAILABLE", ran.stderr)  # this build makes no films

    def test_python(self):
        if subprocess.run([sys.executable, "-c", "import requests"], capture_output=True).returncode:
            self.skipTest("missing: python3-requests")
        self.check(sys.executable, str(EXAMPLES / "client.py"))

    def test_node(self):
        self.env.setdefault("NODE_PATH", "/usr/share/nodejs")  # where Debian keeps ws, for any Node
        if not shutil.which("node") or subprocess.run(["node", "-e", "require('ws')"], env=self.env, capture_output=True).returncode:
            self.skipTest("missing: nodejs, node-ws")
        self.check("node", str(EXAMPLES / "client.mjs"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
