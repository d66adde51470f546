"""A WebSocket script: the steps of one exchange after the upgrade.

Each step is a map with one verb:
  expect_text P | expect_json {..} | expect_binary {count, bytes, total} | expect_close CODE   (with within_ms, default 10000)
  send_text S | send_json {..} | send_binary {text|hex|base64|bytes..} | send_fragments {text|.., sizes: [..]} | send_raw {..}
  send_edge {path, json} or {path: audio, mp3_ms|bytes}            frames of the Edge service, with the client's request id
  wait_ms N | ping S | watch {json: {..}, max_gap_ms, for_ms} | close {code, reason} | cut | reset | stall
While text is expected, binary frames pass, and the other way round KeepAlive passes; `strict: true` forbids that.
"""
import asyncio
import json
import re
import struct

import match
import pieces
import wire

KEEP_ALIVE = {"type": "KeepAlive"}


class Player:
    def __init__(self, ws, problem):
        self.ws, self.problem = ws, problem
        self.request_id = "0" * 32
        self.binary = b""

    async def play(self, steps):
        """True if the script closed the connection itself."""
        for number, step in enumerate(steps):
            verb = next((name for name in step if hasattr(self, f"do_{name}")), None)
            if verb is None:
                self.problem(f"WebSocket step {number}: no known verb in {match.show(step)}")
                return
            try:
                await getattr(self, f"do_{verb}")(step[verb], step)
            except asyncio.TimeoutError:
                self.problem(f"WebSocket step {number} {verb}: nothing within {step.get('within_ms', 10000)} ms")
                return
            except wire.Closed as closed:
                if verb != "expect_close":
                    self.problem(f"WebSocket step {number} {verb}: the client closed with {closed.code} '{closed.reason}'")
                    return
                if not match.pattern(step[verb], closed.code):
                    self.problem(f"WebSocket step {number}: closed with {closed.code}, wanted {match.show(step[verb])}")
                return
            except wire.Gone:
                if self.ws.is_broken:
                    raise
                if verb not in ("cut", "reset", "stall", "close", "expect_close"):
                    self.problem(f"WebSocket step {number} {verb}: the connection ended")
                elif verb == "expect_close" and step[verb] != 1006:
                    self.problem(f"WebSocket step {number}: the connection ended without a Close frame")
                raise
        if not self.ws.closed:
            await self.ws.close(1000)

    async def receive(self, step, kind):
        """The next message of that kind; others pass or are a problem."""
        async with asyncio.timeout(step.get("within_ms", 10000) / 1000):
            while True:
                got, data = await self.ws.recv()
                if got == "text":
                    self.note_request_id(data)
                if got == kind:
                    return data
                passes = got == "binary" or is_json(data, KEEP_ALIVE)
                if step.get("strict") or not passes:
                    self.problem(f"WebSocket: {kind} was expected, {got} came: {match.show(str(data))}")

    def note_request_id(self, text):
        found = re.search(r"X-RequestId:([0-9a-fA-F]{32})", text)
        if found:
            self.request_id = found.group(1)

    async def do_expect_text(self, want, step):
        text = await self.receive(step, "text")
        if not match.pattern(want, text):
            self.problem(f"WebSocket text: wanted {match.show(want)}, got {match.show(text)}")

    async def do_expect_json(self, want, step):
        while True:
            text = await self.receive(step, "text")
            if step.get("strict") or want.get("type") == "KeepAlive" or not is_json(text, KEEP_ALIVE):
                break
        try:
            found = match.subset(want, json.loads(text), "message")
        except ValueError:
            found = [f"message is not JSON: {match.show(text)}"]
        for line in found:
            self.problem(f"WebSocket {line}")

    async def do_expect_binary(self, want, step):
        want = want or {}
        count, total, left = 0, 0, want.get("count", 1)
        while count < left if "total" not in want else total < want["total"]:
            data = await self.receive(step, "binary")
            count, total = count + 1, total + len(data)
            if "bytes" in want and not match.pattern(want["bytes"], len(data)):
                self.problem(f"WebSocket frame of {len(data)} bytes, wanted {match.show(want['bytes'])}")

    async def do_expect_close(self, want, step):
        async with asyncio.timeout(step.get("within_ms", 10000) / 1000):
            while True:
                kind, data = await self.ws.recv()
                if kind == "text" and not is_json(data, KEEP_ALIVE):
                    self.problem(f"WebSocket: Close was expected, text came: {match.show(data)}")

    async def do_send_text(self, text, step):
        await self.ws.send_text(text)

    async def do_send_json(self, value, step):
        await self.ws.send_json(value)

    async def do_send_binary(self, value, step):
        await self.ws.send_binary(await pieces.data(value))

    async def do_send_fragments(self, value, step):
        op = wire.TEXT if "text" in value else wire.BINARY
        await self.ws.send_fragments(op, await pieces.data(value), value.get("sizes", []))

    async def do_send_raw(self, value, step):
        await self.ws.conn.send(await pieces.data(value))

    async def do_send_edge(self, value, step):
        path = value["path"]
        if path != "audio":
            body = json.dumps(value.get("json", {}), ensure_ascii=False)
            await self.ws.send_text(edge_text(self.request_id, path, body))
        else:
            data = await pieces.data(value) if len(value) > 1 else b""
            await self.ws.send_binary(edge_audio(self.request_id, data))

    async def do_wait_ms(self, value, step):
        await asyncio.sleep(value / 1000)

    async def do_ping(self, value, step):
        await self.ws.conn.send(wire.frame(wire.PING, str(value or "").encode()))

    async def do_watch(self, value, step):
        """For `for_ms`, no two messages like `json` may be more than `max_gap_ms` apart."""
        end = wire.now_us() + value["for_ms"] * 1000
        last, seen = wire.now_us(), 0
        while wire.now_us() < end:
            try:
                async with asyncio.timeout(max(0.001, (end - wire.now_us()) / 1e6)):
                    kind, data = await self.ws.recv()
            except asyncio.TimeoutError:
                break
            if kind == "text" and is_json(data, value["json"]):
                self.gap(last, value)
                last, seen = wire.now_us(), seen + 1
        self.gap(last, value)
        if seen < value.get("min", 1):
            self.problem(f"WebSocket: {seen} messages like {match.show(value['json'])}, wanted {value.get('min', 1)}")

    def gap(self, last, value):
        gap_ms = (wire.now_us() - last) // 1000
        if gap_ms > value["max_gap_ms"]:
            self.problem(f"WebSocket: {gap_ms} ms without {match.show(value['json'])}, allowed {value['max_gap_ms']}")

    async def do_close(self, value, step):
        value = value if isinstance(value, dict) else {"code": value or 1000}
        await self.ws.close(value.get("code", 1000), value.get("reason", ""))

    async def do_cut(self, value, step):
        self.ws.conn.close()
        raise wire.Gone

    async def do_reset(self, value, step):
        self.ws.conn.reset()

    async def do_stall(self, value, step):
        await self.ws.conn.stall()


def is_json(text, want):
    try:
        return isinstance(text, str) and not match.subset(want, json.loads(text))
    except ValueError:
        return False


def edge_text(request_id, path, body):
    return (f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\n"
            f"Path:{path}\r\n\r\n{body}")


def edge_audio(request_id, data):
    kind = "Content-Type:audio/mpeg\r\n" if data else ""
    head = f"X-RequestId:{request_id}\r\n{kind}X-StreamId:{request_id[::-1]}\r\nPath:audio\r\n".encode()
    return struct.pack(">H", len(head)) + head + data
