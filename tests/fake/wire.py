"""The bytes: HTTP/1.1 requests in, replies out, and WebSocket frames both ways.

Written out by hand, because a fault must be able to put any byte anywhere, or stop after it.
"""
import asyncio
import base64
import hashlib
import json
import socket
import struct
import time
import urllib.parse

HEADER_MAX = 64 << 10
BODY_MAX = 64 << 20
FRAME_MAX = 16 << 20
REASONS = {101: "Switching Protocols", 200: "OK", 201: "Created", 204: "No Content", 302: "Found",
           307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
           403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
           408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
           415: "Unsupported Media Type", 422: "Unprocessable Content", 426: "Upgrade Required",
           429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
           502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def now_us():
    """CLOCK_MONOTONIC, the same clock as a C test reads."""
    return time.monotonic_ns() // 1000


class Gone(Exception):
    """The peer closed, or we closed on purpose; the connection is over."""


class BadRequest(Exception):
    """What arrived is not HTTP."""


class Protocol(asyncio.StreamReaderProtocol):
    """Notes the moment the client left, also while nobody reads."""

    def __init__(self, conn, reader, loop):
        super().__init__(reader, loop=loop)
        self.conn = conn

    def eof_received(self):
        self.conn.leave()
        return super().eof_received()

    def connection_lost(self, error):
        self.conn.leave()
        super().connection_lost(error)


class Conn:
    """One accepted connection. Writes may raise Gone."""

    def __init__(self, number, tls):
        self.number, self.tls = number, tls
        self.reader = self.writer = None
        self.bytes_in = self.bytes_out = self.bytes_before = self.served = 0
        self.gone_us = None
        self.gone = asyncio.Event()

    def leave(self):
        if self.gone_us is None:
            self.gone_us = now_us()
            self.gone.set()

    async def send(self, data):
        if self.writer.transport.is_closing():
            raise Gone
        self.bytes_out += len(data)
        self.writer.write(data)
        try:
            await self.writer.drain()
        except (OSError, ConnectionError) as error:
            raise Gone from error

    async def read(self, n):
        try:
            data = await self.reader.readexactly(n)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Gone from error
        self.bytes_in += n
        return data

    async def line_block(self):
        """Up to and with the empty line; None at a clean end of the connection."""
        try:
            data = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise BadRequest("the connection ended inside a header") from error
            return None
        except asyncio.LimitOverrunError as error:
            raise BadRequest("header too long") from error
        except OSError as error:
            raise Gone from error
        self.bytes_in += len(data)
        return data

    async def stall(self, limit_s=120):
        """Say nothing until the client leaves."""
        try:
            await asyncio.wait_for(self.gone.wait(), limit_s)
        except asyncio.TimeoutError:
            pass
        raise Gone

    def reset(self):
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.writer.transport.abort()
        raise Gone

    def close(self):
        if self.writer:
            self.writer.close()


class Request:
    """One request; header names are lower case, query is a list of pairs."""

    def __init__(self, method, target, headers, body=b""):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        parts = urllib.parse.urlsplit(target)
        self.path = urllib.parse.unquote(parts.path)
        self.query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        self.at_us = now_us()

    def arg(self, name, default=None):
        return next((v for k, v in self.query if k == name), default)

    def header(self, name, default=""):
        return self.headers.get(name, default)

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def wants_websocket(self):
        return self.header("upgrade").lower() == "websocket"


def parse_head(block):
    lines = block.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest(f"request line '{lines[0][:80]}'")
    headers = {}
    for line in lines[1:]:
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadRequest(f"header line '{line[:80]}'")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return words[0], words[1], headers


async def read_request(conn):
    """The next request of the connection, or None at its end."""
    block = await conn.line_block()
    if block is None:
        return None
    request = Request(*parse_head(block))
    if "100-continue" in request.header("expect").lower():
        await conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in request.header("transfer-encoding").lower():
        request.body = await read_chunked(conn)
    elif "content-length" in request.headers:
        length = request.headers["content-length"]
        if not length.isdigit() or int(length) > BODY_MAX:
            raise BadRequest(f"content-length '{length}'")
        request.body = await conn.read(int(length))
    request.at_us = now_us()
    return request


async def read_chunked(conn):
    body = bytearray()
    while True:
        line = bytearray()
        while not line.endswith(b"\r\n"):
            line += await conn.read(1)
        size = int(line.split(b";")[0], 16)
        if len(body) + size > BODY_MAX:
            raise BadRequest("chunked body too long")
        body += await conn.read(size)
        if await conn.read(2) != b"\r\n":
            raise BadRequest("chunk not closed")
        if size == 0:
            return bytes(body)


def head(status, headers, reason=None):
    lines = [f"HTTP/1.1 {status} {reason or REASONS.get(status, 'Status')}"]
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            lines.append(f"{name}: {one}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def http_date(unix=None):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(unix))


class Responder:
    """How a service answers one request. `entry` is its line in the log of /__stats."""

    def __init__(self, conn, request, entry, tell):
        self.conn, self.request, self.entry, self.tell = conn, request, entry, tell
        self.keep = request.header("connection").lower() != "close"
        self.started = False

    def base_headers(self):
        headers = {"Date": http_date()}
        if not self.keep:
            headers["Connection"] = "close"
        return headers

    def first_byte(self, status):
        self.started = True
        self.entry["status"] = status
        self.entry["header_us"] = now_us()

    async def send(self, status, body=b"", content_type="application/json", headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False)
        if isinstance(body, str):
            body = body.encode("utf-8")
        self.first_byte(status)
        fields = {**self.base_headers(), "Content-Type": content_type, "Content-Length": len(body), **(headers or {})}
        if status == 204:
            del fields["Content-Type"], fields["Content-Length"]
        await self.conn.send(head(status, fields) + body)

    async def start(self, content_type, headers=None, status=200):
        """A chunked reply: then write() any number of times, and end()."""
        self.first_byte(status)
        fields = {**self.base_headers(), "Content-Type": content_type, "Transfer-Encoding": "chunked", **(headers or {})}
        await self.conn.send(head(status, fields))

    async def write(self, data):
        if self.conn.gone_us is not None:
            raise Gone
        self.entry.setdefault("body_us", now_us())
        await self.conn.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def event(self, data, name=None):
        """One server-sent event."""
        if not isinstance(data, str):
            data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        prefix = f"event: {name}\n" if name else ""
        await self.write(f"{prefix}data: {data}\n\n".encode("utf-8"))

    async def end(self):
        await self.conn.send(b"0\r\n\r\n")

    async def upgrade(self, headers=None):
        """Switch to a WebSocket. Raises BadRequest if the client's handshake breaks RFC 6455."""
        key = handshake_key(self.request)
        self.keep = False
        self.first_byte(101)
        await self.conn.send(handshake_reply(key, headers))
        self.entry["websocket"] = True
        return WebSocket(self.conn, self.entry, self.tell)


def handshake_key(request):
    key = request.header("sec-websocket-key")
    try:
        size = len(base64.b64decode(key, validate=True))
    except ValueError:
        size = 0
    if request.method != "GET" or "upgrade" not in request.header("connection").lower():
        raise BadRequest("WebSocket handshake without GET and Connection: Upgrade")
    if request.header("sec-websocket-version") != "13" or size != 16:
        raise BadRequest("WebSocket handshake without version 13 and a key of 16 bytes")
    return key


def handshake_reply(key, headers=None):
    accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    return head(101, {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept, **(headers or {})})


TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(op, data, fin=True, mask=None):
    """One frame; `mask` (4 bytes) for a client."""
    bit = 0x80 if mask else 0
    start = bytes([(0x80 if fin else 0) | op])
    if len(data) < 126:
        start += bytes([bit | len(data)])
    elif len(data) < 65536:
        start += bytes([bit | 126]) + struct.pack(">H", len(data))
    else:
        start += bytes([bit | 127]) + struct.pack(">Q", len(data))
    return start + (mask + masked(data, mask) if mask else data)


def masked(data, mask):
    if not data:
        return data
    key = (mask * (len(data) // 4 + 1))[:len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


def close_payload(code, reason=""):
    return struct.pack(">H", code) + reason.encode("utf-8")[:123] if code else b""


class Closed(Exception):
    """The client sent a Close frame."""

    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class WebSocket:
    """The server's end. A rule of RFC 6455 that the client breaks is told, and ends in Close 1002."""

    def __init__(self, conn, entry, tell):
        self.conn, self.entry, self.tell = conn, entry, tell
        self.is_broken = False
        self.closed = False
        entry["frames_in"] = entry["frames_out"] = entry["binary_bytes_in"] = 0

    async def recv(self):
        """The next message, ("text", str) or ("binary", bytes). Raises Closed or Gone."""
        parts, kind = [], None
        while True:
            op, fin, data = await self._frame()
            if op == PING:
                await self._send(PONG, data)
            elif op == CLOSE:
                await self._closed(data)
            elif op in (TEXT, BINARY, 0):
                if (op == 0) != (kind is not None):
                    await self._broken("continuation out of place")
                kind = kind or op
                parts.append(data)
                if sum(map(len, parts)) > FRAME_MAX:
                    await self._broken("message too long", 1009)
                if fin:
                    break
        self.entry["frames_in"] += 1
        self.entry["last_in_us"] = now_us()
        data = b"".join(parts)
        if kind == BINARY:
            self.entry["binary_bytes_in"] += len(data)
            return "binary", data
        try:
            return "text", data.decode("utf-8")
        except UnicodeDecodeError:
            return await self._broken("text that is not UTF-8", 1007)

    async def _frame(self):
        first, second = await self.conn.read(2)
        length = second & 127
        if first & 0x70:
            await self._broken("reserved bits set")
        if length == 126:
            length = struct.unpack(">H", await self.conn.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", await self.conn.read(8))[0]
        op = first & 15
        if length > FRAME_MAX or (op >= 8 and (length > 125 or not first & 0x80)) or op in (3, 4, 5, 6, 7) or op > 10:
            await self._broken(f"frame with opcode {op} and {length} bytes", 1009 if op < 3 else 1002)
        if not second & 0x80:
            await self.conn.read(length)
            await self._broken("frame of a client without mask")
        mask = await self.conn.read(4)
        return op, bool(first & 0x80), masked(await self.conn.read(length), mask)

    async def _broken(self, what, code=1002):
        self.is_broken = True
        self.tell(f"WebSocket: {what}")
        await self.close(code, what)
        raise Gone

    async def _closed(self, data):
        code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
        self.entry["close_in"] = code
        self.entry["close_in_us"] = now_us()
        if not self.closed:
            self.closed = True
            await self._send(CLOSE, data[:2])
        raise Closed(code, data[2:].decode("utf-8", "replace"))

    async def _send(self, op, data):
        self.entry["frames_out"] += 1
        if op in (TEXT, BINARY):
            self.entry.setdefault("body_us", now_us())
        await self.conn.send(frame(op, data))

    async def send_json(self, value):
        await self.send_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    async def send_text(self, text):
        await self._send(TEXT, text.encode("utf-8"))

    async def send_binary(self, data):
        await self._send(BINARY, data)

    async def send_fragments(self, op, data, sizes):
        """One message in frames of these sizes; what is left goes into the last."""
        at = 0
        for i, size in enumerate(sizes):
            await self.conn.send(frame(op if i == 0 else 0, data[at:at + size], fin=False))
            at += size
        await self.conn.send(frame(0 if sizes else op, data[at:], fin=True))

    async def close(self, code=1000, reason=""):
        """Close and wait a moment for the answer."""
        if self.closed:
            return
        self.closed = True
        self.entry["close_out"] = code
        await self._send(CLOSE, close_payload(code, reason))
        try:
            await asyncio.wait_for(self._drain(), 2)
        except (asyncio.TimeoutError, Gone, Closed):
            pass

    async def _drain(self):
        while True:
            first, second = await self.conn.read(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", await self.conn.read(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", await self.conn.read(8))[0]
            data = await self.conn.read(length + (4 if second & 0x80 else 0))
            if first & 15 == CLOSE:
                data = masked(data[4:], data[:4]) if second & 0x80 else data
                self.entry["close_in"] = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
                return
