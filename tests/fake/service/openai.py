"""OpenAI's HTTP API: chat, transcription, speech; also /health and /inference of the local look-alikes."""
import json
import re

import match
import sound
from . import chat
from .common import bearer, file_seconds, good_key, request_id, word_list

MODELS = ("gpt-4o-mini", "gpt-4o-mini-transcribe", "gpt-4o-mini-tts", "whisper-1", "tts-1")
LANGUAGES = {"en": "english", "ko": "korean", "ja": "japanese"}
LIMITS = {"x-ratelimit-limit-requests": "10000", "x-ratelimit-limit-tokens": "200000", "x-ratelimit-remaining-requests": "9999",
          "x-ratelimit-remaining-tokens": "199990", "x-ratelimit-reset-requests": "9ms", "x-ratelimit-reset-tokens": "3ms"}
FORMATS = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm": "audio/pcm", "flac": "audio/flac", "opus": "audio/ogg", "aac": "audio/aac"}


def is_mine(request):
    return bool(re.search(r"^(/v1)?/(chat/completions|audio/\w+|models|health)$|^/inference$", request.path)) \
        and "xi-api-key" not in request.headers


def error(message, kind="invalid_request_error", param=None, code=None):
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Service:
    def __init__(self, shared):
        self.shared = shared
        self.chat = chat.Chat()
        self.count = 0

    def steer(self, what, document):
        if what != "chat":
            return False
        self.chat.steer(document)
        return True

    async def answer(self, r):
        path = re.sub(r"^/v1", "", r.request.path)
        self.count += 1
        self.headers = {"x-request-id": f"req_{request_id(self.count).replace('-', '')}", **LIMITS}
        handler = {("GET", "/health"): self.health, ("GET", "/models"): self.models, ("POST", "/chat/completions"): self.completions,
                   ("POST", "/audio/transcriptions"): self.transcriptions, ("POST", "/inference"): self.inference,
                   ("POST", "/audio/speech"): self.speech}.get((r.request.method, path))
        if handler is None:
            await r.send(404, error(f"Invalid URL ({r.request.method} {r.request.path})"))
        elif path not in ("/health", "/inference") and not good_key(bearer(r.request)):
            await self.refuse_key(r)
        else:
            await handler(r)
        return True

    async def refuse_key(self, r):
        key = bearer(r.request)
        shown = key[:3] + "*" * max(0, len(key) - 6) + key[-3:]
        text = f"Incorrect API key provided: {shown}." if key else "You didn't provide an API key."
        await r.send(401, {**error(text, code="invalid_api_key"), "status": 401}, headers=self.headers)

    async def health(self, r):
        await r.send(200, {"status": "ok"})

    async def models(self, r):
        rows = [{"id": name, "object": "model", "created": 1700000000, "owned_by": "system"} for name in MODELS]
        await r.send(200, {"object": "list", "data": rows}, headers=self.headers)

    async def bad(self, r, message, param=None, code=None, status=400):
        await r.send(status, error(message, param=param, code=code), headers=self.headers)

    async def completions(self, r):
        try:
            order = r.request.json()
            fault = chat.check(order)
        except (ValueError, UnicodeDecodeError):
            fault = ("We could not parse the JSON body of your request.", None, None, 400)
        if fault:
            await self.bad(r, *fault)
            return
        reply = self.chat.reply(order)
        ident = f"chatcmpl-{request_id(self.count)[:8]}"
        if order.get("stream"):
            await self.stream(r, order, reply, ident)
            return
        await self.shared.wait("first_token_ms")
        message = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
        await r.send(200, {"id": ident, "object": "chat.completion", "created": 1700000000, "model": order["model"],
                           "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
                           "usage": reply.usage(order)}, headers=self.headers)

    async def stream(self, r, order, reply, ident):
        options = order.get("stream_options") or {}
        with_usage = options.get("include_usage", False)

        def chunk(delta, finish=None):
            out = {"id": ident, "object": "chat.completion.chunk", "created": 1700000000, "model": order["model"],
                   "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            if with_usage:
                out["usage"] = None
            if options.get("include_obfuscation", True):
                out["obfuscation"] = "x7"
            return out

        await r.start("text/event-stream; charset=utf-8", self.headers)
        await self.shared.wait("first_token_ms")
        await r.event(chunk({"role": "assistant", "content": "", "refusal": None}))
        for token in reply.tokens():
            await r.event(chunk({"refusal" if reply.refusal else "content": token}))
            await self.shared.wait("token_ms")
        if reply.cut:
            r.conn.close()
            r.keep = False
            return
        await r.event(chunk({}, reply.finish))
        if with_usage:
            await r.event({**chunk({}), "choices": [], "usage": reply.usage(order)})
        await r.event("[DONE]")
        await r.end()

    async def form(self, r):
        """The parts and the seconds of sound, or None after a refusal."""
        try:
            parts = match.parse_multipart(r.request.header("content-type"), r.request.body)
        except (ValueError, LookupError):
            parts = {}
        text = {name: part["text"] for name, part in parts.items() if name != "file"}
        if "file" not in parts:
            await self.bad(r, "Missing required parameter: 'file'.", "file", "missing_required_parameter")
            return None, 0
        if "." not in (parts["file"]["filename"] or ""):
            await self.bad(r, "Unrecognized file format.", "file")
            return None, 0
        length = file_seconds(parts["file"]["data"])
        if length is None:
            await self.bad(r, "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']", "file")
            return None, 0
        if length < 0.1:
            await self.bad(r, "Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short")
            return None, 0
        return text, length

    async def transcriptions(self, r):
        text, length = await self.form(r)
        if text is None:
            return
        model, shape, language = text.get("model", ""), text.get("response_format", "json"), text.get("language", "en")
        if model not in MODELS and not model.startswith(("gpt-", "whisper", "Systran")):
            await self.bad(r, f"The model '{model}' does not exist", "model", "model_not_found", 404)
            return
        if model.startswith("gpt-") and shape not in ("json", "text"):
            await self.bad(r, f"response_format '{shape}' is not compatible with model '{model}'.", "response_format", "unsupported_value")
            return
        said = self.shared.next_transcript(bearer(r.request), language)
        await self.shared.wait("stt_ms")
        if text.get("stream") == "true" and model.startswith("gpt-"):
            await self.stream_text(r, said)
        else:
            await self.send_text(r, said, shape, language, length)

    async def stream_text(self, r, said):
        await r.start("text/event-stream; charset=utf-8", self.headers)
        for word in re.findall(r"\S+\s*", said):
            await r.event({"type": "transcript.text.delta", "delta": word})
            await self.shared.wait("token_ms")
        await r.event({"type": "transcript.text.done", "text": said, "usage": {"type": "tokens", "input_tokens": 10, "output_tokens": 5, "total_tokens": 15}})
        await r.end()

    async def send_text(self, r, said, shape, language, length):
        words = [{"word": w, "start": s, "end": e} for w, s, e in word_list(said, 0.0, length)]
        if shape == "text":
            await r.send(200, said + "\n", "text/plain; charset=utf-8", self.headers)
        elif shape == "verbose_json":
            segment = {"id": 0, "start": 0.0, "end": length, "text": said, "avg_logprob": -0.2, "no_speech_prob": 0.01}
            await r.send(200, {"task": "transcribe", "language": LANGUAGES.get(language, language), "duration": length, "text": said,
                               "segments": [segment] if said else [], "words": words}, headers=self.headers)
        else:
            await r.send(200, {"text": said, "usage": {"type": "duration", "seconds": round(length)}}, headers=self.headers)

    async def inference(self, r):
        """whisper-server: every 400 is the same plain text."""
        try:
            parts = match.parse_multipart(r.request.header("content-type"), r.request.body)
            length = file_seconds(parts["file"]["data"])
        except (ValueError, LookupError):
            length = None
        if not length:
            await r.send(400, "Invalid request", "text/plain")
            return
        said = self.shared.next_transcript("", parts.get("language", {}).get("text", "en"))
        await self.shared.wait("stt_ms")
        await r.send(200, json.dumps({"text": f" {said}\n"}, ensure_ascii=False))

    async def speech(self, r):
        try:
            order = r.request.json()
        except (ValueError, UnicodeDecodeError):
            order = {}
        text, shape = order.get("input"), order.get("response_format", "mp3")
        if not isinstance(text, str) or not text.strip():
            await self.bad(r, "Invalid 'input': string too short. Expected a string with minimum length 1.", "input", "string_below_min_length")
        elif len(text) > 4096:
            await self.bad(r, "Invalid 'input': string too long. Expected a string with maximum length 4096.", "input", "string_above_max_length")
        elif shape not in FORMATS:
            await self.bad(r, f"Invalid 'response_format': '{shape}'.", "response_format", "invalid_value")
        elif not order.get("voice"):
            await self.bad(r, "Missing required parameter: 'voice'.", "voice", "missing_required_parameter")
        else:
            await self.send_speech(r, order, text, shape)

    async def send_speech(self, r, order, text, shape):
        length = sound.seconds(text) / float(order.get("speed", 1))
        data = await encoded(length, shape)
        if order.get("stream_format") != "sse":
            await r.start(FORMATS[shape], self.headers)
            await self.shared.play(data, len(data) / length, r.write)
            await r.end()
            return

        async def write(part):
            await r.event({"type": "speech.audio.delta", "audio": chat.base64_text(part)})

        await r.start("text/event-stream; charset=utf-8", self.headers)
        await self.shared.play(data, len(data) / length, write)
        await r.event({"type": "speech.audio.done", "usage": {"input_tokens": len(text), "output_tokens": 10, "total_tokens": len(text) + 10}})
        await r.end()


async def encoded(length, shape):
    if shape == "pcm":
        return sound.pcm(length, 24000)
    if shape == "wav":
        return sound.wav(length, 24000)
    if shape == "mp3":
        return await sound.mp3(length, 24000, 128)
    return await sound.packed(length, shape)
