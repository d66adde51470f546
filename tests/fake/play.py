"""Plays a scenario: a list of exchanges, each a request that is expected and the reply to it, with its faults."""
import asyncio

import match
import pieces
import script
import wire

FAULTS = {"delay_ms", "stall", "after", "cut", "reset", "drip_ms", "drip_bytes", "oversize_mb", "wire"}
CONNECT = {"refuse", "close", "stall", "tls-stall", "tls-expired", "tls-wrong-host", "tls-unknown-ca", "tls-garbage"}


class ScenarioError(Exception):
    """The scenario itself is wrong."""


class Exchange:
    def __init__(self, spec, number):
        if not isinstance(spec, dict):
            raise ScenarioError(f"exchange {number} is not a map")
        unknown = set(spec) - {"name", "request", "reply", "websocket", "connect", "times", "optional"}
        unknown |= set((spec.get("reply") or {}).get("fault") or {}) - FAULTS
        if unknown:
            raise ScenarioError(f"exchange {number}: unknown {', '.join(sorted(unknown))}")
        self.name = spec.get("name", f"exchange {number}")
        self.request = spec.get("request") or {}
        self.reply = spec.get("reply") or {}
        self.websocket = spec.get("websocket")
        self.connect = spec.get("connect")
        if self.connect is not None and self.connect not in CONNECT:
            raise ScenarioError(f"exchange {number}: connect '{self.connect}' is none of {', '.join(sorted(CONNECT))}")
        times = spec.get("times", 1)
        self.any_number = times == "any"
        self.left = 1 << 30 if self.any_number else int(times)
        self.optional = spec.get("optional", self.any_number)
        self.played = 0

    def fits(self, request):
        want = self.request
        return (self.connect is None and self.left > 0
                and match.pattern(want.get("method", "*"), request.method)
                and match.pattern(want.get("path", "*"), request.path)
                and ("websocket" not in want or want["websocket"] == request.wants_websocket())
                and not match.request_problems(want.get("when") or {}, request))

    def use(self):
        self.left -= 1
        self.played += 1


class Scenario:
    """Exchanges in order; requests to different paths may come in any order unless `strict`."""

    def __init__(self, exchanges=(), strict=False):
        self.exchanges = [Exchange(spec, i + 1) for i, spec in enumerate(exchanges)]
        self.strict = strict

    def __bool__(self):
        return bool(self.exchanges)

    def pending(self):
        return next((e for e in self.exchanges if e.left > 0 and not e.any_number), None)

    def take(self, request):
        candidates = self.exchanges
        if self.strict:
            candidates = [e for e in [self.pending()] if e]
        found = next((e for e in candidates if e.fits(request)), None)
        if found:
            found.use()
        return found

    def take_connect(self):
        """The fault that the next connection meets, if it is its turn."""
        first = self.pending()
        if first is None or first.connect is None:
            return None
        first.use()
        return first.connect

    def unplayed(self):
        return [e.name for e in self.exchanges if not e.optional and e.left > 0]


async def play(exchange, conn, request, entry, problem):
    """Answers the request. False if the connection must end. Raises Gone when a fault ended it."""
    def say(line):
        problem(f"{exchange.name}: {request.method} {request.path}: {line}")

    entry["exchange"] = exchange.name
    for line in match.request_problems(exchange.request, request):
        say(line)
    reply = exchange.reply
    if exchange.websocket is not None and reply.get("status", 101) == 101:
        await play_websocket(exchange, conn, request, entry, say)
        return False
    return await Reply(conn, request, reply, entry).send()


async def play_websocket(exchange, conn, request, entry, say):
    fault = exchange.reply.get("fault") or {}
    try:
        key = wire.handshake_key(request)
    except wire.BadRequest as error:
        say(str(error))
        await conn.send(wire.head(400, {"Content-Length": 0, "Connection": "close"}))
        return
    await asyncio.sleep(fault.get("delay_ms", 0) / 1000)
    reply = wire.handshake_reply(key, exchange.reply.get("headers"))
    if fault.get("stall") in ("header", "status_line"):
        await conn.send(reply[:13] if fault["stall"] == "status_line" else b"")
        await conn.stall()
    if exchange.reply.get("bad_accept"):
        reply = reply.replace(b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x")
    entry["status"], entry["header_us"], entry["websocket"] = 101, wire.now_us(), True
    await conn.send(reply)
    ws = wire.WebSocket(conn, entry, say)
    await script.Player(ws, say).play(exchange.websocket)


class Reply:
    """One HTTP reply with its faults."""

    def __init__(self, conn, request, reply, entry):
        self.conn, self.request, self.reply, self.entry = conn, request, reply, entry
        self.fault = reply.get("fault") or {}
        self.sent = 0                       # bytes that count towards `after`, `cut` and `reset`

    async def send(self):
        made, content_type, framing = await pieces.reply_writes(self.reply)
        if "oversize_mb" in self.fault:
            framing = self.reply.get("framing", "chunked")
        keep = self.reply.get("keep", framing != "close" and self.request.header("connection").lower() != "close")
        head = self.head(made, content_type, framing, keep)
        if self.fault.get("delay_ms"):
            await asyncio.sleep(self.fault["delay_ms"] / 1000)
        await self.stall_early(head)
        self.entry["status"], self.entry["header_us"] = self.reply.get("status", 200), wire.now_us()
        await self.out(head, counts=self.fault.get("wire", False))
        if "oversize_mb" in self.fault:
            made = self.oversize(made)
        for wait_ms, part in made:
            if wait_ms:
                await asyncio.sleep(wait_ms / 1000)
            self.entry.setdefault("body_us", wire.now_us())
            await self.payload(part, framing)
        await self.ending(framing)
        return keep

    def head(self, made, content_type, framing, keep):
        headers = {"Date": wire.http_date()}
        status = self.reply.get("status", 200)
        if status not in (101, 204, 304):
            headers["Content-Type"] = content_type
            if framing == "chunked":
                headers["Transfer-Encoding"] = "chunked"
            elif framing == "length":
                extra = (self.fault.get("oversize_mb", 0)) << 20
                headers["Content-Length"] = sum(len(part) for _, part in made) + extra
        if not keep:
            headers["Connection"] = "close"
        lower = {name.lower(): name for name in headers}
        for name, value in (self.reply.get("headers") or {}).items():
            headers.pop(lower.get(name.lower(), name), None)
            if value is not None:
                headers[name] = value
        return wire.head(status, headers, self.reply.get("reason"))

    async def stall_early(self, head):
        where = self.fault.get("stall")
        if where == "header":
            await self.conn.stall()
        if where == "status_line":
            await self.conn.send(head[:13])
            await self.conn.stall()

    def oversize(self, made):
        yield from made
        filler = (self.reply.get("filler", "x") * (1 << 16)).encode()[:1 << 16]
        for _ in range(self.fault["oversize_mb"] * 16):
            yield 0, filler

    async def payload(self, part, framing):
        """One part of the body, in its framing; faults count payload bytes unless `wire`."""
        if not part:
            return
        if self.fault.get("wire"):
            await self.out(framed(part, framing), counts=True)
            return
        room = self.room(len(part))
        if self.fault.get("drip_ms"):
            step = self.fault.get("drip_bytes", 1)
            for at in range(0, room, step):
                await self.conn.send(framed(part[at:min(at + step, room)], framing))
                await asyncio.sleep(self.fault["drip_ms"] / 1000)
        elif room:
            await self.conn.send(framed(part[:room], framing))
        self.sent += room
        await self.trip(room < len(part))

    async def out(self, data, counts):
        """Raw bytes; with `wire` the faults count these."""
        room = self.room(len(data)) if counts else len(data)
        if room:
            await self.conn.send(data[:room])
        if counts:
            self.sent += room
            await self.trip(room < len(data))

    def limit(self):
        if self.fault.get("stall") == "body":
            return self.fault.get("after", 0)
        return self.fault.get("cut", self.fault.get("reset"))

    def room(self, size):
        limit = self.limit()
        return size if limit is None else max(0, min(size, limit - self.sent))

    async def trip(self, reached):
        """Ends the connection when a limit was passed, or met."""
        limit = self.limit()
        if limit is None or not (reached or self.sent >= limit):
            return
        if self.fault.get("stall") == "body":
            await self.conn.stall()
        if "reset" in self.fault:
            await asyncio.sleep(0.02)       # let the bytes before it arrive: an RST throws away what is not read yet
            self.conn.reset()
        self.conn.close()
        raise wire.Gone

    async def ending(self, framing):
        if framing == "chunked":
            await self.out(b"0\r\n\r\n", counts=self.fault.get("wire", False))
        if self.limit() is not None:
            await self.trip(True)


def framed(part, framing):
    return b"%x\r\n%s\r\n" % (len(part), part) if framing == "chunked" else part
