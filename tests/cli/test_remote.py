#!/usr/bin/env python3
"""Commands that work on a server: what they ask it, and what becomes of its answers, good and bad. The server is a list of answers."""
import http.server
import json
import threading
import unittest

from program import ProgramTest, main

SESSION = {"session_id": "sess_abc123def456", "user_id": "me", "interview_type": "general", "language": "en", "difficulty": "medium",
           "status": "created", "created_at": "2026-01-01T12:00:00Z", "expires_at": "2026-01-01T12:30:00Z", "duration_seconds": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers.get("X-API-Key"), json.loads(body) if body else None))
        status, reply = self.server.replies.pop(0) if self.server.replies else (500, b"")
        reply = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *args):
        pass


def refusal(status, code, message):
    return status, {"detail": message, "status_code": status, "error": {"code": code, "message": message}}


class RemoteTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.seen, self.server.replies = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.env["INTERVIEWCTL_SERVER"] = self.url

    def replies(self, *replies):
        self.server.seen, self.server.replies = [], list(replies)

    def test_each_operation_is_one_request(self):
        s = "sess_abc123def456"
        for args, method, path, body in (
                (("session", "show", s), "GET", f"/api/sessions/{s}", None),
                (("session", "start", s), "POST", f"/api/sessions/{s}/start", None),
                (("session", "pause", s), "POST", f"/api/sessions/{s}/pause", None),
                (("session", "resume", s), "POST", f"/api/sessions/{s}/resume", None),
                (("session", "end", s), "DELETE", f"/api/sessions/{s}", None),
                (("session", "export", s), "GET", f"/api/sessions/{s}/export", None),
                (("ask", s), "POST", f"/api/sessions/{s}/question", None),
                (("answer", s, "I did."), "POST", f"/api/sessions/{s}/messages", {"text": "I did."}),
                (("session", "list", "--user", "a b", "--status", "active"), "GET", "/api/sessions?status=active&limit=20&offset=0&user_id=a%20b", None),
                (("session", "list", "--before", s), "GET", f"/api/sessions?status=all&limit=20&offset=0&user_id=%2A&cursor={s}", None),
                (("stats", "--period", "week", "--user", "me"), "GET", "/api/stats?period=week&user_id=me", None)):
            with self.subTest(args):
                self.replies((200, {**SESSION, "sessions": []}))
                self.ok(*args)
                self.assertEqual(self.server.seen, [(method, path, None, body)])

    def test_create_sends_all_that_was_asked_for(self):
        (self.home / "job.txt").write_text("Backend developer, PostgreSQL.")
        self.replies((201, SESSION))
        made = self.ok("session", "create", "--user", "me", "--type", "technical", "--language", "ko", "--duration", "45", "--role", "backend",
                       "--seed", "9", "--job", "job.txt", "--format", "id")
        self.assertEqual(made, SESSION["session_id"] + "\n")
        method, path, _, body = self.server.seen[0]
        self.assertEqual((method, path), ("POST", "/api/sessions"))
        self.assertEqual(body, {"user_id": "me", "interview_type": "technical", "language": "ko", "difficulty": "medium", "duration_minutes": 45,
                                "persona": "neutral", "role": "backend", "seed": 9, "job_description": "Backend developer, PostgreSQL."})

    def test_the_key_comes_from_a_file_a_pipe_or_the_environment_and_is_never_shown(self):
        key = self.home / "key"
        key.write_text("ivc_secret_1\n")
        key.chmod(0o600)
        for args, kw in ((("--api-key-file", key), {}), (("--api-key-file", "-"), {"stdin": "ivc_secret_1\n"}), ((), {"env": {"API_KEY": "ivc_secret_1"}})):
            with self.subTest(args):
                self.replies(refusal(403, "FORBIDDEN", "the key ivc_secret_1 may not do this"))
                said = self.fails(77, "FORBIDDEN", "session", "show", "sess_abc123def456", *args, "--log-level", "debug", **kw)
                self.assertEqual(self.server.seen[0][2], "ivc_secret_1")
                self.assertNotIn("ivc_secret_1", said)
        key.chmod(0o644)
        self.fails(78, "INVALID_CONFIG", "session", "list", "--api-key-file", key)

    def test_the_servers_words_and_codes_are_passed_on(self):
        for status, code, exit_status in ((401, "UNAUTHORIZED", 77), (404, "SESSION_NOT_FOUND", 66), (409, "SESSION_EXPIRED", 77),
                                          (429, "SESSION_LIMIT_REACHED", 75), (503, "STORAGE_ERROR", 74), (400, "INVALID_REQUEST", 64)):
            with self.subTest(code):
                self.replies(refusal(status, code, f"because of {code}\x1b[31m"))
                said = self.fails(exit_status, code, "session", "pause", "sess_abc123def456")
                self.assertIn(f"because of {code}", said)
                self.assertNotIn("\x1b", said)
                self.assertEqual(len(self.server.seen), 1)  # what changes something is asked for once

    def test_nonsense_is_told_from_silence(self):
        for reply, exit_status, code in (((200, b"<html>"), 76, "INVALID_RESPONSE"), ((404, b"not here"), 76, "INVALID_RESPONSE"),
                                         ((502, b"bad gateway"), 69, "UNAVAILABLE"), ((200, b'{"a":1,"a":2}'), 76, "INVALID_RESPONSE")):
            with self.subTest(reply):
                self.replies(reply, reply, reply)
                self.fails(exit_status, code, "session", "start", "sess_abc123def456")
        self.fails(69, "UNAVAILABLE", "--server", "http://127.0.0.1:9", "session", "list")
        self.fails(69, "UNAVAILABLE", "--offline", "session", "list")
        self.fails(78, "INVALID_CONFIG", "--server", "ftp://x", "session", "list")
        self.fails(78, "INVALID_CONFIG", "--server", "http://example.org", "session", "list")  # a key would be read on the way

    def test_what_needs_this_machine_says_so(self):
        for args in (("practice", "--plain"), ("backup", "b.db")):
            with self.subTest(args):
                self.assertIn("this machine's own sessions", self.fails(64, "INVALID_REQUEST", *args))
        self.assertEqual(self.json("--server", "", "session", "list")["total"], 0)

    def test_a_dry_run_changes_nothing_there(self):
        local = {"INTERVIEWCTL_SERVER": ""}
        session = self.ok("session", "create", "--user", "me", "--language", "en", "--format", "id", env=local).strip()
        whole = json.loads(self.ok("session", "export", session, env=local))
        self.replies((200, whole))
        said = self.json("session", "end", session, "--dry-run")
        self.assertEqual(said["status"], "terminated")
        self.assertEqual([(m, p) for m, p, _, _ in self.server.seen], [("GET", f"/api/sessions/{session}/export")])

    def test_reports_transcripts_and_replays_are_the_same_as_here(self):
        local = {"INTERVIEWCTL_SERVER": ""}
        session = self.ok("session", "create", "--user", "me", "--language", "en", "--seed", "3", "--format", "id", env=local).strip()
        self.ok("ask", session, env=local)
        self.ok("answer", session, "I led the migration and cut the response time from 900 to 120 milliseconds.", env=local)
        self.ok("session", "end", session, env=local)
        whole = json.loads(self.ok("session", "export", session, env=local))
        report = self.json("report", session, env=local)
        for form in ("md", "json", "html", "text"):
            self.replies((200, report))
            self.assertEqual(self.ok("report", session, "--as", form), self.ok("report", session, "--as", form, env=local))
            self.assertEqual(self.server.seen, [("GET", f"/api/sessions/{session}/feedback", None, None)])
        for args in (("session", "show", session, "--transcript", "srt"),
                     ("session", "show", session, "--transcript", "json"), ("session", "replay", session, "--json")):
            with self.subTest(args):
                self.replies((200, whole))
                self.assertEqual(self.ok(*args), self.ok(*args, env=local))

    def test_profiles_name_servers(self):
        del self.env["INTERVIEWCTL_SERVER"]
        self.fails(64, "INVALID_REQUEST", "profile", "add", "a b", self.url)
        self.fails(64, "INVALID_REQUEST", "profile", "add", "work", "ftp://x")
        self.fails(66, "NOT_FOUND", "profile", "use", "work")
        self.ok("profile", "add", "work", self.url, "--dry-run")
        self.assertEqual(self.json("profile", "list"), [])
        self.ok("profile", "add", "work", self.url)
        self.assertEqual(self.json("profile", "list"), [{"profile": "work", "server": self.url, "in_use": False}])
        self.assertEqual(self.json("session", "list")["total"], 0)
        self.ok("profile", "use", "work")
        self.replies((200, {"total": 7, "sessions": []}), (200, {"total": 8, "sessions": []}))
        self.assertEqual(self.json("session", "list")["total"], 7)
        self.assertEqual(self.json("session", "list", env={"INTERVIEWCTL_PROFILE": "work"})["total"], 8)
        self.assertEqual(self.json("session", "list", env={"INTERVIEWCTL_PROFILE": ""})["total"], 0)
        self.fails(78, "INVALID_CONFIG", "session", "list", env={"INTERVIEWCTL_PROFILE": "other"})
        self.ok("profile", "use", "none")
        self.assertEqual(self.json("session", "list")["total"], 0)
        self.ok("profile", "use", "work")
        self.ok("profile", "remove", "work")
        self.assertEqual(self.json("session", "list")["total"], 0)
        self.fails(66, "NOT_FOUND", "profile", "remove", "work")


if __name__ == "__main__":
    main()
