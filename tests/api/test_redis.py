#!/usr/bin/env python3
"""Two servers on one Redis: any node answers for any session, limits hold across them, what a dead node was told of goes on at the
other, and what happens while Redis is away."""
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import live  # first: it may start Debian's Python
from serving import BINARY
from test_ws import LiveTest

ANSWER = "Answer {}: I led the migration of our billing service, measured the slow queries, and the response time fell by half."


def built_in():
    done = subprocess.run([BINARY, "version", "--json"], capture_output=True, timeout=60)
    return shutil.which("redis-server") and json.loads(done.stdout)["features"]["redis"]


class Nodes(LiveTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="interviewctl-redis-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.start_redis()
        self.addCleanup(self.stop_redis)
        self.settings = {**type(self).settings, "INTERVIEWCTL_STORE_BACKEND": "redis", "REDIS_URL": f"unix:{self.dir}/redis.sock",
                         "INTERVIEWCTL_SERVE_RATE": "100000", "INTERVIEWCTL_SESSION_MAX_OPEN": "5"}
        super().setUp()
        self.first = self.process, self.reader, self.said, self.url
        self.start_server()
        self.second = self.process, self.reader, self.said, self.url
        self.addCleanup(self.stop_all)

    def start_redis(self):
        self.redis = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", f"{self.dir}/redis.sock", "--dir", self.dir, "--save", "",
                                       "--appendonly", "yes", "--appendfsync", "always"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + live.PATIENCE
        while subprocess.run(["redis-cli", "-s", f"{self.dir}/redis.sock", "ping"], capture_output=True).stdout != b"PONG\n":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def stop_redis(self):
        self.redis.kill()
        self.redis.wait()

    def use(self, node):
        self.process, self.reader, self.said, self.url = node

    def stop_all(self):
        for node in (self.first, self.second):
            self.use(node)
            if node[0].poll() is None:
                self.stop_server()
        self.process = None

    def code_of(self, method, path, body=None):
        """(status, code) of a refusal."""
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"X-API-Key": self.key, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, None
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["error"]["code"]

    def test_any_node_answers(self):
        self.use(self.first)
        made = self.api("POST", "/api/sessions", {"user_id": "u", "language": "en"})
        path = f"/api/sessions/{made['session_id']}"
        here = json.dumps(self.api("GET", path)).replace(self.url.split("//")[1], "node")
        self.use(self.second)
        self.assertEqual(here, json.dumps(self.api("GET", path)).replace(self.url.split("//")[1], "node"))
        self.assertEqual(self.api("GET", "/api/sessions?user_id=u")["total"], 1)
        for n in range(4):
            self.use((self.first, self.second)[n % 2])
            self.api("POST", "/api/sessions", {"user_id": "u", "language": "en"})
        for node in (self.first, self.second):
            self.use(node)
            self.assertEqual(self.code_of("POST", "/api/sessions", {"user_id": "u", "language": "en"})[1], "SESSION_LIMIT_REACHED")
        self.api("DELETE", path)
        self.use(self.first)
        self.assertEqual(self.api("GET", path)["status"], "terminated")
        self.assertTrue(self.api("GET", "/health")["services_detail"]["redis"]["configured"])

    async def answer_at(self, session, numbers):
        """What the client was told is kept."""
        told = []
        c = await self.begin(session, audio=False, avatar=False)
        await c.expect("session_started")
        for n in numbers:
            await c.expect("turn", state="listening")
            await c.say("user_text", text=ANSWER.format(n))
            told.append((await c.expect("llm_response", done=True))["text"])
        return c, told

    def test_the_other_node_goes_on(self):
        self.use(self.first)
        session = self.create(user_id="u")

        async def until_killed():
            c, told = await self.answer_at(session, range(2))
            os.kill(self.first[0].pid, signal.SIGKILL)
            await c.task
            return told
        asyncio.run(until_killed())
        self.first[0].wait(30)
        self.first[0].stdout.close()
        self.use(self.second)

        async def go_on():
            c, _ = await self.answer_at(session, range(2, 3))
            await c.close()
        asyncio.run(go_on())
        kept = json.dumps(self.api("GET", f"/api/sessions/{session}/transcript"))
        for n in range(3):
            self.assertIn(ANSWER.format(n), kept)

    def test_redis_goes_and_comes_back(self):
        self.use(self.first)
        session = self.create(user_id="u")
        self.stop_redis()
        self.assertEqual(self.code_of("GET", f"/api/sessions/{session}"), (503, "REDIS_CONNECTION_ERROR"))
        self.assertEqual(self.code_of("POST", "/api/sessions", {"user_id": "v"}), (503, "REDIS_CONNECTION_ERROR"))
        health, end = {}, time.monotonic() + live.PATIENCE
        while health.get("status") != "degraded":
            self.assertLess(time.monotonic(), end, health)
            health = self.api("GET", "/health")
        self.assertEqual(health["services"]["redis"], "down")
        os.unlink(f"{self.dir}/redis.sock")
        self.start_redis()
        end = time.monotonic() + live.PATIENCE
        while self.code_of("GET", f"/api/sessions/{session}")[0] != 200:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        while self.api("GET", "/health")["services"]["redis"] != "operational":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_commands_use_it(self):
        self.use(self.first)
        session = self.create(user_id="u")
        done = subprocess.run([BINARY, "session", "show", session, "--json"], env=self.env, capture_output=True, timeout=60)
        self.assertEqual(json.loads(done.stdout)["session_id"], session, done.stderr)
        copy = f"{self.dir}/copy.db"
        done = subprocess.run([BINARY, "backup", copy], env=self.env, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        plain = {k: v for k, v in self.env.items() if k not in ("INTERVIEWCTL_STORE_BACKEND", "REDIS_URL")}
        done = subprocess.run([BINARY, "--store", copy, "session", "show", session, "--json"], env=plain, capture_output=True, timeout=60)
        self.assertEqual(json.loads(done.stdout)["session_id"], session, done.stderr)
        done = subprocess.run([BINARY, "serve", "--redis", "redis://me:hidden@localhost"], env=plain, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 64)
        self.assertNotIn("hidden", done.stderr)


del LiveTest  # its own tests are run elsewhere

if __name__ == "__main__":
    if not built_in():
        sys.exit(77)
    unittest.main(verbosity=2)
