"""Every REST example of API v1, field for field, every error that REST can give, and every row of the table of routes."""
import concurrent.futures
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import time
import unittest
import urllib.parse

from serving import BINARY, ServerTest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
SESSION = {"session_id", "user_id", "interview_type", "language", "difficulty", "status", "created_at", "expires_at",
           "daily_room_url", "websocket_url"}
WHOLE = SESSION | {"started_at", "duration_seconds", "message_count", "metadata"}
SUMMARY = {"duration_seconds", "total_messages", "ai_questions", "user_responses", "average_response_time_ms",
           "average_ai_latency_ms", "transcript_url", "video_url"}
SCORES = ("overall_score", "communication", "technical_knowledge", "problem_solving")


class RestTest(ServerTest):
    settings = {"INTERVIEWCTL_SERVE_RATE": "10000", "INTERVIEWCTL_SESSION_MAX_OPEN": "100"}

    def call(self, method, path, body=None, key="", headers=None, raw=None, status=None):
        """(status, headers, JSON or bytes). key: "" is the test's own, None sends none."""
        at = urllib.parse.urlsplit(self.url)
        link = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
        head = {**(headers or {})}
        if key is not None:
            head["X-API-Key"] = key or self.key
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if data is not None:
            head.setdefault("Content-Type", "application/json")
        link.request(method, path, data, head)
        reply = link.getresponse()
        read = reply.read()
        link.close()
        if (reply.getheader("Content-Type") or "").startswith("application/json") and read:
            read = json.loads(read)
        if status is not None:
            self.assertEqual(reply.status, status, f"{method} {path}: {read}")
        if reply.status >= 400 and method != "HEAD":
            self.check_error(reply, read)
        return reply.status, reply, read

    def check_error(self, reply, body):
        """Both shapes, whatever went wrong."""
        self.assertEqual(set(body), {"detail", "status_code", "error"})
        self.assertEqual(body["status_code"], reply.status)
        self.assertEqual(body["detail"], body["error"]["message"])
        self.assertLessEqual({"code", "message", "details", "timestamp", "request_id"}, set(body["error"]))
        self.assertRegex(body["error"]["timestamp"], TIME)
        self.assertEqual(body["error"]["request_id"], reply.getheader("X-Request-ID"))
        if reply.status == 429:
            self.assertIsInstance(body["error"]["retry_after"], int)
            self.assertEqual(reply.getheader("Retry-After"), str(body["error"]["retry_after"]))

    def refused(self, status, code, method, path, *args, **kw):
        got, reply, body = self.call(method, path, *args, **kw)
        self.assertEqual((got, body["error"]["code"]), (status, code), f"{method} {path}: {body}")
        return reply, body

    def make(self, **more):
        return self.call("POST", "/api/sessions", {"user_id": "user123", "language": "en", "seed": 7, **more}, status=201)[2]

    others = {}  # further keys by name: made before the server has the store

    def start_server(self, port=0):
        self.made = {name: json.loads(subprocess.run([BINARY, "keys", "create", "--name", name, *args, "--json"], env=self.env,
                                                     capture_output=True, timeout=60, check=True).stdout)["api_key"]
                     for name, args in self.others.items()}
        super().start_server(port)


class Examples(RestTest):
    def test_health(self):
        body = self.call("GET", "/health", key=None, status=200)[2]
        self.assertIn(body["status"], ("healthy", "degraded"))
        self.assertRegex(body["timestamp"], TIME)
        if not body["gpu_available"]:
            self.assertEqual((body["gpu_memory_used_mb"], body["gpu_memory_total_mb"]), (0, 0))
        self.assertLessEqual(body["gpu_memory_used_mb"], body["gpu_memory_total_mb"])
        self.assertEqual(set(body["services"]), {"stt", "llm", "tts", "avatar", "redis"})
        self.assertLessEqual(set(body["services"].values()), {"operational", "degraded", "down"})
        self.assertIs(body["services_detail"]["redis"]["configured"], False)

    def test_life(self):
        made = self.call("POST", "/api/sessions", {"user_id": "user123", "interview_type": "technical", "language": "ko",
                                                   "difficulty": "medium", "duration_minutes": 30, "unknown": 1}, status=201)[2]
        self.assertLessEqual(SESSION, set(made))
        at = made["session_id"]
        self.assertRegex(at, r"^sess_[0-9a-z]{12}$")
        self.assertEqual([made[k] for k in ("user_id", "interview_type", "language", "difficulty", "status")],
                         ["user123", "technical", "ko", "medium", "created"])
        host = urllib.parse.urlsplit(self.url).netloc
        self.assertEqual(made["websocket_url"], f"ws://{host}/ws/{at}")
        self.assertTrue(made["daily_room_url"].startswith(f"{self.url}/rooms/{at}"))
        self.assertRegex(made["created_at"], TIME)
        self.assertEqual(seconds(made["expires_at"]) - seconds(made["created_at"]), 1800)

        got = self.call("GET", f"/api/sessions/{at}", status=200)[2]
        self.assertLessEqual(WHOLE, set(got))
        self.assertEqual({k: got[k] for k in made if k not in ("daily_room_url",)}, {k: made[k] for k in made if k not in ("daily_room_url",)})
        self.assertIsNone(got["started_at"])
        self.assertEqual(got["metadata"], {"questions_asked": 0, "responses_received": 0, "average_response_time_ms": None})

        self.refused(409, "INVALID_STATE", "POST", f"/api/sessions/{at}/pause")
        started = self.call("POST", f"/api/sessions/{at}/start", status=200)[2]
        self.assertTrue(started["question"])
        self.refused(409, "SESSION_ALREADY_ACTIVE", "POST", f"/api/sessions/{at}/start")
        self.refused(409, "SESSION_ALREADY_ACTIVE", "POST", f"/api/sessions/{at}/resume")
        paused = self.call("POST", f"/api/sessions/{at}/pause", status=200)[2]
        self.assertEqual((set(paused), paused["status"]), ({"session_id", "status", "paused_at"}, "paused"))
        resumed = self.call("POST", f"/api/sessions/{at}/resume", status=200)[2]
        self.assertEqual((set(resumed), resumed["status"]), ({"session_id", "status", "resumed_at"}, "active"))

        again = self.call("POST", f"/api/sessions/{at}/question", status=200)[2]
        self.assertEqual(again["question"], started["question"])
        turn = self.call("POST", f"/api/sessions/{at}/messages", {"text": "I measured first, then I added an index on the slow column."}, status=200)[2]
        self.assertTrue(turn["reply"])
        self.assertIs(turn["done"], False)

        ended = self.call("DELETE", f"/api/sessions/{at}", status=200)[2]
        self.assertEqual(ended["status"], "terminated")
        self.assertRegex(ended["terminated_at"], TIME)
        self.assertEqual(set(ended["summary"]), SUMMARY)
        self.assertIn(f"/transcripts/{at}.txt", ended["summary"]["transcript_url"])
        self.assertIsNone(ended["summary"]["video_url"])
        self.assertEqual((ended["summary"]["user_responses"], ended["summary"]["ai_questions"] > 0), (1, True))
        for score in SCORES:
            self.assertTrue(ended["feedback"][score] is None or 0 <= ended["feedback"][score] <= 10)
        self.assertTrue(ended["feedback"]["comments"])
        once_more = self.call("DELETE", f"/api/sessions/{at}", status=200)[2]
        self.assertEqual((once_more["status"], once_more["feedback"]), ("terminated", ended["feedback"]))
        self.refused(409, "INVALID_STATE", "POST", f"/api/sessions/{at}/resume")
        self.refused(409, "INVALID_STATE", "POST", f"/api/sessions/{at}/messages", {"text": "more"})
        self.files(at, ended)

    def files(self, at, ended):
        said = self.call("GET", f"/api/sessions/{at}/transcript", status=200)[2]
        self.assertIn("answer", [t["kind"] for t in said["transcript"]])
        report = self.call("GET", f"/api/sessions/{at}/feedback", status=200)[2]
        self.assertTrue(report)
        for form, kind in (("txt", "text/plain"), ("json", "application/json"), ("srt", "application/x-subrip"),
                           ("vtt", "text/vtt"), ("md", "text/markdown")):
            _, reply, body = self.call("GET", f"/transcripts/{at}.{form}", status=200)
            self.assertTrue(reply.getheader("Content-Type").startswith(kind))
            self.assertEqual(reply.getheader("Cache-Control"), "no-store")
            self.assertIn("index", body if isinstance(body, str) else json.dumps(body) if isinstance(body, dict) else body.decode())
        link = urllib.parse.urlsplit(ended["summary"]["transcript_url"])
        self.refused(401, "UNAUTHORIZED", "GET", link.path, key=None)
        if link.query:
            self.call("GET", f"{link.path}?{link.query}", key=None, status=200)
            self.refused(401, "UNAUTHORIZED", "GET", f"/transcripts/{at}.md?{link.query}", key=None)
            self.refused(401, "UNAUTHORIZED", "GET", f"{link.path}?{link.query[:-1]}0" if link.query[-1] != "0" else f"{link.path}?{link.query[:-1]}1", key=None)
        self.refused(404, "NOT_FOUND", "GET", f"/transcripts/{at}.doc")
        self.refused(404, "NOT_FOUND", "GET", f"/videos/{at}.mp4")
        self.refused(404, "SESSION_NOT_FOUND", "GET", "/transcripts/sess_000000000000.txt")

    def test_ranges_of_a_film(self):
        at = self.make()["session_id"]
        film = self.home / f".local/share/interviewctl/videos/{at}.mp4"
        film.parent.mkdir(parents=True, exist_ok=True)
        film.write_bytes(b"0123456789")
        for asked, status, body, where in ((None, 200, b"0123456789", None), ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
                                           ("bytes=-3", 206, b"789", "bytes 7-9/10"), ("bytes=8-99", 206, b"89", "bytes 8-9/10")):
            _, reply, read = self.call("GET", f"/videos/{at}.mp4", headers={"Range": asked} if asked else {}, status=status)
            self.assertEqual((read, reply.getheader("Content-Range")), (body, where))
        reply, _ = self.refused(416, "INVALID_REQUEST", "GET", f"/videos/{at}.mp4", headers={"Range": "bytes=10-"})
        self.assertEqual(reply.getheader("Content-Range"), "bytes */10")

    def test_nothing_answered_scores_nothing(self):
        ended = self.call("DELETE", "/api/sessions/" + self.make()["session_id"], status=200)[2]
        self.assertEqual([ended["feedback"][s] for s in SCORES], [None] * 4)
        self.assertTrue(ended["feedback"]["comments"])
        self.assertIsNone(ended["summary"]["average_response_time_ms"])

    def test_list(self):
        made = [self.make()["session_id"] for _ in range(5)]
        self.call("DELETE", f"/api/sessions/{made[0]}", status=200)
        page = self.call("GET", "/api/sessions?user_id=user123&status=all&limit=2&offset=1", status=200)[2]
        self.assertEqual((page["total"], page["limit"], page["offset"]), (5, 2, 1))
        self.assertEqual([s["session_id"] for s in page["sessions"]], [made[3], made[2]])
        self.assertLessEqual({"session_id", "status", "created_at", "duration_seconds"}, set(page["sessions"][0]))
        following = self.call("GET", f"/api/sessions?user_id=user123&limit=2&cursor={page['next_cursor']}", status=200)[2]
        self.assertEqual([s["session_id"] for s in following["sessions"]], [made[1], made[0]])
        over = self.call("GET", "/api/sessions?user_id=user123&status=terminated", status=200)[2]
        self.assertEqual([s["session_id"] for s in over["sessions"]], [made[0]])
        self.assertEqual(self.call("GET", "/api/sessions?user_id=%ED%95%9C%EA%B5%AD", status=200)[2]["total"], 0)
        self.assertEqual(self.call("GET", "/api/sessions?user_id=%2A", status=200)[2]["total"], 5)
        for query in ("", "?user_id=u&limit=0", "?user_id=u&limit=101", "?user_id=u&limit=x", "?user_id=u&offset=-1", "?user_id=u&status=gone"):
            self.refused(400, "INVALID_REQUEST", "GET", "/api/sessions" + query)

    def test_config_and_stats(self):
        config = self.call("GET", "/api/config", status=200)[2]
        self.assertLessEqual({"provider", "model", "language"}, set(config["stt"]))
        self.assertLessEqual({"provider", "model", "temperature"}, set(config["llm"]))
        self.assertLessEqual({"provider", "voice_id"}, set(config["tts"]))
        self.assertEqual((config["avatar"]["resolution"], config["avatar"]["use_tensorrt"]), ([512, 512], False))
        self.assertEqual(set(config["optimization"]), {"enable_cache", "enable_batching", "batch_size"})
        self.assertNotIn(self.key, json.dumps(config))
        self.make()
        for period in ("today", "week", "month"):
            stats = self.call("GET", f"/api/stats?period={period}&user_id=user123", status=200)[2]
            self.assertLessEqual({"period", "total_sessions", "active_sessions", "completed_sessions", "terminated_sessions",
                                  "average_duration_seconds", "average_latency_ms", "total_messages", "gpu_utilization_percent",
                                  "cache_hit_rate"}, set(stats))
            self.assertEqual((stats["period"], stats["total_sessions"]), (period, 1))
        self.refused(400, "INVALID_REQUEST", "GET", "/api/stats?period=century")

    def test_export_and_import(self):
        at = self.make()["session_id"]
        self.call("POST", f"/api/sessions/{at}/start", status=200)
        whole = self.call("GET", f"/api/sessions/{at}/export", status=200)[2]
        self.assertEqual(whole["interviewctl_export"], 1)
        self.refused(409, "INVALID_STATE", "POST", "/api/sessions/import", whole)
        gone = self.call("DELETE", f"/api/sessions/{at}?purge=true", status=200)[2]
        self.assertEqual((gone["session_id"], gone["deleted"]), (at, True))
        self.refused(404, "SESSION_NOT_FOUND", "GET", f"/api/sessions/{at}")
        self.call("POST", "/api/sessions/import", whole, status=201)
        self.assertEqual(self.call("GET", f"/api/sessions/{at}/export", status=200)[2]["transcript"], whole["transcript"])
        self.refused(400, "INVALID_REQUEST", "DELETE", f"/api/sessions/{at}?purge=perhaps")

    def test_ticket_and_metrics(self):
        at = self.make()["session_id"]
        ticket = self.call("POST", f"/api/sessions/{at}/ticket", status=201)[2]
        self.assertEqual(set(ticket), {"ticket", "expires_at"})
        self.assertLess(abs(seconds(ticket["expires_at"]) - time.time() - 30), 20)
        _, reply, text = self.call("GET", "/metrics", status=200)
        self.assertTrue(reply.getheader("Content-Type").startswith("text/plain; version=0.0.4"))
        self.assertRegex(text.decode(), r"(?m)^interviewctl_requests_total [1-9]")
        lags = [int(n) for n in re.findall(r'(?m)^interviewctl_loop_lag_seconds_bucket\{le="[^"]+"\} (\d+)$', text.decode())]
        self.assertEqual((len(lags), lags), (9, sorted(lags)))
        self.assertGreater(lags[-1], 0, "workers have answered: the loop was woken")

    def test_pages(self):
        at = self.make()["session_id"]
        for path in (f"/rooms/{at}", "/docs", "/redoc"):
            _, reply, body = self.call("GET", path, key=None, status=200)
            self.assertIn(b"<html", body.lower())
            policy = reply.getheader("Content-Security-Policy")
            self.assertNotIn("unsafe-inline", policy)
        document = self.call("GET", "/openapi.json", key=None, status=200)[2]
        self.assertTrue(document["openapi"].startswith("3."))

    def test_every_row_was_called(self):
        """The rows above and the table are the same set."""
        rows = set(re.findall(r'^R\((\w+), "([^"]+)"', (SOURCE / "server/route/routes.def").read_text(), re.M))
        text = pathlib.Path(__file__).read_text()
        at = self.make()["session_id"]
        for method, path in rows:
            if path.startswith("/admin/"):
                continue  # tests of keys
            real = path.replace("{session_id}", at).replace("{file}", at + ".txt").replace("{name}", "room.css")
            status, reply, _ = self.call(method, real, {} if method == "POST" else None)
            self.assertNotIn(status, (404 if "/videos/" not in path else 0, 405, 500, 501), f"{method} {real}")
            self.assertEqual(self.call("PUT", real)[0], 405)
        self.assertGreater(len(rows), 20)
        self.assertIn("call", text)


class Gpu(RestTest):
    """A driver's library stands in for a card: two of them, a fifth in use, and no answer about how busy the second is."""
    LIBRARY = """
    struct memory { unsigned long long total, free, used; };
    struct use { unsigned gpu, memory; };
    int nvmlInit_v2(void) { return 0; }
    int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
    int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **out) { static int d[2]; *out = &d[i]; d[i] = (int)i; return 0; }
    int nvmlDeviceGetMemoryInfo(void *d, struct memory *out) { *out = (struct memory){16384ull << 20, 0, 3277ull << 20}; return 0; }
    int nvmlDeviceGetUtilizationRates(void *d, struct use *out) { out->gpu = 42; return *(int *)d ? 3 : 0; }
    """

    def start_server(self, port=0):
        if not shutil.which("cc"):
            self.skipTest("no C compiler")
        subprocess.run(["cc", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", self.home / "libnvidia-ml.so.1"], input=self.LIBRARY.encode(), check=True)
        self.env["LD_LIBRARY_PATH"] = str(self.home)
        super().start_server(port)

    def test_what_the_driver_says(self):
        body = self.call("GET", "/health", key=None, status=200)[2]
        self.assertEqual((body["gpu_available"], body["gpu_memory_used_mb"], body["gpu_memory_total_mb"]), (True, 6554, 32768))
        self.assertEqual(self.call("GET", "/api/stats", status=200)[2]["gpu_utilization_percent"], 42)


class Errors(RestTest):
    others = {"reader": ["--scope", "read"], "mine": ["--user-id", "user123"], "other": ["--user-id", "somebody"]}

    def test_bad_bodies(self):
        good = {"user_id": "user123"}
        _, body = self.refused(400, "INVALID_REQUEST", "POST", "/api/sessions", {**good, "interview_type": "technicl"})
        self.assertEqual(body["detail"], "Invalid interview_type. Must be one of: technical, behavioral, general")
        self.assertEqual(body["error"]["details"], 'interview_type was "technicl"')
        for more in ({"user_id": None}, {"user_id": ""}, {"user_id": "u" * 129}, {"user_id": 7}, {"language": "fr"}, {"difficulty": "brutal"},
                     {"duration_minutes": 4}, {"duration_minutes": 121}, {"duration_minutes": 7.5}, {"duration_minutes": "30"},
                     {"seed": -1}, {"persona": "rude"}, {"question_set": "/etc/passwd"}, {"question_set": "../x"}, {"question_set": "x.yaml"}):
            self.refused(400, "INVALID_REQUEST", "POST", "/api/sessions", {**good, **more})
        for raw in (b"", b"{", b"[]", b"7", b'{"user_id":"a","user_id":"b"}', b'{"user_id":"a"}x', b'\xef\xbb\xbf{"user_id":"a"}',
                    b'{"user_id":"\xff"}', b'{"user_id":"a\\u0000b"}', b'{"x":' * 33 + b"1" + b"}" * 33, b'{"user_id":"a\x01"}'):
            self.refused(400, "INVALID_REQUEST", "POST", "/api/sessions", raw=raw)
        self.refused(415, "UNSUPPORTED_MEDIA_TYPE", "POST", "/api/sessions", good, headers={"Content-Type": "text/plain"})
        self.refused(415, "UNSUPPORTED_MEDIA_TYPE", "POST", "/api/sessions", {**good, "resume": "%PDF-1.7"})
        self.refused(413, "PAYLOAD_TOO_LARGE", "POST", "/api/sessions", raw=b'{"user_id":"' + b"u" * (1 << 20) + b'"}')
        self.assertEqual(self.call("GET", "/api/sessions?user_id=user123", status=200)[2]["total"], 0)

    def test_paths_and_methods(self):
        self.refused(404, "NOT_FOUND", "GET", "/nowhere")
        self.refused(404, "NOT_FOUND", "GET", "/api/sessions/a/b/c")
        self.refused(404, "SESSION_NOT_FOUND", "GET", "/api/sessions/sess_000000000000")
        self.refused(404, "SESSION_NOT_FOUND", "DELETE", "/api/sessions/nonsense")
        reply, _ = self.refused(405, "METHOD_NOT_ALLOWED", "PUT", "/api/sessions")
        self.assertLessEqual({"GET", "POST"}, set(reply.getheader("Allow").split(", ")))
        self.refused(405, "METHOD_NOT_ALLOWED", "POST", "/health", {})
        status, reply, body = self.call("HEAD", "/health", key=None)
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(reply.getheader("Content-Length")), 100)

    def test_keys(self):
        for key in (None, "nonsense", "ivc_w_" + "0" * 50, self.key[:-1] + ("0" if self.key[-1] != "0" else "1")):
            _, body = self.refused(401, "UNAUTHORIZED", "GET", "/api/config", key=key)
            self.assertEqual(body["detail"], "Invalid API key")
        reader, mine, other = (self.made[name] for name in ("reader", "mine", "other"))
        at = self.make()["session_id"]
        self.call("GET", f"/api/sessions/{at}", key=reader, status=200)
        self.refused(403, "FORBIDDEN", "DELETE", f"/api/sessions/{at}", key=reader)
        self.call("GET", f"/api/sessions/{at}", key=mine, status=200)
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("GET", "/transcript"), ("GET", "/export"), ("POST", "/ticket")):
            self.refused(403, "FORBIDDEN", method, f"/api/sessions/{at}{path}", key=other)
        self.refused(403, "FORBIDDEN", "GET", f"/transcripts/{at}.txt", key=other)
        self.refused(403, "FORBIDDEN", "GET", "/api/sessions?user_id=user123", key=other)
        self.refused(403, "FORBIDDEN", "GET", "/api/sessions?user_id=%2A", key=other)
        self.refused(403, "FORBIDDEN", "POST", "/api/sessions", {"user_id": "user123"}, key=other)
        self.call("GET", f"/api/sessions/{at}", status=200)

    def test_idempotency(self):
        head = {"Idempotency-Key": "one"}
        first = self.call("POST", "/api/sessions", {"user_id": "user123"}, headers=head, status=201)
        again = self.call("POST", "/api/sessions", {"user_id": "user123"}, headers=head, status=201)
        self.assertEqual(first[2], again[2])
        self.assertEqual(again[1].getheader("Idempotent-Replayed"), "true")
        self.refused(400, "INVALID_REQUEST", "POST", "/api/sessions", {"user_id": "another"}, headers=head)
        with concurrent.futures.ThreadPoolExecutor(8) as many:
            made = list(many.map(lambda _: self.call("POST", "/api/sessions", {"user_id": "user123"}, headers={"Idempotency-Key": "two"}), range(8)))
        self.assertEqual(len({m[2]["session_id"] for m in made if m[0] == 201}), 1)
        self.assertLessEqual({m[0] for m in made}, {201, 409})
        self.assertEqual(self.call("GET", "/api/sessions?user_id=user123", status=200)[2]["total"], 2)


class Limits(RestTest):
    others = {"other": []}
    settings = {"INTERVIEWCTL_SERVE_RATE": "20"}

    def test_limits(self):
        with concurrent.futures.ThreadPoolExecutor(12) as many:
            made = list(many.map(lambda _: self.call("POST", "/api/sessions", {"user_id": "crowd"}), range(12)))
        self.assertEqual(sorted(m[0] for m in made), [201] * 5 + [429] * 7)
        self.assertEqual({m[2]["error"]["code"] for m in made if m[0] == 429}, {"SESSION_LIMIT_REACHED"})
        for left in range(7, -1, -1):
            reply = self.call("GET", "/api/config", status=200)[1]
            self.assertEqual(reply.getheader("RateLimit-Policy"), '"default";q=20;w=60')
            self.assertTrue(reply.getheader("RateLimit").startswith(f'"default";r={left};t='))
        _, body = self.refused(429, "RATE_LIMIT_EXCEEDED", "GET", "/api/config")
        self.assertTrue(1 <= body["error"]["retry_after"] <= 60)
        self.call("GET", "/api/config", key=self.made["other"], status=200)
        codes = [self.call("GET", "/api/config", key=f"wrong{i}")[0] for i in range(30)]
        self.assertEqual((codes[:20], codes[-1]), ([401] * 20, 429))


class Cors(RestTest):
    settings = {"INTERVIEWCTL_SERVE_CORS": "https://app.example.com, http://localhost:3000"}

    def test_only_exact_origins_pass(self):
        for origin in ("https://app.example.com", "http://localhost:3000"):
            reply = self.call("OPTIONS", "/api/sessions", key=None, status=204,
                              headers={"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"})[1]
            self.assertEqual(reply.getheader("Access-Control-Allow-Origin"), origin)
            self.assertEqual(reply.getheader("Access-Control-Allow-Credentials"), "true")
            self.assertEqual(set(reply.getheader("Access-Control-Allow-Methods").replace(" ", "").split(",")), {"GET", "POST", "DELETE"})
            reply = self.call("GET", "/api/config", headers={"Origin": origin}, status=200)[1]
            self.assertEqual((reply.getheader("Access-Control-Allow-Origin"), reply.getheader("Vary")), (origin, "Origin"))
        for origin in ("null", "https://app.example.com.evil", "https://evil-app.example.com", "http://app.example.com", "https://app.example.com:444",
                       "https://APP.example.com", "https://app.example.co", "https://app.example.com/", "localhost:3000", "http://localhost:30000", "*", ","):
            for method, path in (("OPTIONS", "/api/sessions"), ("GET", "/api/config")):
                reply = self.call(method, path, headers={"Origin": origin, "Access-Control-Request-Method": "GET"})[1]
                self.assertIsNone(reply.getheader("Access-Control-Allow-Origin"), origin)


def seconds(text):
    return round(time.mktime(time.strptime(text[:19] + "UTC", "%Y-%m-%dT%H:%M:%S%Z")) - time.timezone)


if __name__ == "__main__":
    unittest.main(verbosity=1)
