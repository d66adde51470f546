"""Services that behave like the real ones: which one a request is for, and what they share."""
import asyncio
import time

import sound
from . import daily, deepgram, edge, elevenlabs, openai

MODULES = {"openai": openai, "elevenlabs": elevenlabs, "deepgram": deepgram, "edge": edge, "daily": daily}
SAID = {"en": ["I led a small team that moved our billing system to a new platform.",
               "We measured every step, and the error rate fell from three percent to almost nothing.",
               "What I would do differently is to ask the support team much earlier."],
        "ko": ["저는 작은 팀을 이끌고 결제 시스템을 새 플랫폼으로 옮겼습니다.", "모든 단계를 측정했고 오류율이 삼 퍼센트에서 거의 영으로 줄었습니다.",
               "다시 한다면 고객 지원팀에 훨씬 일찍 물어보겠습니다."],
        "ja": ["私は 小さな チームを 率いて 請求 システムを 新しい 基盤に 移しました。", "すべての 段階を 測定し、 エラー率は 三 パーセントから ほぼ ゼロに なりました。",
               "もう一度 やるなら、 サポート チームに もっと 早く 相談します。"]}
TIMING = ("first_token_ms", "token_ms", "first_audio_ms", "audio_rate", "stt_ms")


class Services:
    """Shared state. A key is good if it begins with `test-key`; each key has its own place in the list of transcripts."""

    def __init__(self, options, stats):
        self.options, self.stats = options, stats
        names = list(MODULES) if options.service == "all" else options.service.split(",")
        unknown = [name for name in names if name not in MODULES]
        if unknown:
            raise RuntimeError(f"no service '{unknown[0]}'; there are: {', '.join(MODULES)}")
        self.names = names
        self.started = {name: getattr(options, name) for name in TIMING}
        self.reset()

    def reset(self):
        self.timing = dict(self.started)
        self.transcripts, self.said = {}, {}
        self.silence_s = 10.0               # Deepgram: nothing for so long ends the stream
        self.clock_offset_s = 0.0           # Edge: how far this server's clock is off
        self.parts = {name: MODULES[name].Service(self) for name in self.names}

    async def warm_up(self):
        """Sound is made before it is asked for, so that the first answer is as fast as the others."""
        for rate in (16000, 24000):
            sound.pattern(rate)
        if sound.have_ffmpeg() and {"edge", "openai"} & set(self.names):
            await sound.mp3(0.1)

    async def answer(self, responder):
        """False if no service knows the path."""
        request = responder.request
        first = request.path.split("/")[1]
        if first in self.parts:
            request.path = request.path[len(first) + 1:]
            return await self.parts[first].answer(responder)
        for name, part in self.parts.items():
            if MODULES[name].is_mine(request):
                return await part.answer(responder)
        return False

    def steer(self, what, document):
        """POST /__transcripts, /__config, or /__<name> of a service."""
        if what == "transcripts":
            self.set_transcripts(document)
        elif what == "config":
            self.configure(document or {})
        else:
            return any(part.steer(what, document) for part in self.parts.values())
        return True

    def set_transcripts(self, document):
        """A list, or {language or key: list}; "" keeps silent."""
        if document is None:
            document = {}
        self.transcripts = document if isinstance(document, dict) else {"": document}
        self.said = {}

    def configure(self, document):
        for name, value in document.items():
            if name in TIMING:
                self.timing[name] = float(value)
            elif name in ("silence_s", "clock_offset_s"):
                setattr(self, name, float(value))
            else:
                raise ValueError(f"no setting '{name}'")

    def next_transcript(self, key, language):
        """What the candidate says next under this key; the list begins again at its end."""
        language = (language or "en").split("-")[0]
        lists = self.transcripts
        texts = lists.get(key) or lists.get(language) or lists.get("") or SAID.get(language) or SAID["en"]
        at = self.said.get(key, 0)
        self.said[key] = at + 1
        return texts[at % len(texts)]

    def now(self):
        return time.time() + self.clock_offset_s

    async def wait(self, name):
        if self.timing[name] > 0:
            await asyncio.sleep(self.timing[name] / 1000)

    async def play(self, data, bytes_per_s, write, chunk=4801):
        """Writes sound at `audio_rate` times real time. The odd size is meant: samples are split as on a real network."""
        await self.wait("first_audio_ms")
        start, rate = time.monotonic(), self.timing["audio_rate"]
        for at in range(0, len(data), chunk):
            if rate > 0:
                late = at / bytes_per_s / rate - (time.monotonic() - start)
                if late > 0.002:
                    await asyncio.sleep(late)
            await write(data[at:at + chunk])


