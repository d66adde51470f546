"""RFC 6455 by raw sockets: every case is the bytes a client sends and what must come of them.

The exceptions are libwebsockets' own: it takes frames without a mask and lengths that are longer than need be (test_exceptions), and
of two pings in one piece only one is answered.
"""
import base64
import dataclasses
import hashlib
import itertools
import json
import os
import random
import select
import socket
import struct
import unittest
import urllib.parse

from serving import ServerTest

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PROTOCOL, NOT_UTF8, POLICY, TOO_LARGE = 1002, 1007, 1008, 1009
MARK = b'{"type":"ping"}'
GREEK = "κόσμε 면접 面接 𐍈".encode()
LONG = b'{"type":"user_text","text":"' + b"x" * 70000 + b'"}'
PATIENCE = 30
MIB = 1 << 20


def frame(op, payload=b"", fin=True, rsv=0, masked=True, mask=None, length=None, form=None):
    """form: 126 or 127 for a length that is longer than need be."""
    n = len(payload) if length is None else length
    form = form or (n if n < 126 else 126 if n < 65536 else 127)
    head = bytes([fin << 7 | rsv << 4 | op, masked << 7 | form])
    head += struct.pack(">H", n) if form == 126 else struct.pack(">Q", n) if form == 127 else b""
    if not masked:
        return head + payload
    mask = os.urandom(4) if mask is None else mask
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "little")
    return head + mask + (int.from_bytes(payload, "little") ^ key).to_bytes(len(payload), "little")


def text(payload, **kw):
    return frame(TEXT, payload if isinstance(payload, bytes) else payload.encode(), **kw)


def closing(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


def pieces(op, parts, between=b""):
    """One message in so many frames."""
    out = []
    for i, part in enumerate(parts):
        out.append(frame(op if i == 0 else CONT, part, fin=i == len(parts) - 1))
    return between.join(out)


@dataclasses.dataclass
class Case:
    name: str
    data: bytes
    answers: int = 0            # messages that must come before the mark's pong
    pongs: tuple = ()
    closed: tuple = ()          # the codes of which one must come; None: the connection may end without one
    chop: int = 0               # bytes at a time
    code: str = "INVALID_REQUEST"


def framing():
    for n in (0, 1, 125, 126, 127, 128, 65535, 65536):
        yield Case(f"text of {n}", text("x" * n), 1)
        yield Case(f"binary of {n}", frame(BINARY, b"x" * n), 1)
    for n in (126, 65535, 65536):
        yield Case(f"text of {n}, 997 at a time", text("x" * n), 1, chop=997)
    yield Case("text of 5, one byte at a time", text("hello"), 1, chop=1)
    yield Case("text of 300, one byte at a time", text("y" * 300), 1, chop=1)
    yield Case("65 KB of text, too much for what is no sound", text(LONG), 1, code="PAYLOAD_TOO_LARGE")
    yield Case("a mask of zeros", text("hello", mask=bytes(4)), 1)
    yield Case("a mask of ones", text("hello", mask=b"\xff" * 4), 1)
    yield Case("three messages in one piece", text("a") + frame(BINARY, b"b") + text("c"), 3)


def excepted():
    """What libwebsockets 4.1 takes against the RFC; a newer one closes with 1002."""
    yield Case("a message without a mask", text("hello", masked=False), 1)
    yield Case("a ping without a mask", frame(PING, b"p", masked=False), pongs=(b"p",))
    for form in (126, 127):
        yield Case(f"a length of 5 in the form {form}", text("hello", form=form), 1)
    yield Case("a length of 300 in the form 127", text("x" * 300, form=127), 1)


def reserved():
    for rsv in range(1, 8):
        yield Case(f"reserved bits {rsv}", text("hello", rsv=rsv), closed=(PROTOCOL, None))
    for rsv in (1, 2, 4):
        yield Case(f"reserved bits {rsv} of a ping", frame(PING, b"p", rsv=rsv), closed=(PROTOCOL, None))
        yield Case(f"reserved bits {rsv} of a close", frame(CLOSE, b"\x03\xe8", rsv=rsv), closed=(PROTOCOL, None))
        yield Case(f"reserved bits {rsv} after a good message", text("hello") + text("again", rsv=rsv) + frame(PING), 1, closed=(PROTOCOL, None))
        yield Case(f"reserved bits {rsv} of a continuation", text("a", fin=False) + frame(CONT, b"b", rsv=rsv), closed=(PROTOCOL, None))
    for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Case(f"opcode {op}", frame(op), closed=(PROTOCOL, None))
        yield Case(f"opcode {op} with bytes", frame(op, b"some bytes"), closed=(PROTOCOL, None))
        yield Case(f"opcode {op} after a good message", text("hello") + frame(op, b"x") + frame(PING), 1, closed=(PROTOCOL, None))


def control():
    for n in (0, 1, 2, 124, 125):
        yield Case(f"ping of {n}", frame(PING, bytes(range(n))), pongs=(bytes(range(n)),))
    yield Case("ping of 125, one byte at a time", frame(PING, b"\xfe" * 125), pongs=(b"\xfe" * 125,), chop=1)
    yield Case("ping that is no text", frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), pongs=(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff",))
    for op, name in ((PING, "ping"), (PONG, "pong"), (CLOSE, "close")):
        yield Case(f"{name} of 126", frame(op, b"\x03\xe8" + b"x" * 124), closed=(PROTOCOL, None))
        yield Case(f"{name} of 65536", frame(op, b"\x03\xe8" + b"x" * 65534), closed=(PROTOCOL, None))
        yield Case(f"{name} in pieces", frame(op, b"", fin=False) + frame(CONT, b""), closed=(PROTOCOL, None))
        yield Case(f"{name} in pieces, with bytes", frame(op, b"\x03\xe8", fin=False) + frame(CONT, b"x"), closed=(PROTOCOL, None))
    yield Case("pongs nobody asked for", frame(PONG) + frame(PONG, b"x" * 125), 0)
    yield Case("a pong and then a ping", frame(PONG, b"a") + frame(PING, b"b"), pongs=(b"b",))
    yield Case("a ping between two messages", text("a") + frame(PING, b"p") + text("b"), 2, (b"p",))


def fragments():
    yield Case("two frames", pieces(TEXT, [b"a", b"b"]), 1)
    yield Case("two binary frames", pieces(BINARY, [b"a", b"b"]), 1)
    yield Case("two frames, one byte at a time", pieces(TEXT, [b"frag", b"ment"]), 1, chop=1)
    yield Case("three empty frames", pieces(TEXT, [b"", b"", b""]), 1)
    yield Case("empty, full, empty", pieces(TEXT, [b"", b"middle", b""]), 1)
    yield Case("a ping between", pieces(TEXT, [b"a", b"b"], frame(PING, b"p")), 1, (b"p",))
    yield Case("a ping between, one byte at a time", pieces(TEXT, [b"a", b"b"], frame(PING, b"p")), 1, (b"p",), chop=1)
    yield Case("pongs between", pieces(TEXT, [b"x"] * 20, frame(PONG, b"p")), 1)
    yield Case("1,024 bytes in 8 frames", pieces(BINARY, [b"x" * 128] * 8), 1)
    yield Case("512 frames", pieces(TEXT, [b"x"] * 512), 1)
    yield Case("two messages in pieces", pieces(TEXT, [b"a", b"b"]) + pieces(BINARY, [b"c", b"d"]), 2)
    for op, name in ((CONT, "a continuation of nothing"), ):
        yield Case(name, frame(op, b"x"), closed=(PROTOCOL, None))
        yield Case(name + ", not the last", frame(op, b"x", fin=False), closed=(PROTOCOL, None))
        yield Case(name + " after a message", text("a") + frame(op, b"x"), 1, closed=(PROTOCOL, None))
        yield Case(name + " after a message in pieces", pieces(TEXT, [b"a", b"b"]) + frame(op, b"x", fin=False), 1, closed=(PROTOCOL, None))
    for op in (TEXT, BINARY):
        for fin in (True, False):
            yield Case(f"a new message (opcode {op}, last {fin}) within one", text("a", fin=False) + frame(op, b"b", fin=fin), closed=(PROTOCOL, None))
    yield Case("a close between", text("a", fin=False) + closing(1000) + frame(CONT, b"b"), closed=(1000,))
    yield Case("513 frames", pieces(TEXT, [b"x"] * 513), closed=(POLICY,))
    yield Case("10,000 empty frames", pieces(TEXT, [b""] * 10000), closed=(POLICY,))


def utf8():
    yield Case("the good ones", text(GREEK), 1)
    yield Case("the good ones, one byte a frame", pieces(TEXT, [bytes([b]) for b in GREEK]), 1)
    yield Case("the good ones, one byte at a time", text(GREEK), 1, chop=1)
    for at in range(1, len(GREEK)):
        yield Case(f"the good ones, split at {at}", pieces(TEXT, [GREEK[:at], GREEK[at:]], frame(PONG)), 1)
    good = (0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0xFEFF, 0x10000, 0x1FFFE, 0x10FFFF)
    for point in good:
        yield Case(f"U+{point:04X}", text(chr(point).encode()), 1)
    bad = {"a lone continuation": b"\x80", "a lone 0xBF": b"\xbf", "continuations": b"\x80\xbf\x80", "0xFE": b"\xfe", "0xFF": b"\xff",
           "all lone firsts of two": b" ".join(bytes([b]) for b in range(0xC0, 0xE0)), "all lone firsts of three": b" ".join(bytes([b]) for b in range(0xE0, 0xF0)),
           "all lone firsts of four": b" ".join(bytes([b]) for b in range(0xF0, 0xF8)), "cut off, two": b"\xc3", "cut off, three": b"\xe2\x82",
           "cut off, four": b"\xf0\x9f\x98", "overlong /, two": b"\xc0\xaf", "overlong /, three": b"\xe0\x80\xaf", "overlong /, four": b"\xf0\x80\x80\xaf",
           "overlong 0x7F": b"\xc1\xbf", "overlong 0x7FF": b"\xe0\x9f\xbf", "overlong 0xFFFF": b"\xf0\x8f\xbf\xbf", "overlong NUL": b"\xc0\x80",
           "a high surrogate": b"\xed\xa0\x80", "a low surrogate": b"\xed\xbf\xbf", "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
           "above the last": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80", "in the middle": b"good \xff good"}
    for name, b in bad.items():
        yield Case(f"not UTF-8: {name}", text(b), closed=(NOT_UTF8,))
        yield Case(f"not UTF-8: {name}, one byte at a time", text(b"x" + b + b"y"), closed=(NOT_UTF8,), chop=1)
        yield Case(f"not UTF-8: {name}, one byte a frame", pieces(TEXT, [bytes([c]) for c in b + b"z"]), closed=(NOT_UTF8,))
        yield Case(f"not UTF-8, but binary: {name}", frame(BINARY, b), 1)
    yield Case("fails at once: within a frame that is not whole", text(GREEK + b"\xff" + b"x" * 100)[:-50], closed=(NOT_UTF8,))
    yield Case("fails at once: a message that is not whole", text(b"good ", fin=False) + frame(CONT, b"\xf4\x90\x80\x80", fin=False), closed=(NOT_UTF8,))


def random_texts(n=200):
    """Python's decoder is the judge."""
    rng = random.Random(6455)
    for i in range(n):
        b = bytearray(GREEK * 2)
        for _ in range(rng.randrange(1, 4)):
            b[rng.randrange(len(b))] = rng.randrange(256)
        try:
            bytes(b).decode()
            yield Case(f"random {i}", text(bytes(b)), 1)
        except UnicodeDecodeError:
            yield Case(f"random {i}", text(bytes(b)), closed=(NOT_UTF8,))


def closes():
    yield Case("close without a code", closing(), closed=(1000, None, 1005))
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"close {code}", closing(code), closed=(code, 1000))
    yield Case("close with a reason", closing(1000, "끝".encode()), closed=(1000,))
    yield Case("close with a reason of 123 bytes", closing(1000, b"x" * 123), closed=(1000,))
    yield Case("close, one byte at a time", closing(1000, b"done"), closed=(1000,), chop=1)
    for code in (0, 1, 999, 1004, 1005, 1006, 1012, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"close {code}, which nobody may send", closing(code), closed=(PROTOCOL,))
    yield Case("close with half a code", frame(CLOSE, b"\x03"), closed=(PROTOCOL,))
    yield Case("close with a reason that is no UTF-8", closing(1000, b"bad \xff"), closed=(NOT_UTF8, PROTOCOL, None))
    yield Case("a message after the close", closing(1000) + text("late"), closed=(1000,))
    yield Case("a ping after the close", closing(1000) + frame(PING, b"late"), closed=(1000,))
    yield Case("two closes", closing(1000) + closing(1001), closed=(1000,))


def limits():
    yield Case("binary of 1 MiB", frame(BINARY, b"x" * MIB), 1)
    yield Case("binary of 1 MiB in pieces of 64 KB", pieces(BINARY, [b"x" * 65536] * 16), 1)
    yield Case("one byte more", frame(BINARY, b"x" * (MIB + 1)), closed=(TOO_LARGE,))
    yield Case("one byte more, in pieces", pieces(BINARY, [b"x" * 65536] * 16 + [b"x"]), closed=(TOO_LARGE,))
    yield Case("1 TB announced", frame(TEXT, b"x" * 16, length=1 << 40), closed=(TOO_LARGE,))
    yield Case("2^63 announced", frame(BINARY, b"x" * 16, length=1 << 63), closed=(TOO_LARGE, PROTOCOL, None))
    yield Case("text of 70 KB in two frames", pieces(TEXT, [LONG[:35000], LONG[35000:]]), 1, code="PAYLOAD_TOO_LARGE")


class Link:
    def __init__(self, port, path, key):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        token = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {token}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            assert more, self.buffer
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        accept = base64.b64encode(hashlib.sha1((token + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert b" 101 " in head.split(b"\r\n")[0] and accept in head, head

    def need(self, n):
        while len(self.buffer) < n:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more

    def take(self):
        """(opcode, payload) of the next frame; what the server sends is checked too."""
        self.need(2)
        first, second = self.buffer[:2]
        size = 2 + {126: 2, 127: 8}.get(second, 0)
        self.need(size)
        n = second if size == 2 else int.from_bytes(self.buffer[2:size], "big")
        assert first & 0xF0 == 0x80 and second < 128, "whole frames without a mask come from a server"
        assert n >= {2: 0, 4: 126, 10: 65536}[size], "the shortest form of a length"
        self.need(size + n)
        payload, self.buffer = self.buffer[size:size + n], self.buffer[size + n:]
        return first & 15, payload

    def send(self, data, chop=0, heeds=False):
        """heeds: stops when the server says something."""
        for i in range(0, len(data), chop or len(data) or 1):
            if heeds and select.select([self.socket], [], [], 0)[0]:
                break
            self.socket.sendall(data[i:i + (chop or len(data))])

    def until(self, is_last):
        """Frames until one is the last, the connection ends (with None) or nothing comes."""
        got = []
        while True:
            try:
                got.append(self.take())
            except (EOFError, ConnectionResetError, BrokenPipeError):
                return got + [None]
            if is_last(*got[-1]):
                return got


class Frames(ServerTest):
    settings = {"INTERVIEWCTL_SERVE_RATE": "100000", "INTERVIEWCTL_LIVE_MESSAGES_PER_MINUTE": "10000", "LLM_PROVIDER": "none"}

    def setUp(self):
        super().setUp()
        self.port = urllib.parse.urlsplit(self.url).port
        self.session = self.api("POST", "/api/sessions", {"user_id": "u", "language": "en"})["session_id"]

    def link(self):
        link = Link(self.port, f"/ws/{self.session}", self.key)
        self.addCleanup(link.socket.close)
        op, said = link.take()
        self.assertEqual((op, json.loads(said)["type"]), (TEXT, "connected"))
        return link

    def messages(self, got):
        return [json.loads(payload) for op, payload in filter(None, got) if op == TEXT]

    def lives(self, case, link):
        link.send(case.data + text(MARK), case.chop)
        got = link.until(lambda op, payload: op == CLOSE or (op == TEXT and json.loads(payload)["type"] == "pong"))
        self.assertTrue(got[-1] and got[-1][0] == TEXT, f"the connection ended: {got[-1]}")
        self.assertEqual([m["code"] for m in self.messages(got)[:-1]], [case.code] * case.answers)
        self.assertEqual(tuple(payload for op, payload in got if op == PONG), case.pongs)

    def ends(self, case, link):
        try:
            link.send(case.data, case.chop, heeds=case.chop == 1)
        except (ConnectionResetError, BrokenPipeError):
            pass  # it did not wait for the rest
        got = link.until(lambda op, _: op == CLOSE)
        code = None
        if got[-1] is not None:
            payload = got[-1][1]
            code = struct.unpack(">H", payload[:2])[0] if payload else 1005
            payload[2:].decode()
        self.assertIn(code, case.closed)
        self.assertLessEqual(len(self.messages(got)), case.answers, "something was taken after the mistake")
        if code is not None:
            try:
                link.send(closing(code if code != 1005 else None))
            except (ConnectionResetError, BrokenPipeError):
                pass
            self.ending.append((case, link))

    def catalogue(self, *groups):
        n = 0
        self.ending = []
        for case in itertools.chain(*groups):
            with self.subTest(case.name):
                (self.ends if case.closed else self.lives)(case, self.link())
            n += 1
        for case, link in self.ending:
            with self.subTest(case.name + ", afterwards"):
                self.assertEqual(link.until(lambda *_: True), [None], "something came after the close")
        self.assertEqual(self.api("GET", f"/api/sessions/{self.session}")["session_id"], self.session, "the server goes on")
        return n

    def test_protocol(self):
        """One catalogue: where libwebsockets has lost its place it waits five seconds for the answer to its close frame, once for all."""
        self.assertGreater(self.catalogue(framing(), reserved(), control(), fragments(), closes()), 140)

    def test_utf8(self):
        self.assertGreater(self.catalogue(utf8(), random_texts()), 300)

    def test_exceptions(self):
        """Either as libwebsockets 4.1 does it or as the RFC wants it, and nothing else."""
        for case in excepted():
            with self.subTest(case.name):
                link = self.link()
                link.send(case.data + text(MARK))
                got = link.until(lambda op, payload: op == CLOSE or (op == TEXT and json.loads(payload)["type"] == "pong"))
                if got[-1] and got[-1][0] == TEXT:
                    self.assertEqual([m["code"] for m in self.messages(got)[:-1]], [case.code] * case.answers)
                    self.assertEqual(tuple(payload for op, payload in got if op == PONG), case.pongs)
                else:
                    self.assertEqual(got, [(CLOSE, struct.pack(">H", PROTOCOL) + got[-1][1][2:])] if got[-1] else [None])

    def test_two_pings_in_one_piece(self):
        link = self.link()
        link.send(frame(PING, b"a") + frame(PING, b"b") + text(MARK))
        got = link.until(lambda op, payload: op == CLOSE or (op == TEXT and json.loads(payload)["type"] == "pong"))
        self.assertIn([payload for op, payload in got if op == PONG], ([b"a"], [b"a", b"b"]))

    def test_limits(self):
        self.catalogue(limits())


if __name__ == "__main__":
    unittest.main(verbosity=1)
