#!/usr/bin/env python3
"""Interviews over the WebSocket: spoken, typed, taken over, dropped, slow, malformed; and what refuses a handshake."""
import asyncio
import http.client
import json
import subprocess
import time
import unittest
import urllib.request
import wave

import live  # first: it may start Debian's Python
from serving import BINARY, ServerTest

TYPED = "I led the migration of our billing service. I measured the slow queries, and the response time fell by half."


class LiveTest(ServerTest):
    settings = {"TTS_PROVIDER": "espeak", "STT_PROVIDER": "pocketsphinx", "LLM_PROVIDER": "none", "INTERVIEWCTL_LIVE_MESSAGES_PER_MINUTE": "1000",
                "INTERVIEWCTL_SESSION_MAX_OPEN": "50"}

    def create(self, **fields):
        made = self.api("POST", "/api/sessions", {"user_id": "u1", "language": "en", "seed": 7, **fields})
        self.assertTrue(made["websocket_url"].startswith("ws://"), made["websocket_url"])
        return made["session_id"]

    def address(self, session, key=None):
        return f"{self.url.replace('http', 'ws', 1)}/ws/{session}?api_key={key or self.key}"

    def run_live(self, coroutine):
        return asyncio.run(coroutine)

    async def begin(self, session, **fields):
        c = await live.connect(self.address(session))
        self.assertEqual((await c.expect("connected"))["session_id"], session)
        await c.say("start_session", **fields)
        return c

    def speech(self, text):
        path = self.home / "speech.wav"
        subprocess.run([BINARY, "speak", "--language", "en", "--engine", "espeak", "-o", str(path), text], env=self.env, check=True, timeout=120, capture_output=True)
        with wave.open(str(path)) as f:
            return f.readframes(f.getnframes()), f.getframerate()

    def check_replies(self, c):
        """Cumulative, and exactly one with done for each."""
        replies, text, open_ = 0, "", False
        for m in c.got:
            if m["type"] == "llm_start":
                self.assertFalse(open_, "a reply without an end")
                text, open_ = "", True
            elif m["type"] == "llm_response":
                self.assertTrue(open_ and (m["text"].startswith(text) or m["done"]), m)
                text, open_ = m["text"], not m["done"]
                replies += m["done"]
        return replies

    def check_sound(self, c):
        end = None
        for m in c.all("tts_audio"):
            self.assertEqual((m["sample_rate"], m["format"]), (24000, "pcm16"))
            self.assertIn(len(m["bytes"]) - m["duration_ms"] * 48, range(48))
            if end is not None:
                self.assertGreaterEqual(m["at_ms"], end)
            end = m["at_ms"] + m["duration_ms"]

    def check_frames(self, c):
        frames = c.all("avatar_frame")
        numbers = [m["frame_number"] for m in frames]
        self.assertEqual((numbers[0], numbers), (0, sorted(set(numbers))))
        self.assertLess(numbers[-1] + 1 - len(numbers), len(numbers) / 5)  # what a loaded machine leaves out
        self.assertTrue(all(m["bytes"][:3] == b"\xff\xd8\xff" and (m["width"], m["height"], m["format"]) == (512, 512, "jpeg") for m in frames))
        times = [m["timestamp"] for m in frames]
        self.assertEqual(times, sorted(set(times)))


class Handshake(LiveTest):
    def test_refusals(self):
        session, over = self.create(), self.create()
        self.api("DELETE", f"/api/sessions/{over}")
        for status, url in ((401, self.address(session, "ivc_wrong")), (404, self.address("sess_000000000000")), (409, self.address(over))):
            with self.subTest(status=status):
                self.assertEqual(self.run_live(live.refusal(url)), status)

    def test_a_refusal_has_the_body_of_the_contract(self):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", f"/ws/sess_000000000000?api_key={self.key}", headers={
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"})
        reply = connection.getresponse()
        self.assertEqual((reply.status, reply.version), (404, 11))
        body = json.loads(reply.read())
        self.assertEqual((body["status_code"], body["error"]["code"]), (404, "SESSION_NOT_FOUND"))

    def test_the_key_may_be_a_header(self):
        async def go():
            c = await live.connect(f"{self.url.replace('http', 'ws', 1)}/ws/{session}", **{"X-API-Key": self.key})
            await c.expect("connected")
            await c.close()
        session = self.create()
        self.run_live(go())


class Spoken(LiveTest):
    def test_a_whole_interview(self):
        samples, rate = self.speech("I measured the slow queries first, and then I added an index.")

        async def go():
            c = await self.begin(session)
            started = await c.expect("session_started")
            self.assertGreater(len(started["message"]), 20)
            for type in ("llm_start", "llm_response"):
                await c.expect(type)
            await c.expect("turn", state="speaking")
            await c.expect("tts_audio")
            await c.expect("avatar_frame")
            await c.say("interrupt")  # the greeting is long
            await c.expect("turn", state="listening")
            await c.speak(bytes(rate), rate)
            await c.speak(samples + bytes(3 * rate), rate)
            final = await c.expect("stt_final", is_final=True)
            self.assertGreater(len(final["transcript"]), 5)
            self.assertGreater(final["confidence"], 0)
            await c.expect("llm_start")
            await c.expect("llm_response")
            await c.expect("turn", state="speaking")
            for _ in range(5):
                await c.expect("tts_audio")
            await c.say("end_session")
            ended = await c.expect("session_ended")
            await c.expect_closed(1000)
            self.assertTrue(c.all("stt_interim"))
            self.assertGreaterEqual(self.check_replies(c), 2)
            self.check_sound(c)
            self.check_frames(c)
            self.assertEqual(c.all("error"), [])
            return final, ended
        session = self.create()
        final, ended = self.run_live(go())
        self.assertEqual(ended["status"], "terminated")
        self.assertEqual(ended["summary"]["user_responses"], 1)
        again = self.api("DELETE", f"/api/sessions/{session}")
        for key in ("average_response_time_ms", "average_ai_latency_ms", "total_messages"):
            self.assertEqual(again["summary"][key], ended["summary"][key])
        self.assertEqual(again["feedback"], ended["feedback"])
        said = json.dumps(self.api("GET", f"/api/sessions/{session}/transcript"))
        self.assertIn(json.dumps(final["transcript"])[1:-1], said)

    def test_a_voice_stops_the_interviewer(self):
        samples, rate = self.speech("Excuse me, may I say something about that project now?")

        async def go():
            c = await self.begin(session, avatar=False)
            for _ in range(4):
                await c.expect("tts_audio")
            await c.speak(bytes(rate), rate, binary=True)
            await c.speak(samples + bytes(3 * rate), rate, binary=True)
            turn = await c.expect("turn", state="listening")
            await c.expect("stt_final")
            late = [m for m in c.got[:c.read] if m["type"] == "tts_audio" and m["at"] > turn["at"] + 0.1]
            self.assertEqual(late, [])
            await c.close()
        session = self.create()
        self.run_live(go())


class Typed(LiveTest):
    def test_binary_messages(self):
        async def go():
            c = await self.begin(session, binary=True, avatar_fps=10)
            await c.expect("session_started")
            sound, frame = await c.expect("tts_audio"), None
            c.read = 0
            frame = await c.expect("avatar_frame")
            self.assertTrue(sound["is_binary"] and frame["is_binary"])
            self.assertEqual((sound["sample_rate"], frame["frame_number"], frame["bytes"][:2]), (24000, 0, b"\xff\xd8"))
            self.assertLess(abs(frame["timestamp"] / 1000 - time.time()), 5)
            await c.close()
        session = self.create()
        self.run_live(go())

    def test_malformed_messages_cost_an_error_and_nothing_else(self):
        async def go():
            c = await self.begin(session, audio=False, avatar=False)
            await c.expect("turn", state="listening")
            for text in ("hello", "", "[]", "{}", '{"type":"dance"}', '{"type":"user_text"}', '{"type":"user_text","text":7}', '{"type":"tts_audio"}',
                         '{"type":"user_text","text":"' + "a" * 70000 + '"}'):
                await c.socket.send(text)
                error = await c.expect("error")
                self.assertTrue(error["code"] in ("INVALID_REQUEST", "PAYLOAD_TOO_LARGE") and error["message"] and error["timestamp"], error)
            await c.socket.send(b"\x00" * 10)
            await c.expect("error", code="INVALID_REQUEST")
            await c.say("audio_data", audio="AAAA", sample_rate=4000)
            await c.expect("error", code="STT_INVALID_AUDIO")
            await c.say("user_text", text=TYPED)
            await c.expect("llm_response", done=True)
            await c.say("ping", timestamp="2024-01-01T12:00:00Z")
            self.assertGreater((await c.expect("pong"))["latency_ms"], 0)
            await c.close()
        session = self.create()
        self.run_live(go())

    def test_pause_and_resume_by_rest_reach_the_live_one(self):
        async def go():
            loop = asyncio.get_running_loop()
            c = await self.begin(session, avatar=False)
            await c.expect("turn", state="speaking")
            paused = await loop.run_in_executor(None, self.api, "POST", f"/api/sessions/{session}/pause", {})
            self.assertEqual(paused["status"], "paused")
            await c.expect("turn", state="paused")
            resumed = await loop.run_in_executor(None, self.api, "POST", f"/api/sessions/{session}/resume", {})
            self.assertEqual(resumed["status"], "active")
            await c.expect("turn")
            ended = await loop.run_in_executor(None, self.api, "DELETE", f"/api/sessions/{session}")
            told = await c.expect("session_ended", status="terminated")
            self.assertEqual(told["feedback"], ended["feedback"])
            await c.expect_closed(1000)
        session = self.create()
        self.run_live(go())

    def test_an_answer_by_rest_goes_through_the_live_one(self):
        async def go():
            loop = asyncio.get_running_loop()
            c = await self.begin(session, avatar=False)
            await c.expect("turn", state="speaking")
            told = await loop.run_in_executor(None, self.api, "POST", f"/api/sessions/{session}/messages", {"text": TYPED})
            self.assertFalse(told["done"])
            self.assertTrue(told["next_question"])
            self.assertTrue((await c.expect("llm_response", text=told["reply"]))["text"])
            await loop.run_in_executor(None, self.api, "DELETE", f"/api/sessions/{session}")
            await c.expect("session_ended", status="terminated")
            await c.expect_closed(1000)
            turns = self.api("GET", f"/api/sessions/{session}/transcript")["transcript"]
            self.assertEqual([(t["turn"], t["text"]) for t in turns if t["speaker"] == "candidate"], [(told["turn"], TYPED)])
        session = self.create()
        self.run_live(go())


class Filmed(LiveTest):
    def test_the_addresses_in_session_ended_work(self):
        async def go():
            c = await self.begin(session, record=True, avatar=False)
            for _ in range(20):
                await c.expect("tts_audio")
            await c.say("end_session")
            ended = await c.expect("session_ended")
            await c.expect_closed(1000)
            return ended["summary"], [m["code"] for m in c.all("error")]
        session = self.create()
        summary, errors = self.run_live(go())
        if errors == ["UNAVAILABLE"]:
            self.skipTest("this build makes no films")
        self.assertEqual(errors, [])
        for key, begins in (("transcript_url", None), ("video_url", b"ftyp")):
            with urllib.request.urlopen(summary[key], timeout=60) as reply:  # signed: no key
                body = reply.read()
            self.assertEqual(body[4:8] if begins else bool(body), begins or True)


class ComingAndGoing(LiveTest):
    def test_a_second_connection_takes_over(self):
        async def go():
            a = await self.begin(session)
            await a.expect("tts_audio")
            b = await live.connect(self.address(session))
            await b.expect("connected")
            await a.expect("error", code="SESSION_ALREADY_ACTIVE")
            await a.expect_closed(4001)
            await b.expect("turn", state="speaking")
            await b.expect("tts_audio")
            await b.say("end_session")
            await b.expect("session_ended")
        session = self.create()
        self.run_live(go())

    def test_who_drops_comes_back_where_it_was(self):
        async def go():
            a = await self.begin(session, avatar=False)
            for _ in range(8):
                await a.expect("tts_audio")
            a.socket.transport.abort()
            await a.task
            last = a.all("tts_audio")[-1]
            await asyncio.sleep(2)
            b = await live.connect(self.address(session))
            await b.expect("llm_response")
            await b.expect("turn", state="speaking")
            first = await b.expect("tts_audio")
            self.assertLessEqual(first["at_ms"], last["at_ms"] + last["duration_ms"])
            for _ in range(10):
                await b.expect("tts_audio")
            self.check_sound(b)
            await b.close()
        session = self.create()
        self.run_live(go())

    def test_the_server_ends_and_goes_on(self):
        async def first():
            c = await self.begin(session, avatar=False)
            await c.expect("tts_audio")
            self.process.terminate()
            await c.expect_closed(1001)

        async def second():
            c = await self.begin(session, audio=False, avatar=False)
            await c.expect("session_started")
            await c.expect("turn", state="listening")
            await c.close()
        session = self.create()
        self.run_live(first())
        self.stop_server()
        self.start_server()
        self.assertEqual(self.api("GET", f"/api/sessions/{session}")["status"], "paused")
        self.run_live(second())

    def test_a_slow_reader_costs_the_others_nothing(self):
        async def go():
            slow = await self.begin(sessions[0])
            other = await self.begin(sessions[1])
            await slow.expect("avatar_frame")
            await other.expect("avatar_frame")
            slow.may_read.clear()
            begun = time.monotonic()
            while time.monotonic() < begun + 8:
                await other.expect("avatar_frame")
            self.check_sound(other)
            self.check_frames(other)
            frames = len([m for m in other.all("avatar_frame") if m["at"] > begun])
            self.assertGreater(frames, 8 * 25 // 2)  # a loaded machine draws fewer
            slow.may_read.set()
            await slow.close()
            await other.close()
        sessions = [self.create(), self.create()]
        self.run_live(go())


if __name__ == "__main__":
    unittest.main(verbosity=2)
