#!/usr/bin/env python3
"""Fake servers of the speech and language services, on 127.0.0.1 (see README.md).

Prints one JSON line with its ports when ready. Ends with stdin, or on SIGTERM; exit status 1 if an expectation was violated.
"""
import argparse
import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import yaml

import certs
import control
import play
import service
import stats
import wire

CONNECT_CERTS = {"tls-expired": "expired", "tls-wrong-host": "wrong_host", "tls-unknown-ca": "unknown_ca"}


def listening(backlog=1024):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    if backlog is not None:
        sock.listen(backlog)
    sock.setblocking(False)
    return sock


class Server:
    def __init__(self, options, folder):
        self.options = options
        self.stats = stats.Stats()
        self.scenario = play.Scenario()
        self.services = service.Services(options, self.stats) if options.service else None
        self.live, self.tasks, self.numbers = set(), set(), 0
        self.folder = folder
        self.tls = {name: certs.context(folder, name) for name in certs.LEAVES}
        self.ports, self.held = {}, []

    def listen(self):
        """Every port of the ready line."""
        for name, tls in (("http", None), ("https", "good"), ("https_expired", "expired"),
                          ("https_wrong_host", "wrong_host"), ("https_unknown_ca", "unknown_ca")):
            self.spawn(self.accept(self.open_port(name, listening()), tls))
        self.spawn(self.accept(self.open_port("control", listening()), None, is_control=True))
        self.open_port("refused", listening(None))
        self.fill(self.open_port("unreachable", listening(0)))

    def open_port(self, name, sock):
        self.ports[name] = sock.getsockname()[1]
        self.held.append(sock)
        return sock

    def fill(self, sock):
        """A full queue: the kernel drops further SYNs, so that connecting to this port hangs."""
        for _ in range(2):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
            self.held.append(client)

    def spawn(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def accept(self, sock, tls, is_control=False):
        loop = asyncio.get_running_loop()
        while True:
            peer, _ = await loop.sock_accept(sock)
            fault = None
            if not is_control:
                self.stats.connections += 1
                fault = self.scenario.take_connect()
            self.spawn(self.connection(peer, tls, fault, is_control))

    async def connection(self, peer, tls, fault, is_control):
        self.numbers += 1
        conn = wire.Conn(self.numbers, tls is not None)
        try:
            if fault and await self.connect_fault(peer, tls, fault):
                return
            await self.adopt(conn, peer, CONNECT_CERTS.get(fault, tls))
        except (OSError, ssl.SSLError, asyncio.TimeoutError):
            self.stats.tls_failures += tls is not None
            peer.close()
            return
        if not is_control:
            self.live.add(conn)
            self.stats.max_open = max(self.stats.max_open, len(self.live))
        try:
            await self.serve(conn, is_control)
        except (wire.Gone, wire.Closed, ConnectionError):
            pass
        finally:
            conn.close()
            if conn in self.live:
                self.live.discard(conn)
                self.stats.bytes_in += conn.bytes_in
                self.stats.bytes_out += conn.bytes_out

    async def connect_fault(self, peer, tls, fault):
        """True if the connection ended here."""
        loop = asyncio.get_running_loop()
        if fault == "refuse":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif fault == "tls-garbage":
            await loop.sock_sendall(peer, b"HTTP/1.1 400 Bad Request\r\n\r\nplain text, not TLS\r\n")
        elif fault in ("stall", "tls-stall"):
            while await asyncio.wait_for(loop.sock_recv(peer, 65536), 120):
                pass
        elif fault != "close":
            if tls is None:
                self.stats.problem(f"connect fault {fault} on a connection without TLS")
            return False
        peer.close()
        return True

    async def adopt(self, conn, peer, tls):
        """From a socket to reader and writer, through TLS if asked for."""
        loop = asyncio.get_running_loop()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn.reader = asyncio.StreamReader(limit=wire.HEADER_MAX, loop=loop)
        extra = {"ssl": self.tls[tls], "ssl_handshake_timeout": 30} if tls else {}
        transport, protocol = await loop.connect_accepted_socket(
            lambda: wire.Protocol(conn, conn.reader, loop), peer, **extra)
        conn.writer = asyncio.StreamWriter(transport, protocol, conn.reader, loop)
        if tls:
            self.stats.tls_handshakes += 1
            self.stats.tls_resumed += transport.get_extra_info("ssl_object").session_reused

    async def serve(self, conn, is_control):
        while True:
            try:
                request = await wire.read_request(conn)
            except (wire.BadRequest, ValueError) as error:
                self.stats.problem(f"not a request: {error}")
                await conn.send(wire.head(400, {"Content-Length": 0, "Connection": "close"}))
                return
            if request is None:
                return
            if request.path.startswith("/__"):
                keep = await control.answer(self, conn, request)
            elif is_control:
                await conn.send(wire.head(404, {"Content-Length": 0}))
                keep = True
            else:
                keep = await self.request(conn, request)
            if not keep:
                return

    async def request(self, conn, request):
        entry = self.stats.begin(conn, request)
        try:
            return await self.route(conn, request, entry)
        except wire.BadRequest as error:
            self.stats.problem(f"{request.method} {request.path}: {error}")
            await conn.send(wire.head(400, {"Content-Length": 0, "Connection": "close"}))
            return False
        except (wire.Gone, wire.Closed):
            raise
        except Exception as error:          # a fault of the fake itself must be seen, not hang a test
            self.stats.problem(f"{request.method} {request.path}: {type(error).__name__}: {error}")
            raise wire.Gone from error
        finally:
            self.stats.end(conn, entry)

    async def route(self, conn, request, entry):
        exchange = self.scenario.take(request)
        if exchange:
            after = self.scenario.pending()
            if after is not None and after.connect:
                exchange.reply.setdefault("keep", False)
            return await play.play(exchange, conn, request, entry, self.stats.problem)
        if request.method == "HEAD" and request.path == "/":    # a client that opens its connection before it needs it
            await conn.send(wire.head(204, {}))
            return True
        responder = wire.Responder(conn, request, entry, self.stats.problem)
        if self.services and await self.services.answer(responder):
            return responder.keep
        self.stats.problem(f"unexpected {request.method} {request.target}")
        await responder.send(501, {"error": {"message": f"the fake server expects no {request.method} {request.path}",
                                             "type": "fake", "param": None, "code": "unexpected_request"}})
        return responder.keep

    def load(self, scenario):
        self.scenario = scenario
        self.stats.wipe()


async def run(options, folder):
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    server = Server(options, folder)
    if options.scenario:
        server.scenario = control.read_scenario({"file": options.scenario, "only": options.only or None})
    server.listen()
    if server.services:
        await server.services.warm_up()
    ready = {**server.ports, "ca": str(folder / "ca.pem"), "pid": os.getpid()}
    if options.h2:
        ready["h2"] = start_h2(server, folder)
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    if not options.forever:
        threading.Thread(target=watch_stdin, args=(loop, stop), daemon=True).start()
    print(json.dumps(ready), flush=True)
    if options.port_file:
        pathlib.Path(options.port_file).write_text(json.dumps(ready))
    await stop.wait()
    return finish(server)


def start_h2(server, folder):
    """nghttpx (package nghttp2-proxy) in front of the http port, for clients that ask for HTTP/2."""
    probe = socket.create_server(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    program = shutil.which("nghttpx") or "/usr/sbin/nghttpx"
    server.h2 = subprocess.Popen([program, f"-f127.0.0.1,{port}", f"-b127.0.0.1,{server.ports['http']}",
                                  "--workers=1", "--errorlog-file=/dev/null", "--log-level=FATAL", "--no-ocsp", "--conf=/dev/null",
                                  f"{folder}/good.key", f"{folder}/good.pem"], stdin=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as test:
            if test.connect_ex(("127.0.0.1", port)) == 0:
                return port
        time.sleep(0.02)
    raise RuntimeError("nghttpx does not listen")


def watch_stdin(loop, stop):
    while os.read(0, 4096):
        pass
    try:
        loop.call_soon_threadsafe(stop.set)
    except RuntimeError:
        pass                                # already over


def finish(server):
    """The last word on stderr, and the exit status."""
    if getattr(server, "h2", None):
        server.h2.terminate()
        server.h2.wait(5)
    for name in server.scenario.unplayed():
        server.stats.problem(f"{name}: never asked for")
    for line in server.stats.problems:
        print(f"fake server: {line}", file=sys.stderr)
    return 1 if server.stats.failed else 0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", help="YAML file to play (a path, or a name in scenario/)")
    parser.add_argument("--only", action="append", help="only this scenario of the file; may be repeated")
    parser.add_argument("--service", help="behave like these: all, or a list of openai,elevenlabs,deepgram,edge,daily")
    parser.add_argument("--tls", action="store_true", help="accepted for clearness: the TLS ports are always there")
    parser.add_argument("--ca-dir", help="keep the certificates there, and use them again")
    parser.add_argument("--port-file", help="also write the ready line there")
    parser.add_argument("--h2", action="store_true", help="also a port that speaks HTTP/2, through nghttpx")
    parser.add_argument("--forever", action="store_true", help="do not end with stdin")
    parser.add_argument("--first-token-ms", type=float, default=250)
    parser.add_argument("--token-ms", type=float, default=1000 / 60)
    parser.add_argument("--first-audio-ms", type=float, default=150)
    parser.add_argument("--audio-rate", type=float, default=8, help="times real time; 0: at once")
    parser.add_argument("--stt-ms", type=float, default=80, help="from audio to the result about it")
    parser.add_argument("--fast", action="store_true", help="all of these 0")
    options = parser.parse_args()
    if options.fast:
        options.first_token_ms = options.token_ms = options.first_audio_ms = options.audio_rate = options.stt_ms = 0
    return options


def main():
    options = parse_options()
    folder = pathlib.Path(options.ca_dir or tempfile.mkdtemp(prefix="iv-fake-"))
    try:
        certs.make(folder)
        status = asyncio.run(run(options, folder))
    except (play.ScenarioError, yaml.YAMLError, OSError, RuntimeError) as error:
        print(f"fake server: {error}", file=sys.stderr)
        status = 2
    finally:
        if not options.ca_dir:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stderr.flush()
    os._exit(status)                        # the thread that waits for stdin does not hold us back


if __name__ == "__main__":
    main()
