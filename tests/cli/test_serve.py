#!/usr/bin/env python3
"""`serve` as a command: what it checks, what it says, how it ends. What it answers is tests/api."""
import json
import os
import signal
import socket
import subprocess
import urllib.request

from program import BINARY, ProgramTest, main


class ServeTest(ProgramTest):
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


if __name__ == "__main__":
    main()
