#!/usr/bin/env python3
"""`serve` as a command: what it checks, what it says, how it ends. What it answers is tests/api."""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request

from program import BINARY, ProgramTest, main


class Serving(ProgramTest):
    def start(self, *args, **env):
        process = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", *args], env={**self.env, **env}, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, process.stdout.readline().strip()

    def health(self, url):
        with urllib.request.urlopen(url + "/health", timeout=60) as reply:
            return json.load(reply)


class ServeTest(Serving):
    def test_it_says_where_it_is_and_ends_when_told(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process, url = self.start()
            self.assertIn(self.health(url)["status"], ("healthy", "degraded"))
            os.kill(process.pid, signal.SIGHUP)  # reads certificates again, where there are any
            self.assertIn(self.health(url)["status"], ("healthy", "degraded"))
            process.send_signal(number)
            self.assertEqual(process.wait(60), 0)

    def test_it_ends_by_itself_when_nobody_comes(self):
        process, url = self.start("--idle-exit", "1s")
        self.health(url)
        self.assertEqual(process.wait(60), 0)

    def test_check(self):
        self.assertEqual(self.ok("serve", "--check", "--listen", "127.0.0.1:0"), "")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            at = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assertIn(at, self.fails(69, "UNAVAILABLE", "serve", "--check", "--listen", at))
        for args, status, code in ((("--listen", "nowhere"), 78, "INVALID_CONFIG"), (("--listen", "127.0.0.1:99999"), 78, "INVALID_CONFIG"),
                                   (("--listen", "no.such.host.invalid:1"), 78, "INVALID_CONFIG"), (("--tls-cert", "cert.pem"), 78, "INVALID_CONFIG"),
                                   (("--tls-cert", "no.pem", "--tls-key", "no.pem"), 78, "INVALID_CONFIG"), (("--idle-exit", "soon"), 64, "INVALID_REQUEST"),
                                   (("--workers", "0"), 64, "INVALID_REQUEST")):
            with self.subTest(args):
                self.fails(status, code, "serve", "--check", *args)

    def test_one_server_owns_the_store(self):
        self.start()
        self.fails(75, "BUSY", "serve", "--check", "--listen", "127.0.0.1:0")


class OwnerTest(Serving):
    """Commands of the user whose server has the store find it by its socket, without a key."""

    def setUp(self):
        super().setUp()
        self.process, self.url = self.start()
        self.socket = self.home / ".local/share/interviewctl/store.db.sock"

    def test_commands_ask_the_server(self):
        session = self.create()
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])
        self.assertEqual(self.json("session", "end", session, "--dry-run")["status"], "terminated")
        self.ok("ask", session)
        self.assertTrue(self.json("answer", session, "I measured the slow queries first.")["next_question"])
        shown = self.json("session", "show", session)
        self.assertEqual((shown["status"], shown["websocket_url"]), ("active", f"{self.url.replace('http', 'ws', 1)}/ws/{session}"))
        self.assertEqual(self.json("stats")["total_sessions"], 1)
        self.assertIn("report_version", self.json("report", session))
        self.assertEqual(self.ok("--offline", "session", "list", "--format", "id").split(), [session])
        self.fails(66, "SESSION_NOT_FOUND", "session", "show", "sess_000000000000")
        self.process.terminate()
        self.assertEqual(self.process.wait(60), 0)
        self.assertFalse(self.socket.exists())
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])

    def test_any_server_may_be_named_by_its_socket(self):
        session = self.create()
        self.assertEqual(self.ok("--server", f"unix:{self.socket}", "session", "list", "--format", "id").split(), [session])
        self.fails(69, "UNAVAILABLE", "--server", f"unix:{self.home}/nothing", "session", "list")

    def test_a_server_that_was_killed_is_in_nobody_s_way(self):
        session = self.create()
        self.process.kill()
        self.process.wait(60)
        self.assertTrue(self.socket.exists())
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])
        self.start()
        self.assertEqual(self.ok("session", "list", "--format", "id").split(), [session])

    def ask(self, headers="", user=None):
        """The status of a request at the socket, by another user where one is named."""
        text = f"GET /api/sessions?user_id=* HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n"
        code = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode()); print(s.recv(65536).decode())"
        done = subprocess.run([sys.executable if user is None else "/usr/bin/python3", "-c", code, str(self.socket), text], capture_output=True, text=True,
                              user=user, timeout=60, cwd="/")
        return done.stdout.split()[1] if done.returncode == 0 else done.stderr.splitlines()[-1].split(":")[0]

    def test_nobody_else_comes_in(self):
        self.assertEqual(self.socket.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.ask(), "200")
        self.assertEqual(self.ask("X-API-Key: ivc_wrong\r\n"), "401")  # who shows a key is taken at his word
        self.assertEqual(self.ask("Origin: http://evil.example\r\n"), "401")
        if os.geteuid():
            return
        self.assertEqual(self.ask(user=65534), "PermissionError")
        for at in (self.socket, *self.socket.parents):
            if at == self.home.parent:
                break
            at.chmod(0o777)
        self.assertEqual(self.ask(user=65534), "401")

    def test_a_socket_for_clients_is_not_the_owner_s(self):
        self.process.terminate()
        self.process.wait(60)
        own, self.socket = self.socket, self.home / "clients.sock"
        self.start("--listen", f"unix:{self.socket}")
        self.assertEqual(self.ask(), "401")
        self.socket = own
        self.assertEqual(self.ask(), "200")

    def test_what_needs_the_store_itself_says_who_has_it(self):
        self.assertIn(str(self.process.pid), self.fails(75, "BUSY", "backup", self.home / "b.db"))


class WatchTest(Serving):
    def follow(self, *args):
        process = subprocess.Popen([BINARY, "session", "watch", "--follow", "--format", "ndjson", *args], env=self.env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.home, bufsize=0)
        for end in (process.stdout.close, process.stderr.close, process.wait, process.kill):
            self.addCleanup(end)
        return process

    def line(self, stream):
        """The next one; what does not come is a failure, not a wait without end."""
        ready, _, _ = select.select([stream], [], [], 20)
        self.assertTrue(ready, "nothing came")
        return stream.readline()

    def test_what_happens_is_shown_while_it_happens(self):
        before = self.create()
        self.ok("ask", before)
        everything = self.follow("--all")
        self.assertIn(b"waiting for serve", self.line(everything.stderr))
        self.start()
        self.assertIn(b"watching", self.line(everything.stderr))
        session = self.create()
        one = self.follow(session)
        self.ok("ask", session)
        begun = json.loads(self.line(one.stdout))
        self.assertLessEqual({"type": "session_started", "session": session}.items(), begun.items())
        self.ok("answer", session, "I measured the slow queries first.")
        self.ok("session", "end", session)
        self.assertEqual(one.wait(60), 0)  # the session is over: so is the watching
        seen = [begun] + [json.loads(line) for line in one.stdout]
        self.assertGreaterEqual([m["type"] for m in seen].count("llm_response"), 2)
        numbers = [m["seq"] for m in seen]
        self.assertEqual(numbers, sorted(set(numbers)))
        also = [json.loads(self.line(everything.stdout)) for _ in seen]
        self.assertEqual(also, seen)  # nothing of the session that was there before
        self.ok("answer", before, "It was my own idea.")
        self.assertEqual(json.loads(self.line(everything.stdout))["session"], before)
        everything.send_signal(signal.SIGINT)
        self.assertEqual(everything.wait(60), 130)


if __name__ == "__main__":
    main()
