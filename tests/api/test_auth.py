"""Who may do what: logins and keys over HTTP, every route with every kind of caller, limits, and secrets that show up nowhere."""
import datetime
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import unittest

from serving import BINARY, ServerTest

SOURCE = pathlib.Path(os.environ.get("IV_TEST_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
ROUTES = re.findall(r'^R\((\w+), "([^"]+)", (\w+), (\w+),', (SOURCE / "server/route/routes.def").read_text(), re.M)
PASSWORD = "correct horse battery staple"


class AuthTest(ServerTest):
    settings = {"INTERVIEWCTL_SERVE_RATE": "100000"}

    def start_server(self, port=0):
        made = subprocess.run([BINARY, "keys", "admin", "--username", "root"], env=self.env, input=PASSWORD, text=True, capture_output=True, timeout=60)
        self.assertEqual(made.returncode, 0, made.stderr)
        super().start_server(port)
        self.connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        self.addCleanup(self.connection.close)

    def call(self, method, path, body=None, headers=None):
        """Status, headers, JSON or None."""
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})} if data else headers or {})
        reply = self.connection.getresponse()
        text = reply.read()
        is_json = reply.getheader("Content-Type", "").startswith("application/json")
        return reply.status, reply.headers, json.loads(text) if text and is_json else None

    def login(self):
        status, _, told = self.call("POST", "/admin/login", {"username": "root", "password": PASSWORD})
        self.assertEqual(status, 200, told)
        return {"Authorization": "Bearer " + told["token"]}

    def make(self, admin, **spec):
        status, _, key = self.call("POST", "/admin/api-keys", {"name": "k", **spec}, admin)
        self.assertEqual(status, 201, key)
        return key

    def session(self, user="me"):
        status, _, made = self.call("POST", "/api/sessions", {"user_id": user, "language": "en"}, {"X-API-Key": self.key})
        self.assertEqual(status, 201, made)
        return made["session_id"]


class Admin(AuthTest):
    def test_login(self):
        status, _, told = self.call("POST", "/admin/login", {"username": "root", "password": PASSWORD})
        self.assertEqual((status, sorted(told)), (200, ["expires_at", "token"]))
        self.assertRegex(told["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        wrong = self.call("POST", "/admin/login", {"username": "root", "password": "wrong"})
        unknown = self.call("POST", "/admin/login", {"username": "nobody", "password": "wrong"})
        self.assertEqual((wrong[0], unknown[0]), (401, 401))
        self.assertEqual(wrong[2]["detail"], unknown[2]["detail"])
        self.assertEqual(self.call("POST", "/admin/login", {"username": "root"})[0], 400)
        status, _, told = self.call("POST", "/admin/login", {"username": "root", "password": 123456789})
        self.assertEqual(status, 400)
        self.assertNotIn("123456789", json.dumps(told))

    def test_failures_are_refused_in_the_end(self):
        codes = [self.call("POST", "/admin/login", {"username": "root", "password": "wrong"})[0] for _ in range(11)]
        self.assertEqual(codes, [401] * 10 + [429])
        status, headers, told = self.call("POST", "/admin/login", {"username": "root", "password": PASSWORD})
        self.assertEqual((status, told["error"]["code"]), (429, "RATE_LIMIT_EXCEEDED"))
        self.assertEqual(int(headers["Retry-After"]), told["error"]["retry_after"])
        self.assertGreater(told["error"]["retry_after"], 800)

    def test_a_key_from_birth_to_end(self):
        admin = self.login()
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        key = self.make(admin, name="웹", user_id="me", scopes=["read"], expires_at=soon)
        self.assertEqual((key["name"], key["user_id"], key["scopes"], key["expires_at"], key["revoked"]), ("웹", "me", ["read"], soon, False))
        listing = self.call("GET", "/admin/api-keys", headers=admin)
        self.assertEqual(listing[0], 200)
        row = next(r for r in listing[2] if r["id"] == key["id"])
        self.assertEqual({k: v for k, v in key.items() if k != "api_key"}, row)
        self.assertEqual(self.call("GET", "/api/config", headers={"X-API-Key": key["api_key"]})[0], 200)
        row = next(r for r in self.call("GET", "/admin/api-keys", headers=admin)[2] if r["id"] == key["id"])
        self.assertIsNotNone(row["last_used_at"])
        status, _, fresh = self.call("POST", f"/admin/api-keys/{key['id']}/rotate", headers=admin)
        self.assertEqual((status, fresh["id"]), (200, key["id"]))
        for secret in (key["api_key"], fresh["api_key"]):  # the old one within its grace
            self.assertEqual(self.call("GET", "/api/config", headers={"X-API-Key": secret})[0], 200)
        status, _, told = self.call("DELETE", f"/admin/api-keys/{key['id']}", headers=admin)
        self.assertEqual((status, told), (204, None))
        for secret in (key["api_key"], fresh["api_key"]):
            status, _, told = self.call("GET", "/api/config", headers={"X-API-Key": secret})
            self.assertEqual((status, told["detail"]), (401, "Invalid API key"))
        self.assertEqual(self.call("POST", f"/admin/api-keys/{key['id']}/rotate", headers=admin)[0], 409)

    def test_what_cannot_be_made(self):
        admin = self.login()
        for spec in ({}, {"name": ""}, {"name": "x" * 101}, {"name": "k", "scopes": ["all"]}, {"name": "k", "scopes": "read"},
                     {"name": "k", "scopes": [1]}, {"name": "k", "expires_at": "tomorrow"}, {"name": "k", "expires_at": "2001-01-01T00:00:00Z"},
                     {"name": "k", "user_id": "x" * 129}, {"name": "k", "user_id": "me", "scopes": ["admin"]}):
            with self.subTest(spec):
                status, _, told = self.call("POST", "/admin/api-keys", spec, admin)
                self.assertEqual((status, told["error"]["code"]), (400, "INVALID_REQUEST"))
        for method, path in (("POST", "/admin/api-keys/key_none/rotate"), ("DELETE", "/admin/api-keys/key_none")):
            self.assertEqual(self.call(method, path, headers=admin)[0], 404)

    def test_secrets_are_not_given_twice(self):
        """Idempotency-Key repeats replies, but never one with a secret in it."""
        admin = self.login() | {"Idempotency-Key": "once"}
        first, second = self.make(admin), self.make(admin)
        self.assertNotEqual(first["api_key"], second["api_key"])


class Sockets(AuthTest):
    """What is open when its key ends. Client frames are written by hand: nothing but the handshake and reading is needed."""

    def open(self, session, key):
        host, port = self.url.removeprefix("http://").split(":")
        s = socket.create_connection((host, int(port)), timeout=30)
        self.addCleanup(s.close)
        s.sendall((f"GET /ws/{session}?api_key={key} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        file = s.makefile("rb")
        status = int(file.readline().split()[1])
        while file.readline() not in (b"\r\n", b""):
            pass
        return status, file

    @staticmethod
    def frames(file):
        """(opcode, payload) until the end."""
        while head := file.read(2):
            n = head[1] & 127
            if n > 125:
                n = int.from_bytes(file.read(2 if n == 126 else 8), "big")
            yield head[0] & 15, file.read(n)

    def test_revoking_closes_what_is_open(self):
        admin = self.login()
        key, other = self.make(admin), self.make(admin)
        status, mine = self.open(self.session(), key["api_key"])
        self.assertEqual(status, 101)
        status, theirs = self.open(self.session(), other["api_key"])
        self.assertEqual(status, 101)
        for file in (mine, theirs):
            self.assertEqual(json.loads(next(self.frames(file))[1])["type"], "connected")
        self.assertEqual(self.call("DELETE", f"/admin/api-keys/{key['id']}", headers=admin)[0], 204)
        began = time.monotonic()
        last = next(f for f in self.frames(mine) if f[0] == 8)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(list(self.frames(mine)), [])  # it sends nothing itself: its answer is not waited for without end
        self.assertEqual((last[0], int.from_bytes(last[1][:2], "big")), (8, 1008))
        self.assertEqual(self.open(self.session(), key["api_key"])[0], 401)
        self.assertEqual(self.call("DELETE", f"/admin/api-keys/{other['id']}", headers=admin)[0], 204)
        self.assertEqual(list(self.frames(theirs))[-1][0], 8)


class Matrix(AuthTest):
    """Each route with each kind of caller."""

    def callers(self, admin):
        good = {"X-API-Key": self.key}
        revoked = self.make(admin)
        self.call("DELETE", f"/admin/api-keys/{revoked['id']}", headers=admin)
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
        expired = self.make(admin, expires_at=expires.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
        reader, other = self.make(admin, scopes=["read"]), self.make(admin, user_id="other")
        administrator = self.make(admin, scopes=["admin"])
        while datetime.datetime.now(datetime.timezone.utc) <= expires:
            time.sleep(0.1)
        keyed = {n: {"X-API-Key": k["api_key"]} for n, k in
                 (("revoked", revoked), ("expired", expired), ("read-only", reader), ("other user", other), ("admin key", administrator))}
        return {"none": {}, "bad": {"X-API-Key": "ivc_w_" + "x" * 49}, "service": good, "login": admin, **keyed}

    @staticmethod
    def expected(auth, method, path, caller):
        """Statuses that this cell must, or must not, have."""
        if auth == "NONE":
            return None
        if caller in ("none", "bad", "expired", "revoked"):
            return 401
        if auth == "ADMIN":
            return None if caller in ("login", "admin key") else 403
        if caller == "login":
            return 401  # a login is for /admin
        if method != "GET" and caller in ("read-only", "admin key"):
            return 403
        if caller == "other user" and ("session" in path or "stats" in path or "{file}" in path):
            return 403
        return None

    def test_every_route_with_every_caller(self):
        admin = self.login()
        callers = self.callers(admin)
        session, victim = self.session(), self.make(admin)
        export = self.call("GET", f"/api/sessions/{session}/export", headers={"X-API-Key": self.key})[2]
        bodies = {"session_new": {"user_id": "me"}, "message_new": {"text": "I would measure it."}, "session_export": export,
                  "admin_login": {"username": "root", "password": PASSWORD}, "key_new": {"name": "k"}, "none": None}
        cells = 0
        for method, path, auth, body in ROUTES:
            real = path.replace("{session_id}", session).replace("{key_id}", victim["id"]).replace("{name}", "nothing")
            real = real.replace("{file}", session + (".mp4" if "videos" in path else ".txt"))
            if path in ("/api/sessions", "/api/stats") and method == "GET":
                real += "?user_id=me"
            for caller, headers in callers.items():
                with self.subTest(route=f"{method} {path}", caller=caller):
                    status = self.call(method, real, bodies[body], headers)[0]
                    expected = self.expected(auth, method, path, caller)
                    if expected:
                        self.assertEqual(status, expected)
                    else:
                        self.assertNotIn(status, (401, 403, 500))
                    cells += 1
        self.assertEqual(cells, len(ROUTES) * len(callers))
        self.assertGreater(len(ROUTES), 20)


class Limits(AuthTest):
    settings = {}  # sixty a minute

    def test_sixty_for_a_key_and_figures_in_headers(self):
        good = {"X-API-Key": self.key}
        codes, figures = [], []
        for _ in range(70):
            status, headers, told = self.call("GET", "/api/config", headers=good)
            codes.append(status)
            figures.append(headers["RateLimit"])
        self.assertEqual(codes, [200] * 60 + [429] * 10)
        self.assertRegex(figures[0], r'^"default";r=59;t=60$')
        self.assertRegex(figures[59], r'^"default";r=0;t=\d+$')
        self.assertEqual(headers["RateLimit-Policy"], '"default";q=60;w=60')
        self.assertEqual(told["error"]["code"], "RATE_LIMIT_EXCEEDED")
        self.assertEqual(int(headers["Retry-After"]), told["error"]["retry_after"])
        self.assertIn(told["error"]["retry_after"], range(1, 61))
        self.assertEqual(self.call("GET", "/health")[0], 200)

    def test_ten_thousand_bad_keys_from_one_address(self):
        codes = [self.call("GET", "/api/config", headers={"X-API-Key": f"ivc_w_{i:049d}"})[0] for i in range(10_000)]
        self.assertEqual((codes[:60], set(codes[60:])), ([401] * 60, {429}))
        self.assertEqual(self.call("GET", "/api/config", headers={"X-API-Key": self.key})[0], 200)


class Planted(AuthTest):
    settings = {**AuthTest.settings, "INTERVIEWCTL_LOG_LEVEL": "debug"}

    def test_secrets_show_up_nowhere(self):
        admin = self.login()
        planted = [PASSWORD, self.key, admin["Authorization"].removeprefix("Bearer ")]
        session = self.session()
        for i in range(44):
            key = self.make(admin, name=f"k{i}")
            planted.append(key["api_key"])
            self.call("GET", f"/api/sessions/{session}?api_key={key['api_key']}", headers={"X-API-Key": key["api_key"]})
        good = {"X-API-Key": self.key}
        planted.append(self.call("POST", f"/admin/api-keys/{key['id']}/rotate", headers=admin)[2]["api_key"])
        planted.append(self.call("POST", f"/api/sessions/{session}/ticket", headers=good)[2]["ticket"])
        pepper = self.home / ".local/share/interviewctl/store.db.pepper"
        planted.append(pepper.read_text().strip())
        self.assertEqual(len(set(planted)), 50)
        shown = ""
        for path in ("/metrics", "/health", "/api/config", "/openapi.json", "/admin/api-keys", f"/api/sessions/{session}/export", "/api/nowhere"):
            self.connection.request("GET", path, headers={**good, **admin})
            shown += self.connection.getresponse().read().decode()
        for name in ("cmdline", "environ"):
            shown += pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text(errors="replace")
        self.stop_server()
        shown += "".join(self.said)
        files = b"".join(p.read_bytes() for p in self.home.rglob("*") if p.is_file() and p != pepper)
        self.assertIn(session, shown)
        self.assertEqual([s for s in planted if s in shown or s.encode() in files], [])


if __name__ == "__main__":
    unittest.main()
