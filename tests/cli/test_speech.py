"""Speech in: recordings transcribed, and an interview answered by a folder of spoken English."""
import json
import shutil
import subprocess
import unittest
from program import ANSWERS, ProgramTest, main


def say(text, path):
    subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(path)], check=True, capture_output=True)


@unittest.skipUnless(shutil.which("flite"), "flite is not installed")
class Speech(ProgramTest):
    def test_transcribe_every_form(self):
        wav = self.home / "talk.wav"
        say("I have worked as a software engineer for five years.", wav)
        text = self.ok("transcribe", wav, "--language", "en")
        self.assertIn("engineer", text.lower())
        lines = [json.loads(x) for x in self.ok("transcribe", wav, "--language", "en", "--as", "ndjson", "--partials").splitlines()]
        self.assertTrue(lines[-1]["is_final"])
        self.assertTrue(any(not x["is_final"] for x in lines))
        words = self.json("transcribe", wav, "--language", "en", "--words")["segments"][0]["words"]
        self.assertTrue(all(a["end_ms"] <= b["start_ms"] + 10 for a, b in zip(words, words[1:])))
        self.assertIn(" --> ", self.ok("transcribe", wav, "--language", "en", "--as", "srt"))
        self.assertTrue(self.ok("transcribe", wav, "--language", "en", "--as", "vtt").startswith("WEBVTT"))

    def test_transcribe_a_pipe(self):
        wav = self.home / "talk.wav"
        say("Please tell me about the project.", wav)
        piped = subprocess.run(["sox", str(wav), "-r", "44100", "-c", "2", "-t", "wav", "-"], capture_output=True, check=True).stdout
        self.assertIn("project", self.ok("transcribe", "-", "--language", "en", stdin=piped).lower())

    def test_truncated_wav_gives_what_is_there(self):
        wav, cut = self.home / "talk.wav", self.home / "cut.wav"
        say("The first half of this sentence is here and the rest of it is missing from the file.", wav)
        cut.write_bytes(wav.read_bytes()[:40000])
        done = self.run_program("transcribe", cut, "--language", "en")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.strip())

    def test_silence_and_other_languages(self):
        silent = self.home / "silent.wav"
        subprocess.run(["sox", "-n", "-r", "16000", "-c", "1", str(silent), "trim", "0", "2"], check=True)
        self.fails(65, "STT_NO_SPEECH", "transcribe", silent, "--language", "en")
        self.assertIn("Korean", self.fails(69, "STT_ERROR", "transcribe", silent, "--language", "ko"))

    def test_an_interview_answered_by_recordings(self):
        folder = self.home / "answers"
        folder.mkdir()
        for i, line in enumerate((ANSWERS / "interview-en.txt").read_text().splitlines()[:6]):
            say(line[:220], folder / f"{i:02}.wav")
        out = self.home / "out"
        result = json.loads(self.ok("practice", "--plain", "--answers", folder, "--language", "en", "--type", "behavioral", "--duration", "5",
                                    "--record", out, "--json", timeout=600))
        self.assertGreaterEqual(result["summary"]["user_responses"], 2)
        report = json.loads((out / f"{result['session_id']}.json").read_text())
        self.assertIsNotNone(report["delivery"])

    def test_answer_by_recording(self):
        session = self.create()
        self.ok("ask", session)
        wav = self.home / "a.wav"
        say("I moved our data base to a new server over one weekend.", wav)
        self.assertTrue(self.json("answer", session, "--audio", wav)["next_question"])


if __name__ == "__main__":
    main()
