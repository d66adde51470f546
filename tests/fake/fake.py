"""Runs server.py for tests in Python.

    with Fake("--service", "all", "--fast") as fake:
        fake.post("/__chat", ["Hello."])
        run_program(env={"INTERVIEWCTL_LLM_OPENAI_BASE_URL": fake.url("/v1"), ...})
        fake.check()
"""
import base64
import http.client
import json
import os
import pathlib
import select
import socket
import ssl
import struct
import subprocess
import sys
import time

import wire

SERVER = pathlib.Path(__file__).with_name("server.py")


class Fake:
    """Ports are attributes of `ready`; the server ends with the `with` block, or with this process."""

    def __init__(self, *args):
        self.args = [str(arg) for arg in args]

    def __enter__(self):
        self.child = subprocess.Popen([sys.executable, SERVER, *self.args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        readable, _, _ = select.select([self.child.stdout], [], [], 20)
        line = self.child.stdout.readline() if readable else b""
        if not line:
            self.child.kill()
            raise RuntimeError(f"fake server: {self.child.communicate()[1].decode()}")
        self.ready = json.loads(line)
        return self

    def __exit__(self, *error):
        self.stop()

    def stop(self):
        """The exit status; `said` is what it wrote on stderr."""
        if self.child.poll() is None:
            self.said = self.child.communicate(timeout=10)[1].decode()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()
        return self.child.returncode

    def url(self, path="", port="http", scheme=None):
        scheme = scheme or ("http" if port in ("http", "refused", "unreachable") else "https")
        return f"{scheme}://{'127.0.0.1' if scheme in ('http', 'ws') else 'localhost'}:{self.ready[port]}{path}"

    def ws_url(self, path="", port="http"):
        return self.url(path, port, "ws" if port == "http" else "wss")

    def control(self, method, path, document=None):
        link = http.client.HTTPConnection("127.0.0.1", self.ready["control"], timeout=20)
        body = document if isinstance(document, (str, type(None))) else json.dumps(document)
        link.request(method, path, body.encode() if body else None)
        answer = link.getresponse()
        data = json.loads(answer.read())
        link.close()
        if answer.status != 200:
            raise RuntimeError(data.get("error"))
        return data

    def post(self, path, document=None):
        return self.control("POST", path, document)

    def play(self, document, only=None, **names):
        """A scenario: YAML text, exchanges, or the name of a file with `only` and its variables."""
        if isinstance(document, str) and document.endswith(".yaml"):
            document = {"file": document, "only": only, "vars": names}
        return self.post("/__scenario", document)

    def fault(self, kind, path, **more):
        return self.post("/__fault", {"kind": kind, "path": path, **more})

    def stats(self):
        return self.control("GET", "/__stats")

    def problems(self):
        stats = self.stats()
        return stats["problems"] + [f"{name}: never asked for" for name in stats["unplayed"]]

    def check(self):
        found = self.problems()
        if found:
            raise AssertionError("\n".join(found))


class Socket:
    """A small WebSocket client, for tests of the server itself and for talking to a service by hand."""

    def __init__(self, port, path, headers=None, ca=None):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            self.sock = ssl.create_default_context(cafile=ca).wrap_socket(self.sock, server_hostname="localhost")
        fields = {"Host": f"localhost:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        self.sock.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        block = b""
        while not block.endswith(b"\r\n\r\n"):
            part = self.sock.recv(1)
            if not part:
                raise ConnectionError("closed in the handshake")
            block += part
        lines = block.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:] if ":" in line)}
        self.body = self.exactly(int(self.headers.get("content-length", 0))) if self.status != 101 else b""

    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise ConnectionError("closed")
            data += part
        return data

    def send(self, value):
        """bytes as binary, str as text, anything else as JSON."""
        if isinstance(value, bytes):
            self.raw(wire.frame(wire.BINARY, value, mask=os.urandom(4)))
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            self.raw(wire.frame(wire.TEXT, text.encode(), mask=os.urandom(4)))

    def raw(self, data):
        self.sock.sendall(data)

    def recv(self, timeout=10):
        """str, bytes, or (code, reason) of a Close frame, which is answered."""
        self.sock.settimeout(timeout)
        parts = []
        while True:
            first, second = self.exactly(2)
            length = second & 127
            if length >= 126:
                length = int.from_bytes(self.exactly(2 if length == 126 else 8), "big")
            data = self.exactly(length)
            op = first & 15
            if op == wire.CLOSE:
                self.raw(wire.frame(wire.CLOSE, data[:2], mask=os.urandom(4)))
                return (struct.unpack(">H", data[:2])[0] if len(data) > 1 else 1005, data[2:].decode())
            if op == wire.PING:
                self.raw(wire.frame(wire.PONG, data, mask=os.urandom(4)))
            elif op in (0, wire.TEXT, wire.BINARY):
                kind = op or kind
                parts.append(data)
                if first & 0x80:
                    whole = b"".join(parts)
                    return whole.decode() if kind == wire.TEXT else whole

    def json(self, timeout=10):
        return json.loads(self.recv(timeout))

    def until_close(self, timeout=10):
        """Every message, and the (code, reason) at the end."""
        out, end = [], time.monotonic() + timeout
        while True:
            got = self.recv(max(0.01, end - time.monotonic()))
            if isinstance(got, tuple):
                return out, got
            out.append(got)

    def close(self):
        self.sock.close()
