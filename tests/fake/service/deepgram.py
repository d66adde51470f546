"""Deepgram: it hears where somebody speaks (by energy) and says what POST /__transcripts told it to hear."""
import array
import asyncio
import json
import re
import sys

import wire
from .common import bearer, file_seconds, good_key, request_id, word_list

FRAME_S = 0.01
LOUD = 250                                  # mean of the absolute samples of a frame that counts as voice
ONSET, INTERIM_S, FINAL_S = 4, 0.3, 5.0     # frames until SpeechStarted; between interims; longest text without a final
WORD_S = 0.32                               # how fast words turn up in interims


def is_mine(request):
    return request.path == "/v1/listen"


def fault(code, message):
    return {"err_code": code, "err_msg": message, "request_id": request_id(message)}


class Service:
    def __init__(self, shared):
        self.shared = shared
        self.count = 0

    def steer(self, what, document):
        return False

    async def answer(self, r):
        self.count += 1
        ident = request_id(f"deepgram {self.count}")
        headers = {"dg-request-id": ident}
        refusal = self.refusal(r.request)
        if refusal:
            status, code, message = refusal
            await r.send(status, {**fault(code, message), "request_id": ident}, headers={**headers, "dg-error": message})
        elif r.request.wants_websocket():
            ws = await r.upgrade(headers)
            await Stream(self.shared, ws, r.request, ident).run()
        elif r.request.method == "POST":
            await self.file(r, ident, headers)
        else:
            await r.send(405, fault("METHOD_NOT_ALLOWED", "Use a WebSocket or POST."), headers=headers)
        return True

    def refusal(self, request):
        if not good_key(bearer(request)):
            return 401, "INVALID_AUTH", "Invalid credentials."
        model = request.arg("model", "base")
        if "missing" in model:
            return 403, "INSUFFICIENT_PERMISSIONS", f"Project does not have access to the requested model {model}."
        if request.arg("encoding") and not (request.arg("sample_rate") or "").isdigit():
            return 400, "Bad Request", "encoding needs a sample_rate."
        for name in ("interim_results", "vad_events", "smart_format", "punctuate"):
            if request.arg(name, "true") not in ("true", "false"):
                return 400, "INVALID_QUERY_PARAMETER", f"Failed to deserialize query parameters: {name}."
        if request.wants_websocket() and request.arg("encoding") not in ("linear16",):
            return 400, "Bad Request", "This fake hears linear16 only."
        return None

    async def file(self, r, ident, headers):
        request = r.request
        if request.header("content-type").startswith("application/json"):
            length = 3.0
        elif request.arg("encoding") == "linear16":
            length = len(request.body) / 2 / int(request.arg("sample_rate")) / int(request.arg("channels", "1"))
        else:
            length = file_seconds(request.body)
        if not length:
            await r.send(400, {**fault("Bad Request", "Bad Request: failed to process audio: corrupt or unsupported data"),
                               "request_id": ident}, headers=headers)
            return
        await self.shared.wait("stt_ms")
        said = self.shared.next_transcript(bearer(request), request.arg("language", "en"))
        channel = {"alternatives": [alternative(word_list(said, 0.0, length))]}
        if request.arg("detect_language"):
            channel["detected_language"] = "en"
        await r.send(200, {"metadata": {"request_id": ident, "sha256": "0" * 64, "created": "2026-01-01T00:00:00.000Z", "duration": length,
                                        "channels": 1, "models": ["m"], "model_info": {}}, "results": {"channels": [channel]}}, headers=headers)


def alternative(words):
    """`words` carry their punctuation; `word` is without it and in small letters."""
    rows = [{"word": re.sub(r"^\W+|\W+$", "", w).lower() or w, "start": s, "end": e, "confidence": 0.98, "punctuated_word": w}
            for w, s, e in words]
    return {"transcript": " ".join(w for w, _, _ in words), "confidence": 0.98 if words else 0.0, "words": rows}


class Stream:
    """One connection. Times are seconds of audio received."""

    def __init__(self, shared, ws, request, ident):
        self.shared, self.ws, self.ident = shared, ws, ident
        self.key, self.language = bearer(request), request.arg("language", "en")
        self.model = request.arg("model", "base")
        self.samples = max(1, int(int(request.arg("sample_rate")) * FRAME_S)) * int(request.arg("channels", "1"))
        self.interims = request.arg("interim_results") == "true"
        self.vad = request.arg("vad_events") == "true"
        ms = request.arg("endpointing", "10")
        self.endpointing_s = None if ms == "false" else int(ms) / 1000
        ms = request.arg("utterance_end_ms")
        self.utterance_end_s = int(ms) / 1000 if ms else None
        self.rest, self.frames = b"", 0
        self.loud, self.quiet = 0, 0        # frames in a row
        self.words = None                   # what is being said: [word, ...] not yet final
        self.open_utterance = False         # words were said, and no UtteranceEnd since
        self.speech_start = self.speech_end = self.result_start = self.last_interim = self.last_word_end = 0.0
        self.queue, self.failed = asyncio.Queue(), False

    def now(self):
        return self.frames * FRAME_S

    async def run(self):
        sender = asyncio.create_task(self.sender())
        try:
            await self.listen()
        finally:
            sender.cancel()

    async def sender(self):
        """Results come a little later than their sound, in order."""
        while True:
            due, message = await self.queue.get()
            late = due - asyncio.get_running_loop().time()
            if late > 0:
                await asyncio.sleep(late)
            try:
                await self.ws.send_json(message)
            except wire.Gone:
                pass
            self.queue.task_done()

    def say(self, message):
        self.queue.put_nowait((asyncio.get_running_loop().time() + self.shared.timing["stt_ms"] / 1000, message))

    async def listen(self):
        while True:
            try:
                kind, data = await asyncio.wait_for(self.ws.recv(), self.shared.silence_s)
            except asyncio.TimeoutError:
                await self.queue.join()
                await self.ws.close(1011, "NET-0001: the service has not received audio or text within the timeout window")
                return
            if kind == "binary" and data:
                if not self.hear(data):
                    await self.ws.close(1008, "DATA-0000: the payload cannot be decoded as audio")
                    return
            elif kind == "binary" or await self.command(data):
                await self.finish()
                return

    async def command(self, text):
        """True for CloseStream."""
        try:
            order = json.loads(text)
            kind = order.get("type")
        except (ValueError, AttributeError):
            kind = None
        if kind == "Finalize":
            self.flush(from_finalize=True)
        elif kind not in ("KeepAlive", "CloseStream", "Configure"):
            self.say({"type": "Error", "variant": "SchemaError", "description": "Could not deserialize the message", "message": text})
        return kind == "CloseStream"

    async def finish(self):
        self.flush(from_finalize=False)
        self.say({"type": "Metadata", "transaction_key": "deprecated", "request_id": self.ident, "sha256": "0" * 64,
                  "created": "2026-01-01T00:00:00.000Z", "duration": round(self.now(), 3), "channels": 1})
        await self.queue.join()
        await self.ws.close(1000)

    def hear(self, data):
        """Frame by frame; false if it is no audio (a container where raw samples were declared)."""
        if self.frames == 0 and not self.rest and data[:4] in (b"OggS", b"fLaC", b"\x1aE\xdf\xa3"):
            return False
        data = self.rest + data
        size = self.samples * 2
        whole = len(data) // size * size
        self.rest = data[whole:]
        sound = array.array("h", data[:whole])
        if sys.byteorder == "big":
            sound.byteswap()
        for at in range(0, len(sound), self.samples):
            some = sound[at:at + self.samples:4]
            self.frame(sum(map(abs, some)) > LOUD * len(some))
        return True

    def frame(self, is_loud):
        self.frames += 1
        self.loud = self.loud + 1 if is_loud else 0
        self.quiet = 0 if is_loud else self.quiet + 1
        if is_loud:
            self.speech_end = self.now()
        if self.words is None and self.loud == ONSET:
            self.begin()
        if self.words is not None:
            self.speaking()
        elif self.open_utterance and self.utterance_end_s and self.now() - self.last_word_end >= self.utterance_end_s:
            self.open_utterance = False
            self.say({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": self.last_word_end})

    def begin(self):
        self.speech_start = self.last_interim = self.now() - ONSET * FRAME_S
        said = self.shared.next_transcript(self.key, self.language)
        self.words = said.split()
        if self.vad:
            self.say({"type": "SpeechStarted", "channel": [0, 1], "timestamp": round(self.speech_start, 2)})

    def speaking(self):
        if self.endpointing_s is not None and self.quiet * FRAME_S >= max(self.endpointing_s, FRAME_S):
            self.final(self.words, self.speech_end, speech_final=True)
            self.words = None
        elif self.endpointing_s is None and self.quiet * FRAME_S >= 1.0:
            self.final(self.words, self.speech_end, speech_final=False)
            self.words = None
        elif self.now() - self.last_interim >= INTERIM_S:
            self.last_interim = self.now()
            heard = min(len(self.words), int((self.speech_end - self.speech_start) / WORD_S) + 1)
            if self.now() - self.speech_start >= FINAL_S and heard < len(self.words):
                self.final(self.words[:heard], self.speech_end, speech_final=False)
                self.words, self.speech_start = self.words[heard:], self.speech_end
            elif self.interims:
                self.say(self.result(self.words[:heard], self.speech_end, is_final=False))

    def final(self, words, end, speech_final, from_finalize=False):
        message = self.result(words, end, is_final=True)
        message.update(speech_final=speech_final, from_finalize=from_finalize)
        self.say(message)
        if words:
            self.last_word_end = message["channel"]["alternatives"][0]["words"][-1]["end"]
            self.open_utterance = True
        self.result_start = self.now()

    def flush(self, from_finalize):
        """What is pending becomes final: with the voice still going on, all of its text."""
        if self.words is not None:
            self.final(self.words, self.speech_end, speech_final=True, from_finalize=from_finalize)
            self.words, self.loud = None, ONSET
        elif self.now() > self.result_start:
            self.final([], self.now(), speech_final=False, from_finalize=from_finalize)

    def result(self, words, end, is_final):
        timed = word_list(" ".join(words), self.speech_start, end)
        return {"type": "Results", "channel_index": [0, 1], "duration": round(self.now() - self.result_start, 3),
                "start": round(self.result_start, 3), "is_final": is_final, "speech_final": False,
                "channel": {"alternatives": [alternative(timed)]},
                "metadata": {"request_id": self.ident, "model_info": {"name": self.model, "version": "2026-01-01.0", "arch": "nova-3"},
                             "model_uuid": request_id(self.model)}, "from_finalize": False}
