#!/usr/bin/env python3
"""Recordings transcribed by services: every form, from a file and a pipe, and no success where the service is broken."""
import json
import re

from program import main
from services import SAID, ServicesTest

TEXT = {language: lines[0] for language, lines in SAID.items()}
WORDS = {"INTERVIEWCTL_STT_OPENAI_MODEL": "whisper-1"}


class Transcribe(ServicesTest):
    def recording(self, language="en"):
        path = self.home / f"{language}.wav"
        self.ok("speak", TEXT[language], "--language", language, "--engine", "espeak", "-o", path)
        self.fake.post("/__transcripts", {language: [TEXT[language]]})
        return path

    def each(self, language="en"):
        for engine in self.ears():
            wav = self.recording(language)
            with self.subTest(engine):
                yield engine, (wav, "--language", language, "--engine", engine)

    def test_text_in_three_languages(self):
        for language in TEXT:
            for _, args in self.each(language):
                self.assertIn(re.sub(r"\W", "", TEXT[language]), re.sub(r"\W", "", self.ok("transcribe", *args)))

    def test_a_pipe(self):
        for engine, (wav, *args) in self.each():
            self.assertIn("billing", self.ok("transcribe", "-", *args, stdin=wav.read_bytes()).lower())

    def test_words_have_times_and_confidence(self):
        for engine, args in self.each():
            whole = self.json("transcribe", *args, "--words", env=WORDS)
            words = [w for s in whole["segments"] for w in s["words"]]
            self.assertGreater(len(words), 10)
            self.assertTrue(all(a["end_ms"] <= b["start_ms"] + 10 for a, b in zip(words, words[1:])), words)
            self.assertTrue(all(0 < w["confidence"] <= 1 and w["start_ms"] <= w["end_ms"] for w in words), words)
            self.assertIn(words[0]["word"], whole["transcript"])

    def test_partials(self):
        for engine, args in self.each():
            lines = [json.loads(x) for x in self.ok("transcribe", *args, "--as", "ndjson", "--partials").splitlines()]
            self.assertTrue(lines[-1]["is_final"])
            self.assertEqual([x["type"] for x in lines], ["stt_final" if x["is_final"] else "stt_interim" for x in lines])
            if engine == "deepgram":  # the other one answers too late for a file that is read at once
                self.assertTrue(any(not x["is_final"] for x in lines))

    def test_captions(self):
        for _, args in self.each():
            self.assertRegex(self.ok("transcribe", *args, "--as", "srt"), r"\A1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n\w")
            self.assertRegex(self.ok("transcribe", *args, "--as", "vtt"), r"\AWEBVTT\n\n\d\d:\d\d:\d\d\.\d{3} --> ")

    def test_a_broken_service_is_no_success(self):
        for engine, args in self.each():
            for kind, code in (("unauthorized", "STT_ERROR"), ("server-error", "STT_ERROR"), ("close-at-once", "STT_ERROR")):
                self.fake.post("/__fault", {"kind": kind, "path": "~^/v1/(listen|audio)", "times": 50})
                done = self.run_program("transcribe", *args)
                self.assertEqual((done.returncode, done.stdout), (69, ""), (kind, done.stderr))
                self.assertIn(f"error[{code}]", done.stderr)
                session = self.create()
                self.ok("ask", session, env={"LLM_PROVIDER": "none"})
                done = self.run_program("answer", session, "--audio", args[0], "--engine", engine, env={"LLM_PROVIDER": "none"})
                self.assertEqual(done.returncode, 69, (kind, done.stderr))
                self.assertIn(f"error[{code}]", done.stderr)

    def test_no_key_asks_nobody(self):
        wav = self.recording("ko")
        before = self.fake.stats()["requests"]
        done = self.run_program("transcribe", wav, "--language", "ko", "--engine", "deepgram", env={"DEEPGRAM_API_KEY": ""})
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertEqual(self.fake.stats()["requests"], before)


if __name__ == "__main__":
    main()
