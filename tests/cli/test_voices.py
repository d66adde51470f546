#!/usr/bin/env python3
"""Voices of services behind the commands: speak and providers voices."""
import sys
import wave

from program import SOURCE, ProgramTest, main

sys.path.insert(0, str(SOURCE / "tests/fake"))
from fake import Fake  # noqa: E402

KEY = "test-key-not-to-be-shown"
ENGINES = ("elevenlabs", "edge", "openai")
TEXT = {"ko": "안녕하세요. 자기소개를 부탁드립니다.", "en": "Good morning. Tell me about yourself.", "ja": "こんにちは。自己紹介をお願いします。"}


class VoicesTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.fake = Fake("--service", "all", "--fast").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.fake.stop()

    def setUp(self):
        super().setUp()
        self.fake.post("/__reset")
        self.env.update({"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1"), "OPENAI_API_KEY": KEY,
                         "INTERVIEWCTL_ELEVENLABS_BASE_URL": self.fake.url(), "ELEVENLABS_API_KEY": KEY,
                         "INTERVIEWCTL_EDGE_BASE_URL": self.fake.url(), "INTERVIEWCTL_NET_RETRIES": "0"})

    def requests(self):
        return self.fake.control("GET", "/__stats")["requests"]

    def speak(self, engine, text, *args, **kw):
        out = self.home / "out.wav"
        done = self.run_program("speak", text, "--engine", engine, "--output", out, *args, **kw)
        self.assertNotIn(KEY, done.stdout + done.stderr)
        return done, out

    def test_each_engine_speaks_each_language(self):
        for engine in ENGINES:
            for language, text in TEXT.items():
                with self.subTest(engine=engine, language=language):
                    done, out = self.speak(engine, text, "--language", language)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    with wave.open(str(out)) as sound:
                        self.assertEqual((sound.getframerate(), sound.getnchannels()), (24000, 1))
                        self.assertGreater(sound.getnframes(), 24000)
                    out.unlink()

    def test_the_cache_asks_once(self):
        for engine in ENGINES:
            self.assertEqual(self.speak(engine, TEXT["ko"], "--language", "ko")[0].returncode, 0)
        asked = self.requests()
        for engine in ENGINES:
            self.assertEqual(self.speak(engine, TEXT["ko"], "--language", "ko")[0].returncode, 0)
        self.assertEqual(self.requests(), asked)

    def test_another_voice_takes_over(self):
        self.fake.post("/__fault", {"kind": "unauthorized", "path": "~^/v1/text-to-speech/", "times": 3})
        done, out = self.speak("elevenlabs,edge", TEXT["ko"], "--language", "ko")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(out.exists())

    def test_failures_have_their_code(self):
        for engine, kind, path, status, code in (
                ("elevenlabs", "unauthorized", "~^/v1/text-to-speech/", 69, "TTS_ERROR"),
                ("openai", "server-error", "/v1/audio/speech", 69, "TTS_ERROR"),
                ("openai", "stall-header", "/v1/audio/speech", 69, "TTS_TIMEOUT"),
                ("edge", "ws-try-later", "~/edge/v1$", 69, "TTS_ERROR")):
            with self.subTest(engine=engine, kind=kind):
                self.fake.post("/__fault", {"kind": kind, "path": path, "times": 3})
                done, out = self.speak(engine, TEXT["en"], "--language", "en", env={"INTERVIEWCTL_TTS_TIMEOUT": "500"})
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(f"error[{code}]", done.stderr)
                self.assertFalse(out.exists())
                self.fake.post("/__reset")

    def test_without_a_key_nothing_is_sent(self):
        done, _ = self.speak("elevenlabs", TEXT["en"], "--language", "en", env={"ELEVENLABS_API_KEY": ""})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("elevenlabs.api_key", done.stderr)
        self.assertEqual(self.requests(), 0)

    def test_voices(self):
        for engine, language, one in (("elevenlabs", "ko", "21m00Tcm4TlvDq8ikWAM"), ("edge", "ko", "ko-KR-SunHiNeural"),
                                      ("edge", "ja", "ja-JP-NanamiNeural"), ("openai", "en", "marin")):
            with self.subTest(engine=engine, language=language):
                rows = self.json("providers", "voices", engine, "--language", language)
                self.assertIn(one, [r["voice"] for r in rows])
                self.assertEqual({(r["engine"], r["language"]) for r in rows}, {(engine, language)})

    def test_voices_that_cannot_be_listed(self):
        self.fake.post("/__fault", {"kind": "unauthorized", "path": "/v1/voices", "times": 3})
        said = self.fails(69, "TTS_ERROR", "providers", "voices", "elevenlabs")
        self.assertNotIn(KEY, said)


if __name__ == "__main__":
    main()
