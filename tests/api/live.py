"""A client of the WebSocket by Python's `websockets`: what came, in order, and waiting for what must come."""
import asyncio
import base64
import json
import os
import struct
import sys
import time

try:
    import websockets
except ImportError:  # Debian's package belongs to Debian's Python
    if sys.executable == "/usr/bin/python3" or not os.path.exists("/usr/bin/python3"):
        raise SystemExit("missing: python3-websockets") from None
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

PATIENCE = 60  # for what must come: long, because nobody waits for it in vain
MEDIA = ("tts_audio", "avatar_frame")


class Client:
    """Text messages become dicts, binary ones dicts of the same names; `at` is when one came."""

    def __init__(self, socket):
        self.socket, self.got, self.read, self.closed = socket, [], 0, None
        self.changed = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.task = asyncio.ensure_future(self.listen())

    async def listen(self):
        try:
            while True:
                await self.may_read.wait()
                message = await self.socket.recv()
                self.got.append(decode(message) | {"at": time.monotonic()})
                self.changed.set()
        except websockets.ConnectionClosed:
            self.closed = self.socket.close_code
            self.changed.set()

    async def say(self, type, **fields):
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def expect(self, type, **fields):
        """The next one of this type, from where the last search ended."""
        end = time.monotonic() + PATIENCE
        while True:
            while self.read < len(self.got):
                m = self.got[self.read]
                self.read += 1
                if m["type"] == type and all(m.get(k) == v for k, v in fields.items()):
                    return m
            if self.closed is not None or time.monotonic() > end:
                raise AssertionError(f"no {type} {fields} came; closed: {self.closed}; "
                                     f"last: {[m for m in self.got if m['type'] not in MEDIA][-5:]}")
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), 1)
            except asyncio.TimeoutError:
                pass

    async def expect_closed(self, code):
        await asyncio.wait_for(self.task, PATIENCE)
        if self.closed != code:
            raise AssertionError(f"closed with {self.closed}, not {code}")

    def all(self, type):
        return [m for m in self.got if m["type"] == type]

    async def speak(self, samples, rate_hz=16000, binary=False):
        """pcm16 in pieces of 20 ms at the pace of a microphone."""
        size, begun = rate_hz // 50 * 2, time.monotonic()
        for n, at in enumerate(range(0, len(samples), size)):
            piece = samples[at:at + size]
            if binary:
                await self.socket.send(struct.pack("<BBHIQQ", 3, 1, 0, rate_hz, 0, 0) + piece)
            else:
                await self.say("audio_data", audio=base64.b64encode(piece).decode(), sample_rate=rate_hz, format="pcm16")
            await asyncio.sleep(max(0, begun + n * 0.02 - time.monotonic()))

    async def close(self):
        await self.socket.close()
        await self.task


def decode(message):
    if isinstance(message, str):
        m = json.loads(message)
        for name in ("audio_data", "frame_data"):
            if name in m:
                m["bytes"] = base64.b64decode(m.pop(name), validate=True)
        return m | {"is_binary": False}
    kind, form, _, number, at_ms, timestamp = struct.unpack("<BBHIQQ", message[:24])
    if (kind, form) not in ((1, 1), (2, 2)):
        raise AssertionError(f"binary message of kind {kind}, format {form}")
    m = {"type": MEDIA[kind - 1], "at_ms": at_ms, "timestamp": timestamp, "bytes": message[24:], "is_binary": True}
    return m | ({"sample_rate": number} if kind == 1 else {"frame_number": number})


async def connect(url, **headers):
    return Client(await websockets.connect(url, compression=None, max_size=16 << 20, max_queue=4, extra_headers=headers, ping_interval=None, open_timeout=PATIENCE))


async def refusal(url):
    """Status and body of a handshake that fails."""
    try:
        await websockets.connect(url, compression=None)
    except websockets.InvalidStatusCode as error:
        return error.status_code
    raise AssertionError("it was let in")
