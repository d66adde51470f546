#!/usr/bin/env python3
"""Every code of iv/code.def that a server can send, provoked once: over REST with both shapes of the contract, over the WebSocket as an
`error`. A code without a row here and without a reason in NEVER_SENT fails the last test."""
import asyncio
import json
import os
import pathlib
import re
import resource
import sys
import unittest

import live  # first: it may start Debian's Python
from test_rest import RestTest, SOURCE, TIME
from test_ws import LiveTest

sys.path.insert(0, str(SOURCE / "tests/fake"))
from fake import Fake  # noqa: E402

CODES = dict(re.findall(r'^C\(IV_E_\w+, "(\w+)", \d+, (\d+),', (SOURCE / "core/include/iv/code.def").read_text(), re.M))
NEVER_SENT = {
    "REDIS_CONNECTION_ERROR": "needs a Redis that goes away: test_redis.py",
    "AVATAR_GPU_OOM": "no drawing back end of this build has memory of its own",
    "OUT_OF_MEMORY": "no test takes a whole machine's memory; IV_FAIL_ALLOC walks these paths in C",
    "INVALID_RESPONSE": "a client's word for a server that speaks nonsense",
    "CANCELLED": "a caller's own doing",
    "TIMED_OUT": "a command's own --timeout",
    "NO": "an answer of commands, not an error",
}
ROWS = {}  # code: the methods that provoke it


def provokes(*codes):
    def keep(row):
        for code in codes:
            ROWS.setdefault(code, []).append(row.__qualname__)
        row.codes = codes
        return row
    return keep


class CodesTest(LiveTest, RestTest):
    """The rows of a class share a server; each says which codes it saw."""
    base = {"INTERVIEWCTL_SERVE_RATE": "100000", "INTERVIEWCTL_LIVE_MESSAGES_PER_MINUTE": "100000", "INTERVIEWCTL_SESSION_MAX_OPEN": "1000",
            "TTS_PROVIDER": "espeak", "LLM_PROVIDER": "none", "STT_PROVIDER": "pocketsphinx", "CUDA_VISIBLE_DEVICES": ""}
    settings = base

    def run_rows(self):
        rows = [r for r in vars(type(self)).values() if hasattr(r, "codes")]
        self.assertTrue(rows)
        for row in rows:
            with self.subTest(row.__name__):
                self.seen = set()
                told = row(self)
                if asyncio.iscoroutine(told):
                    self.run_live(told)
                self.assertLessEqual(set(row.codes), self.seen)

    def check_error(self, reply, body):
        super().check_error(reply, body)
        code = body["error"]["code"]
        self.assertEqual(reply.status, int(CODES[code]), code)
        self.seen.add(code)

    async def told(self, client, *codes):
        """The next of these codes as a message of the table; what the connection is good for afterwards is the row's business."""
        while True:
            m = await client.expect("error")
            self.assertLessEqual({"type", "code", "message", "timestamp"}, set(m))
            self.assertRegex(m["timestamp"], TIME)
            self.assertTrue(m["message"])
            if m["code"] in codes:
                self.seen.add(m["code"])
                return m


class Plain(CodesTest):
    others = {"reader": ["--scope", "read"]}

    def start_server(self, port=0):
        data = self.home / "data"
        (self.home / ".local/share/interviewctl/questions/broken.yaml").mkdir(parents=True)
        rig = json.loads((SOURCE / "core/data/avatars/mina.json").read_text())
        flatten(rig)
        (data / "avatars").mkdir(parents=True)
        (data / "avatars/flat.json").write_text(json.dumps(rig))
        self.env["INTERVIEWCTL_DATA_DIR"] = str(data)
        super().start_server(port)

    def test_rows(self):
        self.run_rows()

    # -- REST --

    @provokes("INVALID_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE",
              "SESSION_NOT_FOUND", "SESSION_ALREADY_ACTIVE", "INVALID_STATE", "INVALID_DATA", "IO_ERROR")
    def requests(self):
        good, at = {"user_id": "u"}, self.make()["session_id"]
        self.call("POST", f"/api/sessions/{at}/start", status=200)
        whole = self.call("GET", f"/api/sessions/{at}/export", status=200)[2]
        self.call("DELETE", f"/api/sessions/{at}?purge=true", status=200)
        running = self.make()["session_id"]
        self.call("POST", f"/api/sessions/{running}/start", status=200)
        for code, method, path, body, more in (
                ("INVALID_REQUEST", "POST", "/api/sessions", {**good, "language": "fr"}, {}),
                ("UNAUTHORIZED", "GET", "/api/config", None, {"key": "ivc_wrong"}),
                ("UNAUTHORIZED", "POST", "/admin/login", {"username": "a", "password": "b"}, {"key": None}),
                ("FORBIDDEN", "POST", "/api/sessions", good, {"key": self.made["reader"]}),
                ("NOT_FOUND", "GET", "/nowhere", None, {}),
                ("METHOD_NOT_ALLOWED", "PUT", "/api/sessions", None, {}),
                ("PAYLOAD_TOO_LARGE", "POST", "/api/sessions", {"user_id": "u" * (1 << 20)}, {}),
                ("UNSUPPORTED_MEDIA_TYPE", "POST", "/api/sessions", good, {"headers": {"Content-Type": "text/plain"}}),
                ("SESSION_NOT_FOUND", "GET", "/api/sessions/sess_000000000000", None, {}),
                ("SESSION_ALREADY_ACTIVE", "POST", f"/api/sessions/{running}/resume", None, {}),
                ("INVALID_STATE", "POST", f"/api/sessions/{self.make()['session_id']}/pause", None, {}),
                ("INVALID_DATA", "POST", "/api/sessions/import", {**whole, "session": {**whole["session"], "session_id": "me"}}, {}),
                ("IO_ERROR", "POST", "/api/sessions", {**good, "question_set": "broken"}, {})):
            with self.subTest(code):
                self.refused(int(CODES[code]), code, method, path, body, **more)

    @provokes("SESSION_EXPIRED")
    def its_time_went_by_while_nobody_looked(self):
        at = self.make()["session_id"]
        whole = self.call("GET", f"/api/sessions/{at}/export", status=200)[2]
        self.call("DELETE", f"/api/sessions/{at}?purge=true", status=200)
        for key in ("created_ms", "expires_ms"):
            whole["facts"][key] -= 86400000
        self.call("POST", "/api/sessions/import", whole, status=201)
        self.assertEqual(self.call("GET", f"/api/sessions/{at}", status=200)[2]["status"], "expired")
        self.refused(409, "SESSION_EXPIRED", "POST", f"/api/sessions/{at}/resume")
        self.assertEqual(self.run_live(live.refusal(self.address(at))), 409)

    @provokes("INTERNAL_ERROR")
    def a_film_that_is_no_file(self):
        at = self.make()["session_id"]
        (self.home / f".local/share/interviewctl/videos/{at}.mp4").mkdir(parents=True)
        self.refused(500, "INTERNAL_ERROR", "GET", f"/videos/{at}.mp4")

    @provokes("STORAGE_ERROR")
    def the_disk_takes_nothing(self):
        soft, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        try:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, hard))
            self.refused(503, "STORAGE_ERROR", "POST", "/api/sessions", {"user_id": "u"})
        finally:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        self.make()

    # -- the WebSocket --

    @provokes("INVALID_STATE", "INVALID_REQUEST", "PAYLOAD_TOO_LARGE", "STT_INVALID_AUDIO", "STT_NO_SPEECH", "SESSION_ALREADY_ACTIVE")
    async def messages(self):
        session = self.create()
        c = await live.connect(self.address(session))
        await c.say("user_text", text="too early")
        await self.told(c, "INVALID_STATE")
        await c.say("start_session", audio=False, avatar=False)
        await c.expect("turn", state="listening")
        await c.socket.send('{"type":"dance"}')
        await self.told(c, "INVALID_REQUEST")
        await c.say("user_text", text="a" * 70000)
        await self.told(c, "PAYLOAD_TOO_LARGE")
        await c.say("audio_data", audio="AAAA", sample_rate=4000)
        await self.told(c, "STT_INVALID_AUDIO")
        await c.say("end_of_speech")
        await self.told(c, "STT_NO_SPEECH")
        other = await live.connect(self.address(session))
        await self.told(c, "SESSION_ALREADY_ACTIVE")
        await other.close()

    @provokes("AVATAR_MODEL_NOT_LOADED", "AVATAR_ERROR")
    async def faces(self):
        for avatar, code in (("nobody", "AVATAR_MODEL_NOT_LOADED"), ("flat", "AVATAR_ERROR")):
            c = await self.begin(self.create(avatar=avatar), audio=False)
            await self.told(c, code)
            await c.expect("turn")  # it goes on without a face
            await c.close()

    @provokes("STT_ERROR")
    async def nobody_here_understands_korean(self):
        samples, rate = self.speech("Can anybody understand what I am saying?")
        c = await self.begin(self.create(language="ko"), audio=False, avatar=False)
        await c.expect("turn", state="listening")
        await c.speak(bytes(rate) + samples, rate)
        await self.told(c, "STT_ERROR")
        await c.say("user_text", text="그럼 적어서 답하겠습니다.")
        await c.expect("llm_response", done=True)
        await c.close()

    @provokes("CANNOT_CREATE")
    async def no_place_for_a_film(self):
        videos = self.home / ".local/share/interviewctl/videos"
        if videos.exists():
            videos.rename(self.home / "videos")
        videos.write_text("")
        c = await self.begin(self.create(), record=True, avatar=False)
        await self.told(c, "CANNOT_CREATE", "UNAVAILABLE")  # the latter where this build makes no films
        await c.expect("session_started")
        await c.close()


def flatten(node):
    """A light without a width: nothing that can be painted with."""
    if isinstance(node, dict) and "radial" in node:
        node["radial"][2] = 0
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        flatten(child)


class Tight(CodesTest):
    settings = {**CodesTest.base, "INTERVIEWCTL_SERVE_RATE": "12", "INTERVIEWCTL_SESSION_MAX_OPEN": "2", "INTERVIEWCTL_LIVE_MAX": "1",
                "INTERVIEWCTL_AVATAR_RENDERER": "cuda", "INTERVIEWCTL_LIVE_MESSAGES_PER_MINUTE": "10"}

    def test_rows(self):
        self.run_rows()

    @provokes("SESSION_LIMIT_REACHED", "BUSY", "GPU_NOT_AVAILABLE", "RATE_LIMIT_EXCEEDED")
    async def all_of_them(self):
        first, second = self.make()["session_id"], self.make()["session_id"]
        self.refused(429, "SESSION_LIMIT_REACHED", "POST", "/api/sessions", {"user_id": "user123"})
        c = await self.begin(first, audio=False)
        await self.told(c, "GPU_NOT_AVAILABLE")
        await c.expect("turn")
        other = await live.connect(self.address(second))
        await other.say("start_session", audio=False, avatar=False)
        await self.told(other, "BUSY")
        for _ in range(12):
            await other.say("ping")
        await self.told(other, "RATE_LIMIT_EXCEEDED")
        for _ in range(12):
            if self.call("GET", "/api/config")[0] == 429:
                break
        self.refused(429, "RATE_LIMIT_EXCEEDED", "GET", "/api/config")
        await c.close()
        await other.close()


class Services(CodesTest):
    """Services that fail; none of it ends an interview."""

    def setUp(self):
        fake = Fake("--service", "all", "--fast")
        fake.__enter__()
        self.addCleanup(fake.stop)
        self.fake = fake
        self.settings = {**self.base, "INTERVIEWCTL_OPENAI_BASE_URL": fake.url("/v1"), "INTERVIEWCTL_ELEVENLABS_BASE_URL": fake.url(),
                         "INTERVIEWCTL_DEEPGRAM_BASE_URL": fake.url(), "OPENAI_API_KEY": "test-key", "ELEVENLABS_API_KEY": "test-key",
                         "DEEPGRAM_API_KEY": "test-key", "LLM_PROVIDER": "openai", "TTS_PROVIDER": "elevenlabs", "STT_PROVIDER": "deepgram",
                         "INTERVIEWCTL_ELEVENLABS_MODE": "stream", "ENABLE_CACHE": "false", "INTERVIEWCTL_NET_RETRIES": "0",
                         "INTERVIEWCTL_NET_BREAKER_FAULTS": "0", "INTERVIEWCTL_TTS_REST": "0", "INTERVIEWCTL_LLM_PATIENCE": "5000",
                         "INTERVIEWCTL_TTS_TIMEOUT": "4000", "INTERVIEWCTL_TTS_SWITCH": "4000", "INTERVIEWCTL_STT_TIMEOUT": "3000"}
        super().setUp()

    def test_rows(self):
        self.run_rows()

    def fault(self, kind, path):
        self.fake.post("/__reset")
        self.fake.post("/__fault", {"kind": kind, "path": path, "times": 50, "retry_after": 1})

    @provokes("LLM_ERROR", "LLM_TIMEOUT", "LLM_RATE_LIMIT", "LLM_INVALID_RESPONSE")
    async def words(self):
        for kind, code in (("server-error", "LLM_ERROR"), ("stall-header", "LLM_TIMEOUT"), ("too-many", "LLM_RATE_LIMIT"),
                           ("not-json", "LLM_INVALID_RESPONSE")):
            with self.subTest(code):
                self.fault(kind, "/v1/chat/completions")
                c = await self.begin(self.create(), audio=False, avatar=False)
                await self.told(c, code)
                await c.expect("turn", state="listening")  # in the built-in interviewer's words
                await c.close()

    @provokes("TTS_ERROR", "TTS_TIMEOUT", "TTS_QUOTA_EXCEEDED", "TTS_INVALID_TEXT")
    async def voices(self):
        def refusal(status, word):
            return {"exchanges": [{"request": {"method": "POST", "path": "~^/v1/text-to-speech/"}, "times": "any",
                                   "reply": {"status": status, "json": {"detail": {"status": word, "message": "no"}}}}]}
        for order, code in ((("server-error", "~text-to-speech"), "TTS_ERROR"), (("stall-header", "~text-to-speech"), "TTS_TIMEOUT"),
                            (refusal(401, "quota_exceeded"), "TTS_QUOTA_EXCEEDED"), (refusal(400, "text_too_long"), "TTS_INVALID_TEXT")):
            with self.subTest(code):
                if isinstance(order, tuple):
                    self.fault(*order)
                else:
                    self.fake.post("/__reset")
                    self.fake.post("/__scenario", order)
                c = await self.begin(self.create(), avatar=False)
                await self.told(c, code)
                await c.expect("turn")  # it goes on silently
                await c.close()

    @provokes("STT_ERROR", "STT_TIMEOUT")
    async def ears(self):
        samples, rate = self.speech("I measured the slow queries first.")
        for kind, code in (("unauthorized", "STT_ERROR"), ("ws-stall", "STT_TIMEOUT")):
            with self.subTest(code):
                self.fault(kind, "/v1/listen")
                c = await self.begin(self.create(), audio=False, avatar=False)
                await c.expect("turn", state="listening")
                await c.speak(bytes(rate) + samples, rate)
                await c.say("end_of_speech")
                await self.told(c, code)
                await c.close()


class Misconfigured(CodesTest):
    settings = {**CodesTest.base, "TTS_PROVIDER": "openai", "OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
                "INTERVIEWCTL_USAGE_LIMITS": "nonsense"}

    def test_rows(self):
        self.run_rows()

    @provokes("INVALID_CONFIG")
    async def a_setting_that_means_nothing(self):
        c = await self.begin(self.create(), avatar=False)
        await self.told(c, "INVALID_CONFIG")
        await c.expect("turn", state="listening")
        await c.close()


class LeftAlone(CodesTest):
    settings = {**CodesTest.base, "TTS_PROVIDER": "openai", "OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
                "INTERVIEWCTL_NET_BREAKER_FAULTS": "1", "INTERVIEWCTL_NET_RETRIES": "0"}

    def test_rows(self):
        self.run_rows()

    @provokes("TTS_ERROR", "UNAVAILABLE")
    async def a_service_that_failed_is_not_asked_again(self):
        c = await self.begin(self.create(), avatar=False)
        await self.told(c, "TTS_ERROR")
        await self.told(c, "UNAVAILABLE")
        await c.expect("turn", state="listening")
        await c.close()


class Whole(unittest.TestCase):
    def test_every_code_has_a_row_or_a_reason(self):
        self.assertGreater(len(CODES), 40)
        self.assertEqual(set(CODES) - set(NEVER_SENT), set(ROWS))


if __name__ == "__main__":
    unittest.main(verbosity=1)
