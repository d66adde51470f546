#!/usr/bin/env python3
"""Live interviews over WebSockets, each with speech and 25 frames a second: tests/bench/live_sockets.py BUILD [SESSIONS [SECONDS]].

Server and clients share the machine. The clients read headers of frames and skip what they carry; each answers some seconds after it has
the word. A gap is a piece of speech that came after the one before was over; a frame is late 40 ms after its display time. Then the last
client stops reading, and the same is counted for the others alone.
"""
import base64
import json
import os
import pathlib
import re
import resource
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

TEXT, BINARY, PING = 1, 2, 9
ANSWER_S, FRAME_S, FPS, WARM_S = 8, 0.040, 25, 10
ANSWER = ("I led the migration of our billing service. First I measured the slow queries, then I added an index and a cache, and as a result "
          "the response time fell from 900 to 120 milliseconds.")


def row(name, value, unit, aim=None, at_least=False):
    met = "" if aim is None else f"aim {'>=' if at_least else '<='} {aim:g}: " + ("met" if (value >= aim if at_least else value <= aim) else "MISSED")
    print(f"{name:<44} {value:>10.2f} {unit:<6} {met}".rstrip(), flush=True)


class Server:
    def __init__(self, build, home):
        self.env = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "INTERVIEWCTL_AUDIO_SPEAKER": "none", "LLM_PROVIDER": "none",
                    "TTS_PROVIDER": "espeak", "INTERVIEWCTL_SERVE_RATE": "100000", "INTERVIEWCTL_SESSION_MAX_OPEN": "1000"}
        program = str(pathlib.Path(build) / "interviewctl")
        made = subprocess.run([program, "keys", "create", "--name", "bench", "--json"], env=self.env, capture_output=True, check=True)
        self.key = json.loads(made.stdout)["api_key"]
        self.log = open(home / "log", "w+b")
        self.process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0"], env=self.env, stdout=self.log, stderr=self.log)
        self.port = self.find_port()

    def find_port(self):
        for _ in range(600):
            self.log.seek(0)
            at = re.search(rb"http://127\.0\.0\.1:(\d+)", self.log.read())
            if at:
                return int(at.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("the server does not listen")

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"X-API-Key": self.key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.read()

    def private_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def lags(self):
        found = re.findall(r'loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', self.call("GET", "/metrics").decode())
        return [(float(bound), int(n)) for bound, n in found]

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


class Client:
    def __init__(self, server, number):
        session = json.loads(server.call("POST", "/api/sessions", {"user_id": f"u{number}", "language": "en", "seed": number}))["session_id"]
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.sendall(f"GET /ws/{session}?api_key={server.key} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise SystemExit(head.decode())
        self.data, self.skip = bytearray(), 0
        self.word_at = None
        self.plays_until = self.next_at_ms = 0
        self.forget()
        self.say({"type": "start_session", "binary": True})

    def forget(self):
        self.frames = self.late = self.pieces = self.gaps = 0
        self.worst = 0.0

    def say(self, message, opcode=0x81):
        text = json.dumps(message).encode()
        head = bytes([opcode, 0x80 | len(text)]) if len(text) < 126 else bytes([opcode, 0xfe]) + struct.pack(">H", len(text))
        self.socket.sendall(head + bytes(4) + text)  # a mask of zeros is one too

    def read(self):
        """All that has come: headers are looked at, the rest is skipped."""
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise SystemExit("the server closed a connection")
        used = min(self.skip, len(piece))
        self.skip -= used
        self.data += memoryview(piece)[used:]
        now, wall = time.monotonic(), time.time()
        while len(self.data) >= 2:
            short = self.data[1] & 127
            size = 2 + (0 if short < 126 else 2 if short == 126 else 8)
            kind = self.data[0] & 15
            if len(self.data) < size:
                return
            length = short if short < 126 else int.from_bytes(self.data[2:size], "big")
            wanted = 24 if kind == BINARY else length
            if len(self.data) < size + wanted:
                return
            self.take(kind, bytes(self.data[size:size + wanted]), length, now, wall)
            self.skip = max(0, size + length - len(self.data))
            del self.data[:size + length]
            if self.skip:
                return

    def take(self, kind, head, length, now, wall):
        if kind == PING:
            self.socket.sendall(bytes([0x8a, 0x80 | length]) + bytes(4) + head)
        elif kind == TEXT:
            message = json.loads(head)
            if message["type"] == "turn":
                self.word_at = now if message["state"] == "listening" else None
        elif kind == BINARY:
            self.take_binary(head, length, now, wall)
        else:
            raise SystemExit(f"a message of kind {kind}: {head!r}")

    def take_binary(self, head, length, now, wall):
        at_ms, shown_ms = struct.unpack_from("<QQ", head, 8)
        if head[0] == 2:
            self.frames += 1
            self.late += wall - shown_ms / 1000 > FRAME_S
            return
        self.pieces += 1
        if at_ms == self.next_at_ms and now > self.plays_until:
            self.gaps += now - self.plays_until > 0.020
            self.worst = max(self.worst, now - self.plays_until)
        if at_ms != self.next_at_ms or now > self.plays_until:
            self.plays_until = now
        ms = (length - 24) / 48
        self.plays_until += ms / 1000
        self.next_at_ms = at_ms + int(ms)

    def answer(self, now):
        if self.word_at and now - self.word_at > ANSWER_S:
            self.word_at = None
            self.say({"type": "user_text", "text": ANSWER})


def run(clients, selector, seconds):
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        for key, _ in selector.select(0.05):
            key.data.read()
        for c in clients:
            c.answer(now)


def p99(before, after):
    counts = [(bound, b - a) for (bound, b), (_, a) in zip(after, before)]
    return next((bound for bound, n in counts if n >= 0.99 * counts[-1][1]), 0.0)


def measure(server, clients, selector, seconds, what):
    for c in clients:
        c.forget()
    lags, cpu = server.lags(), server.cpu_s()
    run(clients, selector, seconds)
    cpu, lag = server.cpu_s() - cpu, p99(lags, server.lags())
    frames = sum(c.frames for c in clients)
    row(f"{what}: frames a second and client", frames / len(clients) / seconds, "/s", FPS * 0.99, True)
    row("  frames over 40 ms late", 100 * sum(c.late for c in clients) / max(frames, 1), "%", 1)
    row("  gaps in speech over 20 ms", sum(c.gaps for c in clients), "", 0)
    row("  worst gap", 1000 * max(c.worst for c in clients), "ms")
    row("  loop lag p99, at most", 1000 * lag, "ms", 20)
    row("  processor of the server", cpu / seconds, "cores")


def main():
    build, n, seconds = sys.argv[1], *(int(a) for a in (sys.argv[2:] + ["50", "30"][len(sys.argv[2:]):])[:2])
    os.sched_setaffinity(0, range(os.cpu_count()))  # `make bench` pins to one
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="interviewctl-bench-live-") as home:
        server = Server(build, pathlib.Path(home))
        try:
            selector, clients, idle = selectors.DefaultSelector(), [], server.private_mib()
            for i in range(n):
                clients.append(Client(server, i))
                selector.register(clients[-1].socket, selectors.EVENT_READ, clients[-1])
                run(clients, selector, 0.1)
            run(clients, selector, WARM_S)
            measure(server, clients, selector, seconds, f"{n} sessions")
            row("  memory of each, above idle", (server.private_mib() - idle) / n, "MiB", 8)
            selector.unregister(clients[-1].socket)
            measure(server, clients[:-1], selector, seconds, "one stops reading; the others")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
