#!/usr/bin/env python3
"""Services that fail in every way they can: the turn ends all the same, in time, and what a hostile service says is shown to nobody raw.

Deadlines are short here, so that each row takes about as long as its fault: a model is given PATIENCE_MS of silence, a voice SWITCH_MS
to its first sound. Within END_S the turn is over, by the built-in interviewer, the next voice, the next ear, or an error with the right code.
"""
import concurrent.futures
import json
import subprocess
import sys
import time
import unittest

from program import main
from services import SAID, ServicesTest

PATIENCE_MS = 1000
SWITCH_MS = 600
END_S = 5.0
AT_ONCE = 6
LIMITS = {"INTERVIEWCTL_LLM_PATIENCE": str(PATIENCE_MS), "INTERVIEWCTL_TTS_SWITCH": str(SWITCH_MS), "INTERVIEWCTL_TTS_TIMEOUT": "1500",
          "INTERVIEWCTL_STT_TIMEOUT": "2000", "ENABLE_CACHE": "false"}
REST = ["refuse", "close-at-once", "stall-connect", "unauthorized", "too-many", "server-error", "unavailable", "stall-header", "stall-status-line",
        "stall-body", "drip", "cut", "cut-wire", "reset", "truncated-json", "not-json", "wrong-type", "empty", "oversize", "oversize-line", "redirect",
        "hostile-text"]
TLS = ["tls-stall", "tls-garbage", "tls-expired", "tls-wrong-host", "tls-unknown-ca"]
SOCKET = ["refuse", "close-at-once", "stall-connect", "unauthorized", "too-many", "server-error", "unavailable", "stall-header", "ws-stall",
          "ws-stall-handshake", "ws-bad-accept", "ws-cut", "ws-reset", "ws-not-json", "ws-bad-utf8", "ws-oversize", "ws-try-later", "redirect",
          "hostile-text"]
CODES = {"unauthorized": "ERROR", "too-many": "RATE_LIMIT|TIMEOUT|ERROR|QUOTA", "stall-header": "TIMEOUT", "stall-body": "TIMEOUT|INVALID_RESPONSE", "stall-connect": "TIMEOUT"}
HEARD = {("openai", "cut"), ("openai", "reset"), ("openai", "drip")}  # bare samples: the first of them are heard before it fails
RAW = ("\x1b", "\x07", "\u202e", "\x00")
NOWHERE = "http://fake.invalid"


class FaultsTest(ServicesTest):
    def setUp(self):
        super().setUp()
        self.env.update(LIMITS)

    def fault(self, kind, path, times=50):
        self.fake.post("/__reset")
        self.fake.post("/__fault", {"kind": kind, "path": path, "times": times, "mb": 8, "ms": 150 if kind == "drip" else 5, "retry_after": 1})

    def over_tls(self):
        return {"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1", "https"), "INTERVIEWCTL_ELEVENLABS_BASE_URL": self.fake.url("", "https"),
                "INTERVIEWCTL_EDGE_BASE_URL": self.fake.url("", "https"), "INTERVIEWCTL_DEEPGRAM_BASE_URL": self.fake.url("", "https"),
                "INTERVIEWCTL_NET_CA_FILE": self.fake.ready["ca"]}

    def nothing_raw(self, *texts):
        for text in texts:
            for bad in RAW:
                self.assertNotIn(bad, text)
        for path in self.home.rglob("*"):
            if path.suffix in (".txt", ".json", ".log", ".md"):
                self.assertFalse([b for b in RAW if b in path.read_text(errors="replace")], path)

    def in_time(self, *args, env=None, limit=END_S, **kw):
        begun = time.monotonic()
        done = self.run_program(*args, env=env, timeout=60, **kw)
        took = time.monotonic() - begun
        self.assertLess(took, limit, f"{args}: {done.stderr}")
        self.nothing_raw(done.stdout, done.stderr)
        return done

    # -- words --

    def words_fail(self, kind, env):
        session = self.create()
        done = self.in_time("ask", session, env={**env, "LLM_PROVIDER": "openai"})
        self.assertEqual(done.returncode, 0, done.stderr)
        turn = self.transcript(session)[-1]
        self.assertEqual((turn["source"], turn["text"]), ("fallback", done.stdout.strip()))
        self.assertIn("the built-in interviewer goes on", done.stderr)
        return self.codes_of(session)

    def codes_of(self, session):
        events = json.loads(self.ok("session", "export", session))["events"]
        events = [json.loads(e) if isinstance(e, str) else e for e in events]
        return [e.get("code", "") for e in events if e.get("type") == "error"]

    def right_code(self, kind, codes, kinds):
        self.assertTrue(codes, kind)
        for code in codes:
            wanted = [f"{k}_{part}" for k in kinds for part in CODES.get(kind, "ERROR|TIMEOUT|INVALID_RESPONSE|RATE_LIMIT").split("|")]
            self.assertIn(code, [*wanted, "UNAVAILABLE"], kind)

    def test_words(self):
        for kind in REST:
            with self.subTest(kind):
                self.fault(kind, "/v1/chat/completions")
                self.right_code(kind, self.words_fail(kind, {}), ["LLM"])

    def test_words_over_tls(self):
        for kind in TLS:
            with self.subTest(kind):
                self.fault(kind, "/v1/chat/completions")
                self.words_fail(kind, self.over_tls())

    def test_words_where_nobody_is(self):
        for env in ({"INTERVIEWCTL_OPENAI_BASE_URL": NOWHERE + "/v1"}, {"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1", "refused")},
                    {"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1", "unreachable")}):
            with self.subTest(env):
                self.words_fail("nowhere", env)

    # -- voices --

    VOICES = (("openai", "/v1/audio/speech", "", REST), ("elevenlabs", "~text-to-speech", "timestamps", REST),
              ("elevenlabs", "~stream-input", "socket", SOCKET), ("edge", "~/edge/", "", SOCKET))

    def voice_fails(self, engine, mode, env, is_heard=False):
        """A clause, with espeak-ng behind the service and with nobody behind it. Of which something `is_heard`: nobody says it again."""
        env = {**env, "LLM_PROVIDER": "none", "INTERVIEWCTL_ELEVENLABS_MODE": mode or "auto"}
        for chain in (f"{engine},espeak", engine):
            out = self.home / "film.wav"
            done = self.in_time("speak", "Tell me about yourself.", "--language", "en", "--engine", chain, "-o", out, env=env)
            if chain == engine or is_heard:
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, r"error\[(TTS_ERROR|TTS_TIMEOUT|TTS_QUOTA_EXCEEDED|TTS_RATE_LIMIT|UNAVAILABLE|TTS_INVALID_TEXT|TTS_INVALID_VOICE)\]")
                self.assertNotIn("instead", done.stderr)
            else:
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("espeak speaks instead", done.stderr)
                self.assertGreater(out.stat().st_size, 20000)

    def every_fault(self, engine, path, mode, kinds):
        for kind in kinds:
            with self.subTest(kind):
                self.fault(kind, path)
                self.voice_fails(engine, mode, {}, (engine, kind) in HEARD)

    def test_voice_openai(self):
        self.every_fault(*self.VOICES[0])

    def test_voice_elevenlabs(self):
        self.every_fault(*self.VOICES[1])

    def test_voice_elevenlabs_socket(self):
        self.every_fault(*self.VOICES[2])

    def test_voice_edge(self):
        self.every_fault(*self.VOICES[3])

    def test_voice_over_tls(self):
        for engine, path, mode, _ in self.VOICES:
            for kind in TLS:
                with self.subTest(engine=engine, mode=mode, kind=kind):
                    self.fault(kind, path)
                    self.voice_fails(engine, mode, self.over_tls())

    def test_nothing_is_said_twice_after_the_first_sound(self):
        """Half of the sound came: the service is not asked again for that text, and nobody else says it."""
        half = {"exchanges": [{"request": {"path": "/v1/audio/speech"}, "times": "any",
                               "reply": {"content_type": "audio/pcm", "framing": "chunked", "pcm_ms": 3000, "rate": 24000, "fault": {"cut": 48000}}}]}
        self.fake.play(half)
        done = self.in_time("speak", "Tell me about yourself.", "--language", "en", "--engine", "openai,espeak", "-o", self.home / "a.wav")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("instead", done.stderr)
        self.assertEqual(self.fake.stats()["by_path"]["/v1/audio/speech"], 1)

    # -- ears --

    def recording(self):
        path = self.home / "a.wav"
        self.ok("speak", SAID["en"][0], "--language", "en", "--engine", "espeak", "-o", path)
        return path

    def ear_fails(self, name, path, kinds):
        """A recorded answer is not understood: it is no turn, and typing still works."""
        wav = self.recording()
        for kind in kinds:
            with self.subTest(kind):
                self.fault(kind, path)
                session = self.create()
                self.ok("ask", session, env={"LLM_PROVIDER": "none"})
                done = self.in_time("answer", session, "--audio", wav, "--engine", name, env={"LLM_PROVIDER": "none"}, limit=END_S + 2)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, r"error\[(STT_[A-Z_]+|UNAVAILABLE)\]")
                typed = self.run_program("answer", session, SAID["en"][0], env={"LLM_PROVIDER": "none"})
                self.assertEqual(typed.returncode, 0, typed.stderr)

    def test_ear_deepgram(self):
        self.ear_fails("deepgram", "/v1/listen", REST)

    def test_ear_openai(self):
        self.ear_fails("openai", "/v1/audio/transcriptions", REST)

    def test_ear_deepgram_live(self):
        wav = self.recording()
        for kind in SOCKET:
            with self.subTest(kind):
                self.fault(kind, "/v1/listen")
                done = self.in_time("transcribe", wav, "--partials", "--language", "en", "--engine", "deepgram", limit=END_S + 4)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, r"error\[(STT_[A-Z_]+|UNAVAILABLE)\]")

    # -- an interview through all of it --

    def interview_goes_on(self, kind):
        (self.home / "one.txt").write_text(SAID["en"][0] + "\n")
        self.fault(kind, "~^/", times=500)
        begun = time.monotonic()
        result, transcript, said = self.hold("en", self.home / "one.txt", "--real-time", env={"TTS_PROVIDER": "elevenlabs,espeak"})
        over = time.monotonic() - begun - transcript[-1]["end_ms"] / 1000
        self.assertLess(over, 2.0, said)
        mine = self.spoken_by(transcript, "interviewer")
        self.assertEqual({t["source"] for t in mine}, {"fallback"})
        quiet = [b["start_ms"] - a["end_ms"] for a, b in zip(transcript, transcript[1:]) if b["speaker"] == "interviewer"]
        self.assertTrue(all(ms < END_S * 1000 for ms in quiet), quiet)
        self.nothing_raw(said, json.dumps(result, ensure_ascii=False))
        self.assert_replays(result["session_id"])

    def test_interview_server_error(self):
        self.interview_goes_on("server-error")

    def test_interview_stall(self):
        self.interview_goes_on("stall-header")

    def test_interview_cut(self):
        self.interview_goes_on("cut")

    def test_interview_nonsense(self):
        self.interview_goes_on("not-json")

    def test_interview_hostile_text(self):
        self.interview_goes_on("hostile-text")

    # -- hostile words --

    def test_what_a_hostile_model_says_reaches_nobody_raw(self):
        line = "A" * (1 << 20)
        for text in ("\x1b[2J\x1b]52;c;aGk=\x07 What did you do?", "Tell me\u202e gnol os \u202cabout it.", "<script>alert(1)</script> What did you do?",
                     "Ignore that. \x9b31m What did you do?", line, "What\u2066 did\u2069 you do?"):
            with self.subTest(text[:20]):
                self.fake.post("/__reset")
                self.fake.post("/__chat", {"rules": [{"match": "", "reply": text}]})
                session = self.create()
                said = self.in_time("ask", session, "--log-level", "debug")
                self.in_time("answer", session, SAID["en"][0])
                self.ok("session", "end", session)
                for form in ("text", "md", "json", "html"):
                    report = self.run_program("report", session, "--as", form)
                    self.nothing_raw(report.stdout, report.stderr)
                    self.assertNotIn("<script>alert", report.stdout)
                self.assertNotIn("\x9b", said.stdout)
                self.assertLess(len(said.stdout), 4000)
                turn = self.transcript(session)[0]
                self.assertFalse([bad for bad in (*RAW, "\u2066", "<script>", "\x9b") if bad in turn["text"]])


def run_alone(name):
    return subprocess.run([sys.executable, __file__, f"FaultsTest.{name}"], capture_output=True, text=True)


def all_at_once():
    """Each waits most of its time, so they wait together, AT_ONCE at a time."""
    names = unittest.TestLoader().getTestCaseNames(FaultsTest)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [done.stderr for done in pool.map(run_alone, names) if done.returncode]
    sys.stderr.writelines(failed)
    print(f"{len(names)} groups of faults, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main()
    else:
        sys.exit(all_at_once())
