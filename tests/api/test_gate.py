"""What may come in at all: each probe by a raw socket, and after each of them the server still answers others."""
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from serving import BINARY, ServerTest

OK = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
BODY = b'{"user_id":"u"}'
ITS_OWN = [403]  # of libwebsockets, which knows no such method: it reaches no handler
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class GateTest(ServerTest):
    settings = {"INTERVIEWCTL_SERVE_RATE": "10000", "INTERVIEWCTL_SERVE_BODY_TIMEOUT": "1000"}

    def setUp(self):
        super().setUp()
        self.port = urllib.parse.urlsplit(self.url).port

    def link(self, timeout=15):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def exchange(self, data, timeout=15):
        """All that comes until the server ends the connection; b"" where it says nothing."""
        with self.link(timeout) as s:
            s.sendall(data)
            got = b""
            while True:
                try:
                    more = s.recv(65536)
                except ConnectionResetError:
                    return got
                if not more:
                    return got
                got += more

    def statuses(self, data, **kw):
        return [int(n) for n in STATUS.findall(self.exchange(data, **kw))]

    def post(self, *headers, body=BODY, line=b"POST /api/sessions HTTP/1.1"):
        return b"\r\n".join([line, b"Host: a", b"X-API-Key: " + self.key.encode(), b"Content-Type: application/json", *headers, b"", body])


class Framing(GateTest):
    def test_probes(self):
        n = b"Content-Length: %d" % len(BODY)
        long = b"x" * 5000
        probes = {
            "length and chunks": (self.post(n, b"Transfer-Encoding: chunked") + OK, [501]),
            "chunks": (self.post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n") + OK, [501]),
            "two lengths": (self.post(n, b"Content-Length: 3") + OK, [400]),
            "a list of lengths": (self.post(b"Content-Length: 5, 5", body=b"hello") + OK, [400]),
            "a negative length": (self.post(b"Content-Length: -1") + OK, [400]),
            "a length with a sign": (self.post(b"Content-Length: +15") + OK, [400]),
            "a length in hex": (self.post(b"Content-Length: 0xf") + OK, [400]),
            "a length of twenty digits": (self.post(b"Content-Length: 99999999999999999999") + OK, [413]),
            "a blank before the colon": (self.post(b"Content-Length : 15") + OK, [400]),
            "chunks behind a blank": (self.post(n, b"Transfer-Encoding : chunked") + OK, [400]),
            "a body of GET": (b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + OK, [400]),
            "a body of DELETE": (b"DELETE /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + OK, [400]),
            "no Host": (b"GET /health HTTP/1.1\r\n\r\n" + OK, [400]),
            "two Hosts": (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + OK, [400]),
            "a Host that is none": (b"GET /health HTTP/1.1\r\nHost: a/b@c\r\n\r\n" + OK, [400]),
            "another version": (b"GET /health HTTP/3.7\r\nHost: a\r\n\r\n" + OK, [400]),
            "h2c": (b"GET /health HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", []),
            "the preface of h2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ITS_OWN),
            "CONNECT": (b"CONNECT other:443 HTTP/1.1\r\nHost: a\r\n\r\n", []),
            "TRACE": (b"TRACE /health HTTP/1.1\r\nHost: a\r\n\r\n", ITS_OWN),
            "an unknown method": (b"BREW /health HTTP/1.1\r\nHost: a\r\n\r\n", ITS_OWN),
            "a long URL": (b"GET /" + long + b" HTTP/1.1\r\nHost: a\r\n\r\n" + OK, [414]),
            "a long query": (b"GET /health?q=" + long + b" HTTP/1.1\r\nHost: a\r\n\r\n" + OK, [414]),
            "a head without end": (b"GET /health HTTP/1.1\r\nHost: a\r\nX-A: " + b"x" * 40000 + b"\r\n\r\n", []),
            "a path that is no UTF-8": (b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n" + OK, [400]),
            "a NUL": (b"GET /health%00x HTTP/1.1\r\nHost: a\r\n\r\n" + OK, None),
            "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(60), ITS_OWN),
        }
        for name, (data, expected) in probes.items():
            with self.subTest(name):
                got = self.statuses(data)
                if expected is None:
                    self.assertTrue(all(400 <= s < 500 for s in got) and len(got) < 3, f"{name}: {got}")
                else:
                    self.assertEqual(got, expected, name)
        self.assertEqual(self.statuses(OK[:-2] + b"Connection: close\r\n\r\n"), [200])
        self.assertEqual(self.api("GET", "/api/sessions?user_id=u")["total"], 0, "nothing got through")

    def test_what_is_right_passes(self):
        n = b"Content-Length: %d" % len(BODY)
        last = OK[:-2] + b"Connection: close\r\n\r\n"
        self.assertEqual(self.statuses(OK + OK + last), [200, 200, 200], "one after the other, in one piece")
        self.assertEqual(self.statuses(self.post(n) + last), [201, 200], "sent ahead of its turn")
        self.assertEqual(self.statuses(b"GET /health HTTP/1.0\r\n\r\n"), [200])
        self.assertEqual(self.statuses(b"HEAD /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), [200])
        expecting = self.post(n, b"Expect: 100-continue", b"Connection: close", body=b"")
        with self.link() as s:
            s.sendall(expecting)
            time.sleep(0.1)
            s.sendall(BODY)
            got = b""
            while more := s.recv(65536):
                got += more
        self.assertEqual(STATUS.findall(got)[-1], b"201")
        bare = b"POST /api/sessions/sess_000000000000/pause HTTP/1.1\r\nHost: a\r\nX-API-Key: " + self.key.encode() + b"\r\n\r\n"
        self.assertEqual(self.statuses(bare), [404], "curl -X POST sends no length")
        slowly = self.post(n, b"Connection: close")
        with self.link() as s:
            for i in range(0, len(slowly), 7):
                s.sendall(slowly[i:i + 7])
            got = b""
            while more := s.recv(65536):
                got += more
        self.assertEqual(STATUS.findall(got), [b"201"])

    def test_a_large_body_is_refused_and_the_client_reads_why(self):
        with self.link() as s:
            s.sendall(self.post(b"Content-Length: 2000000", body=b"x" * 200000))
            got = s.recv(65536)
        self.assertEqual(STATUS.findall(got), [b"413"])
        self.assertIn(b"PAYLOAD_TOO_LARGE", got)


class Time(GateTest):
    def test_slow_ones_go_and_others_do_not_notice(self):
        """Half a head, silence, a body that drips: each of them ends; meanwhile a healthy client is answered."""
        ends = {}

        def hold(name, first, drip):
            begun = time.monotonic()
            with self.link(40) as s:
                s.sendall(first)
                s.settimeout(0.3)
                while time.monotonic() - begun < 30:
                    try:
                        if not s.recv(65536):
                            break
                    except TimeoutError:
                        pass
                    except OSError:
                        break
                    try:
                        s.sendall(drip)
                    except OSError:
                        break
            ends[name] = time.monotonic() - begun

        slow = [threading.Thread(target=hold, args=a) for a in (
            ("silence", b"", b""), ("half a head", b"GET /health HTTP/1.1\r\nHo", b""), ("a head that drips", b"GET /health HTTP/1.1\r\n", b"X-A: b\r\n"),
            ("a body that drips", self.post(b"Content-Length: 1000000", body=b""), b"x"), ("half a body", self.post(b"Content-Length: 1000", body=b"x"), b""))]
        for t in slow:
            t.start()
        worst = 0
        while any(t.is_alive() for t in slow):
            begun = time.monotonic()
            self.assertEqual(self.statuses(OK[:-2] + b"Connection: close\r\n\r\n"), [200])
            worst = max(worst, time.monotonic() - begun)
            time.sleep(0.2)
        for name in ("silence", "half a head", "a head that drips"):
            self.assertLess(ends[name], 15, f"{name}: {ends}")
        for name in ("a body that drips", "half a body"):
            self.assertLess(ends[name], 8, f"{name}: {ends}")
        self.assertLess(worst, 5)

    def test_waiting_ahead_costs_nothing(self):
        """Requests sent ahead while a worker has the first, and a client that never reads: no circles."""
        with self.link() as s:
            s.sendall(OK * 200)
            clock = self.ticks()
            time.sleep(1.5)
            used = self.ticks() - clock
        self.assertLess(used, os.sysconf("SC_CLK_TCK") * 0.75, "the processor turned over what waits")

    def ticks(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


def certificate(folder, name):
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


class Tls(GateTest):
    def start_server(self, port=0):
        cert, key = certificate(self.home, "first")
        self.env.update(INTERVIEWCTL_SERVE_TLS_CERT=str(cert), INTERVIEWCTL_SERVE_TLS_KEY=str(key))
        self.process = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}"], env=self.env, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if at := re.search(r"https://127\.0\.0\.1:\d+", line):
                self.url = at.group()
                break
        else:
            self.fail("".join(self.said))
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def wrap(self, **limits):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2", "http/1.1"])
        for name, value in limits.items():
            setattr(context, name, value)
        return context.wrap_socket(self.link(), server_hostname="localhost")

    def test_tls(self):
        with self.wrap() as s:
            self.assertEqual(s.selected_alpn_protocol(), "http/1.1")
            self.assertIn(s.version(), ("TLSv1.2", "TLSv1.3"))
            s.sendall(OK)
            got = s.recv(65536)
            self.assertIn(b" 200 ", got)
            self.assertIn(b"strict-transport-security", got.lower())
        with self.assertRaises((ssl.SSLError, OSError, ValueError)):
            with self.wrap(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1) as s:
                s.sendall(OK)

    def test_a_new_certificate_is_read_on_sighup(self):
        with self.wrap() as held:
            first = held.getpeercert(True)
            cert, key = certificate(self.home, "second")
            cert.replace(self.home / "first.pem")
            key.replace(self.home / "first.key")
            self.process.send_signal(1)
            end = time.monotonic() + 20
            while time.monotonic() < end:
                with self.wrap() as s:
                    if s.getpeercert(True) != first:
                        break
                time.sleep(0.1)
            else:
                self.fail("still the old certificate")
            held.sendall(OK)
            self.assertIn(b" 200 ", held.recv(65536), "what was open stays")


class Life(GateTest):
    def test_systemd_is_told(self):
        at = str(self.home / "notify")
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(told.close)
        told.bind(at)
        told.settimeout(20)
        self.stop_server()
        self.env.update(NOTIFY_SOCKET=at, WATCHDOG_USEC="600000")
        self.start_server()
        said = [told.recv(4096).decode() for _ in range(4)]
        self.assertTrue(said[0].startswith("READY=1"))
        self.assertEqual(said[1:], ["WATCHDOG=1"] * 3)
        self.stop_server()
        said = ""
        while said != "STOPPING=1":
            said = told.recv(4096).decode()

    def test_idle_exit_check_and_wrong_settings(self):
        self.stop_server()
        begun = time.monotonic()
        done = subprocess.run([BINARY, "serve", "--listen", "127.0.0.1:0", "--idle-exit", "1s"], env=self.env, capture_output=True, timeout=60, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(time.monotonic() - begun, 1)
        self.assertEqual(subprocess.run([BINARY, "serve", "--check", "--listen", "127.0.0.1:0"], env=self.env, capture_output=True, timeout=60).returncode, 0)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for args, status in ((["--listen", f"127.0.0.1:{taken.getsockname()[1]}"], 69), (["--listen", "127.0.0.1:0", "--tls-cert", "/nowhere"], 78),
                                 (["--listen", "nonsense"], 78), (["--idle-exit", "soon"], 64)):
                done = subprocess.run([BINARY, "serve", *args], env=self.env, capture_output=True, timeout=60, text=True)
                self.assertEqual(done.returncode, status, f"{args}: {done.stderr}")

    def test_a_reply_under_way_is_finished(self):
        """SIGTERM while a request is with a worker."""
        with self.link() as s:
            s.sendall(self.post(b"Content-Length: %d" % len(BODY)))
            time.sleep(0.05)
            self.process.terminate()
            self.assertIn(b" 201 ", s.recv(65536))


if __name__ == "__main__":
    unittest.main(verbosity=1)
