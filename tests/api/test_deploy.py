#!/usr/bin/env python3
"""The files of server/deploy: the unit as systemd judges it, HAProxy and nginx with a real server behind them."""
import asyncio
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import live  # noqa: F401  first: it may start Debian's Python
import websockets
from serving import ServerTest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "server/deploy"
EXPOSURE_MAX = 1.5
CLIENT = "127.0.0.2"  # not the address that the proxy itself comes from
CUDA_EXPOSURE_MAX = 2.0  # it has devices, and pages that are written and run


def program(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Unit(unittest.TestCase):
    """What the service may do, as systemd adds it up."""

    def exposure(self, *drop_ins):
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        units = root / "etc/systemd/system"
        (units / "interviewctl.service.d").mkdir(parents=True)
        shutil.copy(DEPLOY / "interviewctl.service", units)
        for name in drop_ins:
            shutil.copy(DEPLOY / "interviewctl.service.d" / name, units / "interviewctl.service.d")
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--root={root}", "--no-pager", "interviewctl.service"],
                              capture_output=True, text=True, timeout=60)
        found = re.search(r"Overall exposure level for interviewctl.service: ([\d.]+)", done.stdout)
        self.assertTrue(found, done.stdout + done.stderr)
        return float(found.group(1))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "missing: systemd")
    def test_exposure(self):
        self.assertLessEqual(self.exposure(), EXPOSURE_MAX)
        self.assertLessEqual(self.exposure("cuda.conf"), CUDA_EXPOSURE_MAX)

    def test_it_is_a_notifying_service_with_a_watchdog(self):
        text = (DEPLOY / "interviewctl.service").read_text()
        for line in ("Type=notify", "WatchdogSec=20s", "ExecReload=/bin/kill -HUP $MAINPID", "User=interviewctl"):
            self.assertIn(line + "\n", text)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Proxied(ServerTest):
    settings = {"INTERVIEWCTL_SERVE_PROXIES": "127.0.0.1", "TTS_PROVIDER": "espeak", "LLM_PROVIDER": "none", "INTERVIEWCTL_LOG_LEVEL": "info"}

    def setUp(self):
        self.port = free_port()
        self.settings = {**self.settings, "INTERVIEWCTL_SERVE_PUBLIC_URL": f"https://127.0.0.1:{self.port}"}
        super().setUp()
        self.backend = self.url.rsplit(":", 1)[1]
        self.pem = self.home / "proxy.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", self.home / "proxy.key", "-out", self.home / "proxy.crt"],
                       check=True, capture_output=True, timeout=60)
        self.pem.write_text((self.home / "proxy.crt").read_text() + (self.home / "proxy.key").read_text())
        self.trust = ssl.create_default_context(cafile=self.home / "proxy.crt")

    def start(self, command, check):
        checked = subprocess.run(check, capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        proxy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        for _ in range(300):
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.fail("the proxy does not answer")

    def call(self, method, path, body=None, **headers):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.trust, source_address=(CLIENT, 0))
        self.addCleanup(connection.close)
        connection.request(method, path, body, {"X-API-Key": self.key, "Content-Type": "application/json",
                                                **{k.replace("_", "-"): v for k, v in headers.items()}})
        reply = connection.getresponse()
        return reply.status, reply.read()

    def check_rest(self):
        status, body = self.call("POST", "/api/sessions", b'{"user_id": "me", "language": "en"}', X_Forwarded_For="203.0.113.9")
        self.assertEqual(status, 201, body)
        session = json.loads(body)
        self.assertTrue(session["websocket_url"].startswith(f"wss://127.0.0.1:{self.port}/"), session)
        line = next(x for x in self.wait_said("POST /api/sessions"))
        self.assertRegex(line, rf"from={re.escape(CLIENT)}\b")  # the proxy's word, not the client's
        self.assertEqual(self.call("POST", "/api/sessions", b"x" * (2 << 20))[0], 413)
        status, body = self.call("POST", "/api/sessions/import", b"x" * (2 << 20))
        self.assertEqual((status, json.loads(body)["error"]["code"]), (400, "INVALID_REQUEST"), body)
        return session

    def wait_said(self, what):
        for _ in range(200):
            found = [x for x in self.said if what in x]
            if found:
                return found
            time.sleep(0.05)
        self.fail(f"{what!r} is not in {self.said}")

    async def hold(self, url):
        seen = set()
        async with websockets.connect(f"{url}?api_key={self.key}", compression=None, max_size=16 << 20, ssl=self.trust, local_addr=(CLIENT, 0)) as ws:
            for _ in range(2000):
                m = json.loads(await asyncio.wait_for(ws.recv(), 30))
                seen.add(m["type"])
                if m["type"] == "connected":
                    await ws.send(json.dumps({"type": "start_session"}))
                elif m["type"] == "session_ended":
                    break
                elif {"tts_audio", "avatar_frame", "llm_response"} <= seen and "asked" not in seen:
                    await ws.send(json.dumps({"type": "end_session"}))
                    seen.add("asked")
        self.assertIn("session_ended", seen)

    def check_socket(self, session):
        asyncio.run(self.hold(session["websocket_url"]))

    @unittest.skipUnless(program("haproxy"), "missing: haproxy")
    def test_haproxy(self):
        text = (DEPLOY / "haproxy.cfg").read_text()
        for old, new in (("maxconn 20000", "maxconn 500"),  # what this machine lets it open
                         (":443 ssl crt /etc/haproxy/interviews.pem", f"127.0.0.1:{self.port} ssl crt {self.pem}"),
                         ("server one 127.0.0.1:8000", f"server one 127.0.0.1:{self.backend}")):
            self.assertEqual(text.count(old), 1)
            text = text.replace(old, new)
        path = self.home / "haproxy.cfg"
        path.write_text(text)
        self.start([program("haproxy"), "-db", "-f", path], [program("haproxy"), "-c", "-f", path])
        self.check_socket(self.check_rest())

    @unittest.skipUnless(program("nginx"), "missing: nginx")
    def test_nginx(self):
        text = (DEPLOY / "nginx.conf").read_text()
        for old, new in (("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("server 127.0.0.1:8000", f"server 127.0.0.1:{self.backend}"),
                         ("/etc/nginx/interviews.pem", str(self.pem)), ("/etc/nginx/interviews.key", str(self.pem)),
                         ("/var/log/nginx/interviewctl.log", str(self.home / "access.log"))):
            self.assertEqual(text.count(old), 1)
            text = text.replace(old, new)
        path = self.home / "nginx.conf"
        places = "".join(f"{kind}_temp_path {self.home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path.write_text(f"daemon off; pid {self.home}/nginx.pid; error_log {self.home}/error.log;\nevents {{}}\nhttp {{ {places}\n{text}\n}}\n")
        self.home.chmod(0o755)
        self.start([program("nginx"), "-p", self.home, "-c", path, "-e", self.home / "error.log"],
                   [program("nginx"), "-t", "-p", self.home, "-c", path, "-e", self.home / "error.log"])
        self.check_socket(self.check_rest())
        self.assertNotIn(self.key, (self.home / "access.log").read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
