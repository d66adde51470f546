"""ElevenLabs: text to speech over HTTP, with times, and over a WebSocket."""
import asyncio
import base64
import json
import re

import sound
import wire
from .common import good_key, request_id

VOICES = [("21m00Tcm4TlvDq8ikWAM", "Rachel"), ("AZnzlk1XvdvUeBnXmlld", "Domi"), ("EXAVITQu4vr4xnSDxMaL", "Sarah")]
LIMITS = {"eleven_flash_v2_5": 40000, "eleven_flash_v2": 30000, "eleven_multilingual_v2": 10000, "eleven_v3": 5000,
          "eleven_turbo_v2_5": 40000}
FORMAT = re.compile(r"(pcm|mp3|ulaw|alaw|opus)_(\d+)(?:_(\d+))?$")
SCHEDULE = (120, 160, 250, 290)


def is_mine(request):
    return request.path.startswith(("/v1/text-to-speech/", "/v1/voices", "/v1/user")) \
        or (request.path == "/v1/models" and "xi-api-key" in request.headers)


def detail(kind, code, message, status=None):
    return {"detail": {"type": kind, "code": code, "message": message, "status": status or code, "request_id": request_id(message)}}


def missing(name):
    return {"detail": [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": None}]}


BAD_KEY = detail("authentication_error", "unauthorized", "Invalid API key", "invalid_api_key")


async def encode(length, shape):
    """(bytes, bytes per second) in an output_format; None if there is no such format here."""
    found = FORMAT.match(shape)
    if not found or found.group(1) not in ("pcm", "mp3"):
        return None, 0
    rate = int(found.group(2))
    if found.group(1) == "pcm":
        return sound.pcm(length, rate), rate * 2
    kbps = int(found.group(3) or 128)
    return await sound.mp3(length, rate, kbps), kbps * 125


class Service:
    def __init__(self, shared):
        self.shared = shared
        self.generating = 0

    def steer(self, what, document):
        return False

    def headers(self):
        return {"current-concurrent-requests": self.generating, "maximum-concurrent-requests": 1000,
                "x-trace-id": request_id(self.generating), "request-id": request_id("r")}

    async def answer(self, r):
        path = r.request.path
        speech = re.fullmatch(r"/v1/text-to-speech/([^/]+)(/stream|/stream/with-timestamps|/with-timestamps|/stream-input)?", path)
        if speech and speech.group(2) == "/stream-input" and r.request.wants_websocket():
            await self.socket(r, speech.group(1))
        elif speech and r.request.method == "POST":
            await self.speech(r, speech.group(1), speech.group(2) or "")
        elif r.request.method != "GET":
            await r.send(405, {"detail": "Method Not Allowed"})
        elif not good_key(r.request.header("xi-api-key")):
            await r.send(401, BAD_KEY)
        else:
            await self.lists(r, path)
        return True

    async def lists(self, r, path):
        if path == "/v1/voices":
            rows = [{"voice_id": i, "name": name, "category": "premade", "labels": {"accent": "american"},
                     "preview_url": None, "settings": None} for i, name in VOICES]
            await r.send(200, {"voices": rows})
        elif path == "/v1/models":
            rows = [{"model_id": name, "name": name, "can_do_text_to_speech": True, "maximum_text_length_per_request": limit,
                     "languages": [{"language_id": x, "name": x} for x in ("en", "ja", "ko")]} for name, limit in LIMITS.items()]
            await r.send(200, rows)
        elif path in ("/v1/user/subscription", "/v1/user"):
            data = {"tier": "creator", "character_count": 1200, "character_limit": 100000, "status": "active",
                    "next_character_count_reset_unix": 1800000000}
            await r.send(200, data if path.endswith("subscription") else {"subscription": data, "user_id": "u1"})
        else:
            await r.send(404, {"detail": "Not Found"})

    def refusal(self, r, voice, order):
        """(status, body) or None. The schema is checked before the key, as the service does."""
        if not isinstance(order, dict) or not isinstance(order.get("text"), str):
            return 422, missing("text")
        if not good_key(r.request.header("xi-api-key")):
            return 401, BAD_KEY
        model = order.get("model_id", "eleven_multilingual_v2")
        if "missing" in voice:
            return 404, detail("not_found", "voice_not_found", f"A voice with the voice_id '{voice}' was not found.")
        if model not in LIMITS:
            return 404, detail("not_found", "model_not_found", f"A model with model ID {model} does not exist.")
        if not order["text"].strip():
            return 400, detail("validation_error", "empty_text", "The text is empty.")
        if len(order["text"]) > LIMITS[model]:
            return 400, detail("validation_error", "text_too_long", f"The text has more than {LIMITS[model]} characters.")
        if not FORMAT.match(r.request.arg("output_format", "mp3_44100_128")):
            return 400, detail("validation_error", "invalid_output_format", "The output format is not valid.")
        return None

    async def speech(self, r, voice, kind):
        try:
            order = r.request.json()
        except (ValueError, UnicodeDecodeError):
            order = None
        refusal = self.refusal(r, voice, order)
        if refusal:
            await r.send(*refusal)
            return
        text = order["text"]
        length = sound.seconds(text)
        data, per_s = await encode(length, r.request.arg("output_format", "mp3_44100_128"))
        if data is None:
            await r.send(400, detail("validation_error", "invalid_output_format", "This fake makes pcm and mp3 only."))
            return
        self.generating += 1
        try:
            await self.send(r, kind, text, data, per_s)
        finally:
            self.generating -= 1

    async def send(self, r, kind, text, data, per_s):
        if kind.startswith("/stream"):
            lines = Lines(r, text, per_s) if kind == "/stream/with-timestamps" else None
            await r.start("application/json" if lines else "audio/mpeg", self.headers())
            await self.shared.play(data, per_s, lines.write if lines else r.write)
            if lines:
                await lines.finish()
            await r.end()
            return
        await self.shared.wait("first_audio_ms")
        if kind == "/with-timestamps":
            await r.send(200, {"audio_base64": base64.b64encode(data).decode(), **both(sound.char_times(text))}, headers=self.headers())
        else:
            await r.send(200, data, "audio/mpeg", self.headers())

    async def socket(self, r, voice):
        key = r.request.header("xi-api-key")
        if key and not good_key(key):
            await r.send(401, BAD_KEY)
            return
        if r.request.arg("model_id") == "eleven_v3" or "missing" in voice:
            await r.send(403 if "missing" not in voice else 404, detail("authorization_error", "model_access_denied", "not over this socket"))
            return
        ws = await r.upgrade()
        await Stream(self.shared, ws, r.request, bool(key)).run()


def alignment(times):
    return {"characters": [c for c, _, _ in times], "character_start_times_seconds": [s for _, s, _ in times],
            "character_end_times_seconds": [e for _, _, e in times]}


def both(times):
    value = alignment(times)
    return {"alignment": value, "normalized_alignment": value}


class Lines:
    """One JSON object per line; each carries the characters that begin in its sound, with times from the utterance's start."""

    def __init__(self, r, text, per_s):
        self.r, self.per_s, self.at = r, per_s, 0
        self.left = sound.char_times(text)

    async def write(self, part):
        self.at += len(part)
        now = [t for t in self.left if t[1] < self.at / self.per_s]
        self.left = self.left[len(now):]
        await self.line(part, now)

    async def finish(self):
        if self.left:
            await self.line(b"", self.left)

    async def line(self, part, times):
        body = {"audio_base64": base64.b64encode(part).decode(), **(both(times) if times else {"alignment": None, "normalized_alignment": None})}
        data = json.dumps(body, ensure_ascii=False).encode("utf-8") + b"\n"
        cut = len(data) // 3
        await self.r.write(data[:cut])          # a line does not come in one piece
        await self.r.write(data[cut:])


class Stream:
    """stream-input: text in pieces, sound out; what it waits for is the schedule, a flush, or the end."""

    def __init__(self, shared, ws, request, has_key):
        self.shared, self.ws, self.has_key = shared, ws, has_key
        self.shape = request.arg("output_format", "mp3_44100_128")
        self.aligned = request.arg("sync_alignment") == "true"
        self.auto = request.arg("auto_mode") == "true"
        self.limit_s = min(180.0, float(request.arg("inactivity_timeout", "20")))
        self.buffer, self.schedule, self.first = "", list(SCHEDULE), True

    async def run(self):
        while True:
            try:
                kind, data = await asyncio.wait_for(self.ws.recv(), self.limit_s)
            except asyncio.TimeoutError:
                await self.fail("input_timeout_exceeded", f"This connection was closed because no text was received for {self.limit_s:g} s.")
                return
            try:
                order = json.loads(data) if kind == "text" else None
            except ValueError:
                order = None
            if not isinstance(order, dict) or not isinstance(order.get("text"), str):
                await self.fail("invalid_message", "The message is not valid.")
                return
            if not await self.take(order):
                return

    async def take(self, order):
        """False at the end."""
        if self.first:
            self.first = False
            self.has_key = self.has_key or good_key(order.get("xi-api-key", "") or order.get("xi_api_key", ""))
            self.schedule = list((order.get("generation_config") or {}).get("chunk_length_schedule") or SCHEDULE)
            if not self.has_key:
                await self.fail("invalid_api_key", "Invalid API key")
                return False
            if order["text"] != " ":
                await self.fail("invalid_message", "The first text must be a single space.")
                return False
            return True
        if order["text"] == "":
            await self.generate()
            await self.ws.send_json({"audio": None, "isFinal": True, "alignment": None, "normalizedAlignment": None})
            await self.ws.close(1000)
            return False
        self.buffer += order["text"]
        if order.get("flush") or self.auto or len(self.buffer) >= self.schedule[0]:
            self.schedule = self.schedule[1:] or self.schedule
            await self.generate()
        return True

    async def generate(self):
        text, self.buffer = self.buffer.strip(), ""
        if not text:
            return
        data, per_s = await encode(sound.seconds(text), self.shape)
        if data is None:
            await self.fail("invalid_output_format", "This fake makes pcm and mp3 only.")
            raise wire.Gone
        left, at = sound.char_times(text), 0

        async def write(part):
            nonlocal at, left
            begin, at = at / per_s, at + len(part)
            now = [t for t in left if t[1] < at / per_s] if at < len(data) else left
            left = left[len(now):]
            value = {"chars": [c for c, _, _ in now], "charStartTimesMs": [max(0, round((s - begin) * 1000)) for _, s, _ in now],
                     "charDurationsMs": [round((e - s) * 1000) for _, s, e in now]} if self.aligned and now else None
            await self.ws.send_json({"audio": base64.b64encode(part).decode(), "isFinal": None, "alignment": value,
                                     "normalizedAlignment": value})

        await self.shared.play(data, per_s, write)

    async def fail(self, error, message):
        await self.ws.send_json({"message": message, "error": error, "code": 1008})
        await self.ws.close(1008, message)
