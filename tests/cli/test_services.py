#!/usr/bin/env python3
"""Whole interviews with every service faked: typed and spoken answers, three languages, as fast as it goes and at real time."""
import os
import subprocess
import time

from program import BINARY, main
from services import SAID, VOICES, ServicesTest, sound_seconds, streams

PATHS = {"elevenlabs": "with-timestamps", "elevenlabs socket": "stream-input", "openai": "/v1/audio/speech", "edge": "/edge/"}


class Fast(ServicesTest):
    def check(self, language, result, transcript):
        mine = self.spoken_by(transcript, "interviewer")
        self.assertIn(result["status"], ("completed", "terminated"))
        self.assertEqual(result["summary"]["total_messages"], len(transcript))
        self.assertTrue(any(t["source"] == "openai" for t in mine), [t["source"] for t in mine])
        self.assertTrue(all(t["source"] in ("openai", "builtin", "fallback") for t in mine))
        for a, b in zip(transcript, transcript[1:]):
            self.assertLessEqual(a["end_ms"], b["start_ms"])
        self.assertTrue(all(t["text"].strip() for t in transcript))
        self.assert_replays(result["session_id"])

    def test_typed_answers_by_every_voice_in_three_languages(self):
        for voice in VOICES:
            for language in ("ko", "en", "ja"):
                with self.subTest(voice=voice, language=language):
                    self.fake.post("/__reset")
                    result, transcript, said = self.hold(language, self.lines(language), voice=voice)
                    self.check(language, result, transcript)
                    self.assertEqual([t["text"] for t in self.spoken_by(transcript, "candidate")], SAID[language][:result["summary"]["user_responses"]])
                    self.assertNotIn("error", said)
                    paths = self.fake.stats()["by_path"]
                    self.assertGreaterEqual(paths["/v1/chat/completions"], 2, paths)
                    self.assertTrue(any(PATHS[voice] in path for path in paths), paths)

    def test_recorded_answers_by_every_ear_in_three_languages(self):
        ears = self.ears()
        if not ears:
            self.skipTest("no recogniser over a service is in this build")
        for ear in ears:
            for language in ("ko", "en", "ja"):
                with self.subTest(ear=ear, language=language):
                    self.fake.post("/__reset")
                    folder = self.recordings(language)
                    result, transcript, _ = self.hold(language, folder, voice="elevenlabs", env={"STT_PROVIDER": ear})
                    self.check(language, result, transcript)
                    heard = self.spoken_by(transcript, "candidate")
                    self.assertEqual([t["source"] for t in heard], ["speech"] * len(heard))
                    squeezed = ["".join(t["text"].split()).lower() for t in heard]
                    self.assertEqual(squeezed, ["".join(s.split()).lower() for s in SAID[language][:len(heard)]])

    def test_a_film_of_voices_that_came_over_the_net(self):
        out = self.home / "out"
        result, transcript, _ = self.hold("en", self.lines("en"), "--record", out, voice="elevenlabs")
        film = streams(out / f"{result['session_id']}.mp4")
        self.assertEqual((film["video"]["codec_name"], film["audio"]["codec_name"]), ("h264", "aac"))
        self.assertLessEqual(abs(float(film["video"]["duration"]) - float(film["audio"]["duration"])), 0.040)
        length = sound_seconds(out / f"{result['session_id']}.wav")
        self.assertLessEqual(abs(length - transcript[-1]["end_ms"] / 1000), 0.5)
        self.assertIn(transcript[0]["text"][:40], (out / f"{result['session_id']}.txt").read_text())
        self.ok("verify", out / f"{result['session_id']}.json")
        self.assert_replays(result["session_id"])

    def test_the_same_interview_with_a_warm_cache_asks_no_voice(self):
        env = {"TTS_PROVIDER": "openai", "LLM_PROVIDER": "none"}
        first, _, _ = self.hold("en", self.lines("en"), env=env)
        asked = self.fake.stats()["by_path"]["/v1/audio/speech"]
        second, _, _ = self.hold("en", self.lines("en"), env=env)
        again = self.fake.stats()["by_path"]["/v1/audio/speech"] - asked
        self.assertLessEqual(again, asked * 0.2, (asked, again))  # what was not said the same way
        self.assertNotEqual(first["session_id"], second["session_id"])

    # -- pipelines --

    def ask(self, *args):
        return self.json("ask", *args)

    def test_ask_and_answer_print_what_was_said(self):
        question = "What was the hardest part of it for you?"
        self.fake.post("/__chat", {"rules": [{"match": "", "reply": f"Thank you for coming today. {question}"}]})
        session = self.create()
        first = self.ask(session)
        told = self.transcript(session)[-1]
        self.assertEqual(first["text"], told["text"])
        self.assertTrue(first["text"].startswith("Thank you for coming today."), first)
        self.assertNotIn("Thank you", first["question"])
        self.assertEqual(self.ok("ask", session).strip(), told["text"])
        for line in SAID["en"][:2]:
            reply = self.json("answer", session, line)
            turns = self.transcript(session)
            self.assertEqual((reply["reply"], turns[-2]["text"]), (turns[-1]["text"], line))
            self.assertIn(reply["next_question"], turns[-1]["text"])
            again = self.ask(session)
            self.assertEqual((again["question"], again["text"]), (reply["next_question"], reply["reply"]))
        self.json("session", "end", session)
        self.assert_replays(session)

    def test_a_model_that_is_away_is_told_once_a_turn(self):
        session = self.create()
        env = {"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1", "refused"), "INTERVIEWCTL_NET_RETRIES": "0"}
        done = self.run_program("ask", session, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the built-in interviewer goes on", done.stderr)
        self.assertEqual(self.transcript(session)[-1]["source"], "fallback")
        self.assertEqual(done.stdout.strip(), self.transcript(session)[-1]["text"])

    def test_a_crash_between_the_words_and_the_turn(self):
        """kill -9 while the model still talks: nothing half is kept, the same question is asked again."""
        self.fake.post("/__config", {"first_token_ms": 100, "token_ms": 400})
        session = self.create()
        child = subprocess.Popen([BINARY, "ask", session], env=self.env, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.8)
        child.kill()
        child.wait()
        self.fake.post("/__config", {"first_token_ms": 0, "token_ms": 0})
        self.assertEqual(self.transcript(session), [])
        text = self.ok("ask", session).strip()
        turns = self.transcript(session)
        self.assertEqual([(t["text"], t["source"]) for t in turns], [(text, "builtin")])
        self.json("answer", session, SAID["en"][0])
        self.json("session", "end", session)
        self.assert_replays(session)


class RealTime(ServicesTest):
    fake_args = ("--service", "all")      # at the speed of the real ones

    def test_an_interview_on_the_clock_on_the_wall(self):
        (self.home / "one.txt").write_text("I led it myself.\n")
        for voice in ("elevenlabs socket", "openai"):
            with self.subTest(voice):
                begun = time.monotonic()
                result, transcript, said = self.hold("en", self.home / "one.txt", "--real-time", voice=voice)
                passed = time.monotonic() - begun
                self.assertLessEqual(abs(passed - transcript[-1]["end_ms"] / 1000), 2.0)
                latency = result["summary"]["average_ai_latency_ms"]
                self.assertTrue(150 <= latency <= 2500, latency)  # words and sound take as long as the services take
                self.assertNotIn("error", said)
                self.assert_replays(result["session_id"])


if __name__ == "__main__":
    os.chdir("/")
    main()
