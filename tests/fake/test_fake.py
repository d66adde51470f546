"""The fake servers themselves: what they play, what they notice, and that the services act as their contracts say."""
import base64
import http.client
import json
import shutil
import socket
import ssl
import struct
import subprocess
import time
import unittest

import control
import match
import sound
from fake import Fake, Socket

BEARER = {"Authorization": "Bearer test-key-1"}
LISTEN = ("/v1/listen?model=nova-3&language=ko&encoding=linear16&sample_rate=16000&channels=1&interim_results=true&endpointing=300"
          "&utterance_end_ms=1000&vad_events=true&smart_format=true&punctuate=true")
TOKEN = {"Authorization": "Token test-key"}
needs_ffmpeg = unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")


def call(fake, method, path, body=None, headers=None, port="http", link=None):
    """(status, headers, body)"""
    own = None if link else http.client.HTTPConnection("127.0.0.1", fake.ready[port], timeout=10)
    link = link or own
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    try:
        link.request(method, path, data, headers or {})
        answer = link.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        if own:
            own.close()


def events(body):
    return [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]


def form(**parts):
    """(body, headers) of a multipart form; a tuple is (file name, bytes)."""
    out = b""
    for name, value in parts.items():
        more, data = (f'; filename="{value[0]}"', value[1]) if isinstance(value, tuple) else ("", value.encode())
        out += f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"
    return out + b"--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"}


class FakeTest(unittest.TestCase):
    args = ("--service", "all", "--fast")

    @classmethod
    def setUpClass(cls):
        cls.fake = Fake(*cls.args).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.fake.stop()

    def setUp(self):
        self.fake.post("/__reset")

    def call(self, *args, **more):
        return call(self.fake, *args, **more)

    def socket(self, path, headers=None, **more):
        made = Socket(self.fake.ready["http"], path, headers, **more)
        self.addCleanup(made.close)
        return made


class Scenario(FakeTest):
    args = ()

    def test_expectations_that_hold_leave_no_problem(self):
        self.fake.play([{"request": {"method": "POST", "path": "/a", "query": {"k": ["1", "2"], "no": None}, "headers": {"X-A": "~^b"},
                                     "json": {"list": [1, {"deep": "~ö"}], "n": {"min": 1, "max": 3}}},
                         "reply": {"status": 201, "headers": {"X-R": "1"}, "json": {"ok": True}}}])
        status, headers, body = self.call("POST", "/a?k=1&k=2", {"list": [1, {"deep": "öl", "more": 0}], "n": 2, "z": 1}, {"X-A": "bc"})
        self.assertEqual((status, headers["x-r"], json.loads(body)), (201, "1", {"ok": True}))
        self.fake.check()

    def test_every_violated_expectation_is_told(self):
        self.fake.play([{"request": {"method": "POST", "path": "/a", "query": {"k": "1"}, "headers": {"x-a": "b"}, "json": {"n": 1}}}])
        self.call("POST", "/a?k=2", {"n": True}, {"x-a": "c"})
        found = "\n".join(self.fake.problems())
        for part in ("query k: wanted 1, got 2", "header x-a: wanted b, got c", "body.n: wanted 1, got true"):
            self.assertIn(part, found)

    def test_what_never_came_and_what_was_not_expected_are_told(self):
        self.fake.play([{"name": "first", "request": {"path": "/a"}}])
        self.assertEqual(self.call("GET", "/b")[0], 501)
        self.assertEqual(self.fake.problems(), ["unexpected GET /b", "first: never asked for"])

    def test_exit_status_says_whether_all_was_well(self):
        for path, want in (("/a", 0), ("/b", 1)):
            with Fake() as fake:
                fake.play([{"request": {"path": "/a"}, "times": "any"}])
                call(fake, "GET", path)
                self.assertEqual(fake.stop(), want, path)

    def test_a_wrong_scenario_is_refused(self):
        for text in ("- nonsense", "- {reply: {fault: {nix: 1}}}", "- {connect: nix}", '{"file": "openai.yaml", "only": "nix"}'):
            with self.assertRaises(RuntimeError):
                self.fake.play(text)

    def test_a_form_is_read_byte_for_byte(self):
        data = bytes(range(256)) * 3 + b"\r\n\r\n--\r--b\n\n"
        body, headers = form(file=("a.wav", data), model="m")
        parts = match.parse_multipart(headers["Content-Type"], body)
        self.assertEqual((parts["file"]["data"], parts["file"]["filename"], parts["model"]["text"]), (data, "a.wav", "m"))
        self.fake.play([{"request": {"path": "/f", "multipart": {"file": {"filename": "~mp3$", "min_bytes": 10}, "model": "x", "prompt": "*"}}}])
        self.call("POST", "/f", body, headers)
        self.assertEqual(len(self.fake.problems()), 3)

    def test_exchanges_of_a_path_come_in_order(self):
        self.fake.play([{"request": {"path": "/a"}, "reply": {"status": 429}, "times": 2}, {"request": {"path": "/a"}}, {"request": {"path": "/b"}}])
        self.assertEqual([self.call("GET", p)[0] for p in ("/a", "/b", "/a", "/a", "/a")], [429, 200, 429, 200, 501])

    def test_strict_demands_the_order(self):
        self.fake.play({"strict": True, "exchanges": [{"request": {"path": "/a"}}, {"request": {"path": "/b"}}]})
        self.assertEqual([self.call("GET", p)[0] for p in ("/b", "/a", "/b")], [501, 200, 200])

    def test_chunks_are_cut_where_asked(self):
        self.fake.play([{"request": {"path": "/a"}, "reply": {"pcm_ms": 300, "split": [1, 4799], "every": 4800}}])
        with socket.create_connection(("127.0.0.1", self.fake.ready["http"])) as sock:
            sock.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            data = b"".join(iter(lambda: sock.recv(65536), b""))
        body, sizes = data.split(b"\r\n\r\n", 1)[1], []
        while body:
            size, body = body.split(b"\r\n", 1)
            sizes.append(int(size, 16))
            body = body[sizes[-1] + 2:]
        self.assertEqual(sizes, [1, 4799, 4800, 0])

    def test_cut_after_every_byte_on_the_wire(self):
        whole = None
        for after in (0, 1, 12, 40, 100, 100000):
            self.fake.play([{"request": {"path": "/a"}, "reply": {"text": "abcdefghij", "fault": {"cut": after, "wire": True}}}])
            with socket.create_connection(("127.0.0.1", self.fake.ready["http"])) as sock:
                sock.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                whole = b"".join(iter(lambda: sock.recv(65536), b""))
            if after < 100000:
                self.assertEqual(len(whole), after)
        self.assertTrue(whole.endswith(b"\r\n\r\nabcdefghij"))

    def test_reset_is_a_reset(self):
        self.fake.play([{"request": {"path": "/a"}, "reply": {"bytes": 1000, "fault": {"reset": 10}}}])
        with self.assertRaises(ConnectionResetError):
            self.call("GET", "/a")

    def test_drip_delay_and_stall_take_their_time(self):
        self.fake.play([{"request": {"path": "/d"}, "reply": {"bytes": 10, "fault": {"drip_ms": 10}}},
                        {"request": {"path": "/w"}, "reply": {"fault": {"delay_ms": 100}}},
                        {"request": {"path": "/s"}, "reply": {"text": "abc", "fault": {"stall": "body", "after": 2}}},
                        {"request": {"path": "/h"}, "reply": {"fault": {"stall": "header"}}}])
        for path in ("/d", "/w"):
            start = time.monotonic()
            self.call("GET", path)
            self.assertGreaterEqual(time.monotonic() - start, 0.09)
        for path in ("/s", "/h"):
            with self.assertRaises(TimeoutError):
                with socket.create_connection(("127.0.0.1", self.fake.ready["http"]), timeout=0.2) as sock:
                    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    while sock.recv(1000):
                        pass

    def test_oversize_is_as_large_as_asked(self):
        self.fake.fault("oversize", "/a", mb=3)
        self.assertGreater(len(self.call("POST", "/a")[2]), 3 << 20)

    def test_every_fault_kind_can_be_ordered(self):
        for kind in control.load_file("faults.yaml")["scenarios"]:
            self.assertGreaterEqual(self.fake.fault(kind, "/a", times=2)["exchanges"], 1, kind)

    def test_connect_faults_hit_the_connection_only(self):
        self.fake.play([{"connect": "refuse"}, {"connect": "close"}, {"request": {"path": "/a"}}])
        with self.assertRaises(ConnectionError):
            self.call("GET", "/a")
        with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
            self.call("GET", "/a")
        self.assertEqual(self.call("GET", "/a")[0], 200)
        self.fake.check()

    def test_a_warm_connection_saves_the_handshake(self):
        self.fake.play([{"request": {"path": "/a"}, "times": "any", "reply": {"json": {}}}])
        trusted = ssl.create_default_context(cafile=self.fake.ready["ca"])
        link = http.client.HTTPSConnection("localhost", self.fake.ready["https"], context=trusted, timeout=10)
        for _ in range(3):
            self.assertEqual(self.call("GET", "/a", link=link)[0], 200)
        link.close()
        stats = self.fake.stats()
        self.assertEqual((stats["tls_handshakes"], stats["connections"], stats["requests"]), (1, 1, 3))
        self.assertEqual([row["warm"] for row in stats["log"]], [False, True, True])

    def test_bad_certificates_are_bad_in_their_way(self):
        trusted = ssl.create_default_context(cafile=self.fake.ready["ca"])
        for port, why in (("https_expired", "expired"), ("https_wrong_host", "mismatch"), ("https_unknown_ca", "issuer")):
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, why):
                link = http.client.HTTPSConnection("localhost", self.fake.ready[port], context=trusted, timeout=10)
                link.request("GET", "/")

    def test_ports_that_do_not_answer(self):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.fake.ready["refused"]), timeout=5)
        with self.assertRaises(TimeoutError):
            socket.create_connection(("127.0.0.1", self.fake.ready["unreachable"]), timeout=0.3)

    def test_websocket_script(self):
        self.fake.play([{"request": {"path": "/ws"}, "websocket": [
            {"expect_binary": {"count": 2, "bytes": 4}}, {"send_json": {"a": 1}}, {"expect_json": {"type": "Close"}},
            {"send_fragments": {"text": "안녕", "sizes": [1, 2]}}, {"ping": "x"}, {"close": {"code": 1011, "reason": "NET-0001"}}]}])
        ws = self.socket("/ws")
        ws.send(b"abcd")
        ws.send({"type": "KeepAlive"})
        ws.send(b"abcd")
        self.assertEqual(ws.json(), {"a": 1})
        ws.send({"type": "Close"})
        self.assertEqual(ws.until_close(), (["안녕"], (1011, "NET-0001")))
        self.fake.check()

    def test_websocket_rules_are_checked(self):
        self.fake.play([{"request": {"path": "/ws"}, "websocket": [{"expect_text": "x"}]}])
        ws = self.socket("/ws")
        ws.raw(b"\x81\x01x")
        self.assertEqual(ws.recv()[0], 1002)
        self.assertIn("without mask", self.fake.problems()[0])

    def test_keepalive_gap_is_noticed(self):
        for pause, bad in ((0.05, False), (0.7, True)):
            self.fake.play([{"request": {"path": "/ws"}, "websocket": [{"watch": {"json": {"type": "KeepAlive"}, "max_gap_ms": 450, "for_ms": 900}}]}])
            ws = self.socket("/ws")
            end = time.monotonic() + 0.85
            while time.monotonic() < end:
                ws.send({"type": "KeepAlive"})
                time.sleep(pause)
            ws.until_close()
            self.assertEqual(bool(self.fake.problems()), bad)


class OpenAi(FakeTest):
    def ask(self, headers=BEARER, **more):
        return self.call("POST", "/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "안녕하세요"}], **more}, headers)

    def test_wrong_key(self):
        status, _, body = self.ask(headers={"Authorization": "Bearer sk-wrong"})
        self.assertEqual((status, json.loads(body)["error"]["code"]), (401, "invalid_api_key"))

    def test_stream_and_whole_say_the_same(self):
        whole = json.loads(self.ask()[2])
        rows = events(self.ask(stream=True, stream_options={"include_usage": True})[2])
        self.assertEqual(rows.pop(), "[DONE]")
        chunks = [json.loads(row) for row in rows]
        self.assertEqual("".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]),
                         whole["choices"][0]["message"]["content"])
        self.assertEqual((chunks[-1]["choices"], chunks[-1]["usage"]), ([], whole["usage"]))
        self.assertEqual(chunks[-2]["choices"][0]["finish_reason"], "stop")

    def test_scripted_replies_then_rules(self):
        self.fake.post("/__chat", {"replies": ["one", {"content": "half", "finish_reason": "length"}, {"score": 3}],
                                   "rules": [{"match": "안녕", "reply": "rule"}]})
        got = [json.loads(self.ask()[2])["choices"][0] for _ in range(4)]
        self.assertEqual([(c["message"]["content"], c["finish_reason"]) for c in got],
                         [("one", "stop"), ("half", "length"), ('{"score": 3}', "stop"), ("rule", "stop")])

    def test_a_cut_stream_has_no_end(self):
        self.fake.post("/__chat", [{"content": "one two three", "cut": True}])
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.ask(stream=True)
        self.assertNotIn(b"[DONE]", caught.exception.partial)

    def test_schema_is_filled(self):
        schema = {"type": "object", "additionalProperties": False, "required": ["score", "quote", "kind"], "properties": {
            "score": {"type": "integer", "minimum": 1, "maximum": 5}, "quote": {"type": "string"}, "kind": {"$ref": "#/$defs/k"}},
            "$defs": {"k": {"enum": ["x", "y"]}}}
        shape = {"type": "json_schema", "json_schema": {"name": "feedback", "strict": True, "schema": schema}}
        got = json.loads(json.loads(self.ask(response_format=shape)[2])["choices"][0]["message"]["content"])
        self.assertEqual(got, {"score": 3, "quote": "안녕하세요", "kind": "y"})
        del schema["required"]
        self.assertEqual(json.loads(self.ask(response_format=shape)[2])["error"]["code"], "invalid_json_schema")

    def test_refusals(self):
        for more, code in (({"model": "missing"}, "model_not_found"), ({"messages": []}, "empty_array"), ({"temperature": 3}, "decimal_above_max_value"),
                           ({"messages": [{"role": "user", "content": "x" * 400001}]}, "context_length_exceeded")):
            self.assertEqual(json.loads(self.ask(**more)[2])["error"]["code"], code)

    def test_transcription(self):
        self.fake.post("/__transcripts", {"ko": ["첫 번째", "두 번째"]})
        wav = sound.wav(1.0, 16000)
        for want in ("첫 번째", "두 번째", "첫 번째"):
            body, headers = form(file=("a.wav", wav), model="whisper-1", language="ko", response_format="verbose_json")
            status, _, got = self.call("POST", "/v1/audio/transcriptions", body, {**headers, **BEARER})
            got = json.loads(got)
            self.assertEqual((status, got["text"], got["duration"], len(got["words"])), (200, want, 1.0, 2))
        body, headers = form(file=("a.wav", wav), model="gpt-4o-mini-transcribe", stream="true", language="ko")
        rows = [json.loads(e) for e in events(self.call("POST", "/v1/audio/transcriptions", body, {**headers, **BEARER})[2])]
        self.assertEqual(("".join(r.get("delta", "") for r in rows), rows[-1]["text"]), ("두 번째", "두 번째"))

    def test_bad_sound_is_refused(self):
        for data, part in ((sound.wav(0.05, 16000), "too short"), (b"nonsense", "Invalid file format")):
            body, headers = form(file=("a.wav", data), model="whisper-1")
            status, _, got = self.call("POST", "/v1/audio/transcriptions", body, {**headers, **BEARER})
            self.assertEqual(status, 400)
            self.assertIn(part, json.loads(got)["error"]["message"])
            self.assertEqual(self.call("POST", "/inference", *form(file=("a.wav", b"x")))[2], b"Invalid request")

    def test_speech(self):
        order = {"model": "tts-1", "input": "안녕하세요. 반갑습니다.", "voice": "alloy"}
        length = sound.seconds(order["input"])
        plain = self.call("POST", "/v1/audio/speech", {**order, "response_format": "pcm"}, BEARER)[2]
        self.assertEqual(len(plain), round(length * 24000) * 2)
        self.assertGreater(max(map(abs, struct.unpack(f"<{len(plain) // 2}h", plain))), 5000)
        rows = [json.loads(e) for e in events(self.call("POST", "/v1/audio/speech", {**order, "response_format": "pcm", "stream_format": "sse"}, BEARER)[2])]
        self.assertEqual(b"".join(base64.b64decode(r["audio"]) for r in rows[:-1]), plain)
        self.assertEqual(rows[-1]["type"], "speech.audio.done")
        self.assertEqual(self.call("POST", "/v1/audio/speech", {**order, "input": ""}, BEARER)[0], 400)

    @needs_ffmpeg
    def test_speech_as_mp3(self):
        data = self.call("POST", "/v1/audio/speech", {"model": "tts-1", "input": "Hello there.", "voice": "alloy"}, BEARER)[2]
        self.assertEqual(data[0], 0xFF)
        self.assertAlmostEqual(len(sound.encode(data, "-f", "s16le", "-ar", "24000", "-ac", "1")) / 48000, sound.seconds("Hello there."), delta=0.1)

    def test_timing_is_kept(self):
        self.fake.post("/__config", {"first_token_ms": 200, "token_ms": 20})
        self.fake.post("/__chat", ["one two three four five"])
        start = time.monotonic()
        self.ask(stream=True)
        self.assertTrue(0.28 <= time.monotonic() - start < 1.5)


    def test_a_client_that_leaves_is_noted(self):
        self.fake.post("/__config", {"token_ms": 20})
        self.fake.post("/__chat", ["word " * 100])
        with socket.create_connection(("127.0.0.1", self.fake.ready["http"])) as sock:
            order = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "x"}]})
            sock.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test-key\r\nContent-Length: {len(order)}\r\n\r\n{order}".encode())
            sock.recv(100)
            left_us = time.monotonic_ns() // 1000
        time.sleep(0.3)
        stats = self.fake.stats()
        self.assertAlmostEqual(stats["log"][0]["client_gone_us"], left_us, delta=250000)
        self.assertEqual(stats["in_flight"], 0)


class ElevenLabs(FakeTest):
    key = {"xi-api-key": "test-key"}

    def say(self, kind="/stream", text="안녕하세요 여러분", headers=None, **more):
        return self.call("POST", f"/v1/text-to-speech/v1{kind}?output_format=pcm_16000", {"text": text, "model_id": "eleven_flash_v2_5", **more}, headers or self.key)

    def test_stream_is_sound(self):
        status, headers, body = self.say()
        self.assertEqual((status, headers["content-type"], len(body)), (200, "audio/mpeg", round(sound.seconds("안녕하세요 여러분") * 16000) * 2))

    def test_times_cover_the_text(self):
        lines = [json.loads(line) for line in self.say("/stream/with-timestamps")[2].split(b"\n") if line]
        self.assertEqual("".join("".join(l["alignment"]["characters"]) for l in lines if l["alignment"]), "안녕하세요 여러분")
        self.assertEqual(b"".join(base64.b64decode(l["audio_base64"]) for l in lines), self.say()[2])
        ends = [e for l in lines if l["alignment"] for e in l["alignment"]["character_end_times_seconds"]]
        self.assertAlmostEqual(ends[-1], sound.seconds("안녕하세요 여러분"), places=2)

    def test_refusals(self):
        wrong = {"xi-api-key": "x"}
        for got, want in ((self.say(headers=wrong), (401, "invalid_api_key")), (self.say(text=" "), (400, "empty_text")),
                          (self.say(model_id="nix"), (404, "model_not_found")), (self.say(text="x" * 40001), (400, "text_too_long"))):
            self.assertEqual((got[0], json.loads(got[2])["detail"]["status"]), want)
        status, _, body = self.say(text=None, headers=wrong)      # the schema is looked at before the key
        self.assertEqual((status, json.loads(body)["detail"][0]["loc"]), (422, ["body", "text"]))

    def test_lists(self):
        self.assertTrue(json.loads(self.call("GET", "/v1/voices", headers=self.key)[2])["voices"])
        self.assertIn("eleven_flash_v2_5", [m["model_id"] for m in json.loads(self.call("GET", "/v1/models", headers=self.key)[2])])
        self.assertEqual(json.loads(self.call("GET", "/v1/user/subscription", headers=self.key)[2])["character_limit"], 100000)

    def test_socket(self):
        ws = self.socket("/v1/text-to-speech/v1/stream-input?output_format=pcm_16000&sync_alignment=true&model_id=eleven_flash_v2_5", self.key)
        ws.send({"text": " "})
        ws.send({"text": "안녕하세요. "})
        ws.send({"text": "좋아요. ", "flush": True})
        ws.send({"text": ""})
        rows, end = ws.until_close()
        rows = [json.loads(row) for row in rows]
        self.assertEqual((end[0], rows[-1]["isFinal"]), (1000, True))
        self.assertEqual(sum(len(base64.b64decode(r["audio"])) for r in rows[:-1]), round(sound.seconds("안녕하세요. 좋아요.") * 16000) * 2)
        self.assertEqual("".join("".join(r["alignment"]["chars"]) for r in rows if r["alignment"]), "안녕하세요. 좋아요.")

    def test_socket_left_alone(self):
        ws = self.socket("/v1/text-to-speech/v1/stream-input?inactivity_timeout=0.2", self.key)
        ws.send({"text": " "})
        rows, end = ws.until_close()
        self.assertEqual((json.loads(rows[0])["error"], end[0]), ("input_timeout_exceeded", 1008))


class Deepgram(FakeTest):
    def listen(self, path=LISTEN, headers=TOKEN):
        return self.socket(path, headers)

    def hear(self, ws, *parts):
        for seconds, loud in parts:
            data = sound.pcm(seconds, 16000) if loud else bytes(round(seconds * 16000) * 2)
            for at in range(0, len(data), 3200):
                ws.send(data[at:at + 3200])

    def test_wrong_key(self):
        ws = self.listen(headers={"Authorization": "Token nix"})
        self.assertEqual((ws.status, ws.headers["dg-error"], json.loads(ws.body)["err_code"]), (401, "Invalid credentials.", "INVALID_AUTH"))

    def test_two_turns(self):
        self.fake.post("/__transcripts", ["자기소개를 시작하겠습니다.", "감사합니다."])
        ws = self.listen()
        self.hear(ws, (0.3, False), (1.44, True), (1.5, False), (0.72, True), (0.5, False))
        ws.send({"type": "CloseStream"})
        rows, end = ws.until_close()
        rows = [json.loads(row) for row in rows]
        finals = [r for r in rows if r.get("speech_final")]
        self.assertEqual([f["channel"]["alternatives"][0]["transcript"] for f in finals], ["자기소개를 시작하겠습니다.", "감사합니다."])
        kinds = [r["type"] if r["type"] != "Results" else "final" if r["is_final"] else "interim" for r in rows]
        self.assertEqual(kinds[0], "SpeechStarted")
        self.assertIn("interim", kinds)
        self.assertEqual((kinds.count("SpeechStarted"), kinds.count("UtteranceEnd"), kinds[-1], end[0]), (2, 1, "Metadata", 1000))
        word = finals[0]["channel"]["alternatives"][0]["words"][0]
        self.assertAlmostEqual(word["start"], 0.3, delta=0.06)
        self.assertEqual(finals[0]["channel"]["alternatives"][0]["words"][1]["punctuated_word"], "시작하겠습니다.")
        self.assertAlmostEqual(rows[-1]["duration"], 4.46, delta=0.02)

    def test_finalize_and_silence(self):
        ws = self.listen()
        self.hear(ws, (0.9, True))
        ws.send({"type": "Finalize"})
        while not (row := ws.json()).get("from_finalize"):
            pass
        self.assertTrue(row["channel"]["alternatives"][0]["transcript"])
        ws = self.listen()
        self.hear(ws, (1.0, False))
        ws.send({"type": "CloseStream"})
        rows, _ = ws.until_close()
        self.assertEqual(json.loads(rows[0])["channel"]["alternatives"][0]["transcript"], "")

    def test_silent_client_is_left(self):
        self.fake.post("/__config", {"silence_s": 0.8})
        ws = self.listen()
        for _ in range(3):
            time.sleep(0.4)
            ws.send({"type": "KeepAlive"})
        _, end = ws.until_close()
        self.assertEqual((end[0], end[1][:8]), (1011, "NET-0001"))

    def test_bad_messages(self):
        ws = self.listen()
        ws.send("nonsense")
        self.assertEqual(ws.json()["variant"], "SchemaError")
        ws.send(b"OggS" + bytes(100))
        self.assertEqual(ws.recv()[1][:9], "DATA-0000")

    def test_file(self):
        self.fake.post("/__transcripts", ["네, 그렇습니다."])
        status, headers, body = self.call("POST", "/v1/listen?model=nova-3&language=ko", sound.wav(2, 16000), {**TOKEN, "Content-Type": "audio/wav"})
        got = json.loads(body)
        self.assertEqual((status, got["results"]["channels"][0]["alternatives"][0]["transcript"], got["metadata"]["duration"]), (200, "네, 그렇습니다.", 2.0))
        self.assertEqual(headers["dg-request-id"], got["metadata"]["request_id"])
        self.assertEqual(self.call("POST", "/v1/listen", b"nonsense", TOKEN)[0], 400)


class Edge(FakeTest):
    def path(self, at=None):
        return ("/consumer/speech/synthesize/readaloud/edge/v1?TrustedClientToken=" + match.EDGE_TOKEN + "&ConnectionId=" + "0a" * 16
                + "&Sec-MS-GEC=" + match.edge_gec(at or time.time()) + "&Sec-MS-GEC-Version=1-143.0.3650.75")

    def open(self, path=None, **more):
        return self.socket(path or self.path(), {"Origin": "chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold", "Cookie": "muid=" + "0A" * 16 + ";", **more})

    def say(self, ws, text, voice="Microsoft Server Speech Text to Speech Voice (ko-KR, SunHiNeural)", rate="+0%"):
        ws.send('X-Timestamp:x\r\nContent-Type:application/json; charset=utf-8\r\nPath:speech.config\r\n\r\n{"context":{"synthesis":{"audio":{"metadataoptions":'
                '{"sentenceBoundaryEnabled":"false","wordBoundaryEnabled":"true"},"outputFormat":"audio-24khz-48kbitrate-mono-mp3"}}}}\r\n')
        ws.send(f"X-RequestId:{'0b' * 16}\r\nContent-Type:application/ssml+xml\r\nX-Timestamp:xZ\r\nPath:ssml\r\n\r\n<speak version='1.0' "
                f"xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'><voice name='{voice}'><prosody pitch='+0Hz' rate='{rate}' "
                f"volume='+0%'>{text}</prosody></voice></speak>")
        out = []
        while True:
            got = ws.recv()
            out.append(got)
            if isinstance(got, tuple) or (isinstance(got, str) and "Path:turn.end" in got):
                return out

    def test_token_vectors(self):
        self.assertEqual(match.edge_gec(1700000000), "42301B335578FEFDAE2637DED1ABD614505D432559EC08032B82048483726AFF")
        self.assertEqual(match.edge_gec(1763848921), "939054704AAF6E14F55CAEBDDC5E28A9ED768195326F9D0E6ACA0404986B27C9")

    def test_clock_skew(self):
        self.fake.post("/__config", {"clock_offset_s": 7200})
        ws = self.open()
        self.assertEqual(ws.status, 403)
        theirs = time.mktime(time.strptime(ws.headers["date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        self.assertAlmostEqual(theirs, time.time() + 7200, delta=3)
        self.assertEqual(self.open(self.path(theirs)).status, 101)

    def test_origin_and_cookie_are_needed(self):
        self.assertEqual(self.open(Origin=None).status, 403)
        self.assertEqual(self.open(Cookie="muid=x").status, 403)

    @needs_ffmpeg
    def test_sound_and_words(self):
        rows = self.say(self.open(), "안녕하세요 Tom &amp; Ann")
        frames = [row for row in rows if isinstance(row, bytes)]
        self.assertEqual([frames[0][:2], frames[-1][:2], len(frames[-1])], [b"\x00\x80", b"\x00\x67", 2 + 0x67])
        words = [json.loads(row.split("\r\n\r\n")[1])["Metadata"][0] for row in rows if isinstance(row, str) and "audio.metadata" in row]
        self.assertEqual([w["Data"]["text"]["Text"] for w in words if w["Type"] == "WordBoundary"], ["안녕하세요", "Tom", "&amp;", "Ann"])
        data = b"".join(f[2 + int.from_bytes(f[:2], "big"):] for f in frames)
        length = len(sound.encode(data, "-f", "s16le", "-ar", "24000", "-ac", "1")) / 48000
        self.assertAlmostEqual(length, sound.seconds("안녕하세요 Tom & Ann") + 0.875, delta=0.15)

    def test_bad_ssml_and_unknown_voice(self):
        self.assertEqual(self.say(self.open(), "a & b")[-1][0], 1007)
        self.assertEqual(self.say(self.open(), "a", rate="0%")[-1], (1007, "SSML is invalid"))
        self.assertFalse([r for r in self.say(self.open(), "a", voice="xx-XX-NoNeural") if isinstance(r, bytes)])

    def test_voices(self):
        path = self.path().replace("edge/v1?TrustedClientToken", "voices/list?trustedclienttoken")
        status, _, body = self.call("GET", path, headers={"Cookie": "muid=" + "0A" * 16 + ";"})
        self.assertIn("ko-KR-SunHiNeural", [v["ShortName"] for v in json.loads(body)])
        self.assertEqual(self.call("GET", path)[0], 403)


class Daily(FakeTest):
    def test_life_of_a_room(self):
        order = {"name": "sess_abc123def456", "privacy": "private", "properties": {"exp": 4000000000, "enable_chat": False}}
        status, _, body = self.call("POST", "/v1/rooms", order, BEARER)
        self.assertEqual((status, json.loads(body)["config"]), (200, {"exp": 4000000000}))
        status, _, body = self.call("POST", "/v1/rooms", order, BEARER)
        self.assertEqual((status, json.loads(body)["error"]), (400, "invalid-request-error"))
        self.assertEqual(self.call("POST", "/v1/meeting-tokens", {"properties": {"room_name": order["name"]}}, BEARER)[0], 200)
        path = "/v1/rooms/" + order["name"]
        self.assertEqual([self.call(m, path, headers=BEARER)[0] for m in ("GET", "DELETE", "DELETE")], [200, 200, 404])

    def test_refusals(self):
        got = [self.call("POST", "/v1/rooms", {"name": "a b"}, h) for h in ({}, {"Authorization": "Bearer x"}, BEARER)]
        self.assertEqual([(s, json.loads(b)["error"]) for s, _, b in got],
                         [(400, "authorization-header-error"), (401, "authentication-error"), (400, "invalid-request-error")])

    def test_whip(self):
        status, headers, body = self.call("POST", "/whip", b"v=0\r\na=sendonly\r\n", {"Content-Type": "application/sdp"})
        self.assertEqual((status, body), (201, b"v=0\r\na=recvonly\r\n"))
        self.assertEqual(self.call("DELETE", headers["location"])[0], 200)


class Contracts(FakeTest):
    """A few of the scenario files, played through by hand; the rest is read, and played by the tests of the providers."""
    args = ()

    def test_every_scenario_can_be_loaded(self):
        for name in ("openai", "elevenlabs", "deepgram", "edge", "daily"):
            for only in control.load_file(f"{name}.yaml")["scenarios"]:
                self.assertGreaterEqual(self.fake.play(f"{name}.yaml", only)["exchanges"], 1, only)

    def test_openai_stream(self):
        self.fake.play("openai.yaml", "stream", key="Bearer k")
        status, _, body = self.call("POST", "/v1/chat/completions", {"stream": True, "messages": []}, {"Authorization": "Bearer k"})
        self.assertEqual((status, body.count(b"\r\n\r\n"), "소개" in body.decode()), (200, 2, True))
        self.fake.check()

    def test_whisper_loading(self):
        self.fake.play("openai.yaml", "whisper loading")
        body, headers = form(file=("a.wav", sound.wav(0.2, 16000)))
        self.assertEqual([self.call("POST", "/inference", body, headers)[0] for _ in range(3)], [404, 404, 200])
        self.fake.check()

    def test_elevenlabs(self):
        self.fake.play("elevenlabs.yaml", ["too many at once", "with timestamps"])
        got = [self.call("POST", "/v1/text-to-speech/v1/stream", {})[0] for _ in range(2)]
        lines = self.call("POST", "/v1/text-to-speech/v1/stream/with-timestamps", {"text": "a"}, {"xi-api-key": "test-key"})[2].split(b"\n")
        self.assertEqual((got, json.loads(lines[0])["alignment"]["characters"], json.loads(lines[1])["alignment"]), ([429, 200], ["안", "녕"], None))
        self.fake.check()

    def test_deepgram_turn(self):
        self.fake.play("deepgram.yaml", "turn")
        ws = self.socket(LISTEN, TOKEN)
        for _ in range(20):
            ws.send(bytes(3200))
        finals = [row for row in (ws.json() for _ in range(6)) if row.get("is_final")]
        self.assertEqual(" ".join(f["channel"]["alternatives"][0]["transcript"] for f in finals), "자기소개를 시작하겠습니다")
        ws.send({"type": "CloseStream"})
        self.assertEqual(ws.until_close()[1][0], 1000)
        self.fake.check()

    def test_deepgram_silence(self):
        for keep, bad in ((True, False), (False, True)):
            self.fake.play(json.dumps([{"request": {"path": "/v1/listen"}, "websocket": [
                {"expect_binary": {"count": 1}}, {"watch": {"json": {"type": "KeepAlive"}, "max_gap_ms": 900, "for_ms": 1200, "min": 1}},
                {"close": {"code": 1011, "reason": "NET-0001"}}]}]))
            ws = self.socket(LISTEN, TOKEN)
            ws.send(bytes(3200))
            time.sleep(0.6)
            if keep:
                ws.send({"type": "KeepAlive"})
            self.assertEqual(ws.until_close()[1], (1011, "NET-0001"))
            self.assertEqual(bool(self.fake.problems()), bad)

    @needs_ffmpeg
    def test_edge_with_a_skewed_clock(self):
        self.fake.play("edge.yaml", "skewed clock")
        edge = Edge()
        edge.fake, edge.addCleanup = self.fake, self.addCleanup
        self.assertEqual(edge.open().headers["date"], "Sun, 22 Nov 2026 12:00:00 GMT")
        ws = edge.open(edge.path(1795348800))
        rows = edge.say(ws, "안녕")
        ws.raw(b"\x88\x80abcd")
        frames = [row for row in rows if isinstance(row, bytes)]
        self.assertEqual(sum(len(f) - 2 - int.from_bytes(f[:2], "big") for f in frames), 720)
        self.assertEqual(ws.until_close()[0], [])
        self.fake.check()

    def test_daily_name_taken(self):
        self.fake.play("daily.yaml", "name taken")
        self.assertEqual(self.call("POST", "/v1/rooms", {})[0], 400)
        self.assertEqual(json.loads(self.call("GET", "/v1/rooms/sess_abc123def456")[2])["name"], "sess_abc123def456")
        self.fake.check()


class Everything(FakeTest):
    def test_no_service_leaves_a_problem(self):
        self.call("GET", "/health")
        self.assertEqual(self.fake.problems(), [])

    def test_a_fault_first_then_the_service(self):
        self.fake.fault("too-many", "/v1/models", retry_after=7)
        status, headers, _ = self.call("GET", "/v1/models", headers=BEARER)
        self.assertEqual((status, headers["retry-after"]), (429, "7"))
        self.assertEqual(self.call("GET", "/v1/models", headers=BEARER)[0], 200)

    def test_ends_with_its_stdin(self):
        with Fake("--service", "all") as fake:
            fake.child.stdin.close()
            self.assertEqual(fake.child.wait(5), 0)

    @unittest.skipUnless(shutil.which("nghttpx", path="/usr/sbin:/usr/bin:/usr/local/bin") and shutil.which("curl"), "nghttpx or curl is not installed")
    def test_http2(self):
        with Fake("--service", "all", "--h2") as fake:
            done = subprocess.run(["curl", "-sS", "--http2", "--cacert", fake.ready["ca"], "-w", " %{http_version}", fake.url("/health", "h2")],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout, '{"status": "ok"} 2', done.stderr)


if __name__ == "__main__":
    unittest.main()
