"""Edge read-aloud: a WebSocket per piece of text, MP3 and word times out; and its list of voices."""
import json
import re
import xml.etree.ElementTree as tree
from xml.sax.saxutils import escape

import match
import script
import sound
import wire

ROOT = "/consumer/speech/synthesize/readaloud/"
ORIGIN = "chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold"
VOICES = [("ko-KR", "SunHiNeural", "Female"), ("ko-KR", "InJoonNeural", "Male"), ("ko-KR", "HyunsuMultilingualNeural", "Male"),
          ("ja-JP", "NanamiNeural", "Female"), ("ja-JP", "KeitaNeural", "Male"), ("en-US", "EmmaMultilingualNeural", "Female"),
          ("en-US", "AriaNeural", "Female"), ("en-US", "GuyNeural", "Male"), ("en-GB", "SoniaNeural", "Female")]
FORMATS = {"audio-24khz-48kbitrate-mono-mp3": 48, "audio-24khz-96kbitrate-mono-mp3": 96}
PAUSE_S = 0.875                             # the silence the service adds; here the tone ends that much before the sound


def is_mine(request):
    return request.path.startswith(ROOT)


class Service:
    def __init__(self, shared):
        self.shared = shared

    def steer(self, what, document):
        return False

    async def answer(self, r):
        rest = r.request.path.removeprefix(ROOT)
        if rest == "edge/v1" and r.request.wants_websocket():
            if self.allowed(r.request, "TrustedClientToken") and r.request.header("origin") == ORIGIN \
                    and re.fullmatch("[0-9a-f]{32}", r.request.arg("ConnectionId", "")):
                await Piece(self.shared, await r.upgrade()).run()
            else:
                await self.refuse(r)
        elif rest == "voices/list" and r.request.method == "GET":
            if self.allowed(r.request, "trustedclienttoken"):
                await r.send(200, [voice(*row) for row in VOICES])
            else:
                await self.refuse(r)
        else:
            await r.send(404, b"", "text/plain")
        return True

    def allowed(self, request, token):
        good = [match.edge_gec(self.shared.now() + off) for off in (-300, 0, 300)]
        return (request.arg(token) == match.EDGE_TOKEN and request.arg("Sec-MS-GEC") in good
                and re.fullmatch(r"1-\d+(\.\d+){3}", request.arg("Sec-MS-GEC-Version", ""))
                and re.search(r"(^|;\s*)muid=[0-9A-F]{32}(;|$)", request.header("cookie")))

    async def refuse(self, r):
        await r.send(403, b"", "text/plain", {"Date": wire.http_date(self.shared.now())})


def voice(locale, name, gender):
    return {"Name": f"Microsoft Server Speech Text to Speech Voice ({locale}, {name})", "ShortName": f"{locale}-{name}", "Gender": gender,
            "Locale": locale, "SuggestedCodec": "audio-24khz-48kbitrate-mono-mp3", "FriendlyName": f"Microsoft {name} Online (Natural) - {locale}",
            "Status": "GA", "VoiceTag": {"ContentCategories": ["General"], "VoicePersonalities": ["Friendly"]}}


class BadSsml(Exception):
    pass


def parts_of(text):
    """({header: value}, body) of a text frame."""
    head, _, body = text.partition("\r\n\r\n")
    return dict(line.split(":", 1) for line in head.split("\r\n") if ":" in line), body


def read_ssml(body):
    """(voice, text); raises BadSsml with the reason of the Close frame."""
    try:
        root = tree.fromstring(body)
    except tree.ParseError as error:
        raise BadSsml(f"An error occurred while parsing EntityName. {error}") from error
    inner = [item for item in root.iter()]
    tags = [item.tag.rsplit("}", 1)[-1] for item in inner]
    if tags != ["speak", "voice", "prosody"]:
        raise BadSsml("SSML is invalid")
    prosody = inner[2].attrib
    for name, shape in (("rate", r"[+-]\d+%"), ("volume", r"[+-]\d+%"), ("pitch", r"[+-]\d+Hz")):
        if name in prosody and not re.fullmatch(shape, prosody[name]):
            raise BadSsml("SSML is invalid")
    return inner[1].attrib.get("name", ""), inner[2].text or "", prosody.get("rate", "+0%")


def known_voice(name):
    return any(name in (row["Name"], row["ShortName"]) for row in (voice(*v) for v in VOICES))


class Piece:
    """One connection: speech.config, ssml, then the answer."""

    def __init__(self, shared, ws):
        self.shared, self.ws = shared, ws
        self.kbps, self.words = None, False

    async def run(self):
        while True:
            kind, text = await self.ws.recv()
            head, body = parts_of(text) if kind == "text" else ({}, "")
            if head.get("Path") == "speech.config":
                self.configure(body)
            elif head.get("Path") == "ssml":
                await self.speak(head.get("X-RequestId", ""), body)
            else:
                await self.ws.close(1007, "Unexpected message")
                return
            if self.ws.closed:
                return

    def configure(self, body):
        audio = json.loads(body)["context"]["synthesis"]["audio"]
        self.kbps = FORMATS.get(audio["outputFormat"])
        self.words = audio["metadataoptions"]["wordBoundaryEnabled"] == "true"

    async def speak(self, request_id, body):
        try:
            name, text, rate = read_ssml(body)
            if not re.fullmatch("[0-9a-f]{32}", request_id) or len(text.encode()) > 4096 * 2:
                raise BadSsml("SSML is invalid")
        except BadSsml as error:
            await self.ws.close(1007, str(error))
            return

        async def say(path, value):
            await self.ws.send_text(script.edge_text(request_id, path, json.dumps(value, ensure_ascii=False)))

        await say("turn.start", {"context": {"serviceTag": request_id}})
        await say("response", {"context": {"serviceTag": request_id}, "audio": {"type": "inline", "streamId": request_id}})
        if self.kbps and known_voice(name) and text.strip():
            await self.sound(request_id, text, 1 + int(rate[:-1]) / 100, say)
        await say("turn.end", {})

    async def sound(self, request_id, text, speed, say):
        length = sound.seconds(text) / max(0.5, min(2, speed))
        data = await sound.mp3(length + PAUSE_S, 24000, self.kbps)
        scale = length / sound.seconds(text)
        words = [(w, s * scale, e * scale) for w, s, e in sound.word_times(text)] if self.words else []
        at, per_s = 0, self.kbps * 125

        async def write(part):
            nonlocal at, words
            await self.ws.send_binary(script.edge_audio(request_id, part))
            at += len(part)
            now = [w for w in words if w[1] < at / per_s]
            words = words[len(now):]
            for word, start, end in now:
                await say("audio.metadata", {"Metadata": [boundary(word, start, end)]})

        await self.shared.play(data, per_s, write, chunk=720)
        await say("audio.metadata", {"Metadata": [{"Type": "SessionEnd", "Data": {"Offset": round((length + PAUSE_S) * 1e7)}}]})
        await self.ws.send_binary(script.edge_audio(request_id, b""))


def boundary(word, start, end):
    return {"Type": "WordBoundary", "Data": {"Offset": round(start * 1e7), "Duration": round((end - start) * 1e7),
                                             "text": {"Text": escape(word), "Length": len(word), "BoundaryType": "WordBoundary"}}}
