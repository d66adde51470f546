#!/usr/bin/env python3
"""Services behind the commands: keys, small calls, costs, rooms; and that a key shows up nowhere."""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from program import BINARY, SOURCE, ProgramTest, main

sys.path.insert(0, str(SOURCE / "tests/fake"))
from fake import Fake  # noqa: E402


class ProvidersTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.fake = Fake("--service", "all", "--fast").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.fake.stop()

    def setUp(self):
        super().setUp()
        self.fake.post("/__reset")
        self.env.update({"INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1"), "INTERVIEWCTL_ELEVENLABS_BASE_URL": self.fake.url(),
                         "INTERVIEWCTL_DEEPGRAM_BASE_URL": self.fake.url(), "INTERVIEWCTL_DAILY_BASE_URL": self.fake.url("/v1"),
                         "INTERVIEWCTL_EDGE_BASE_URL": self.fake.url(), "INTERVIEWCTL_NET_RETRIES": "0"})

    def row(self, rows, kind, name):
        found = [r for r in rows if (r["kind"], r["name"]) == (kind, name)]
        self.assertEqual(len(found), 1, f"{kind} {name}: {rows}")
        return found[0]

    def tried(self, *args, status=0, **kw):
        done = self.run_program("providers", "test", *args, "--json", **kw)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def write(self, name, text, mode=0o600):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    # -- list --

    def test_list_shows_every_kind_and_where_keys_come_from(self):
        self.write(".env", "ELEVENLABS_API_KEY=test-key-e\n")
        rows = self.json("providers", "list", env={"DAILY_API_KEY": "test-key-d"})
        self.assertEqual({r["kind"] for r in rows}, {"stt", "interviewer", "llm", "tts", "rooms"})
        self.assertEqual(self.row(rows, "rooms", "daily")["key"], "environment DAILY_API_KEY")
        self.assertEqual(self.row(rows, "tts", "elevenlabs")["key"], ".env .env:1")
        self.assertEqual(self.row(rows, "llm", "openai")["breaker"], "closed")
        self.assertEqual(self.row(rows, "tts", "espeak")["breaker"], None)

    def test_models_and_voices_are_asked_for(self):
        env = {"OPENAI_API_KEY": "test-key", "ELEVENLABS_API_KEY": "test-key"}
        self.assertTrue(self.json("providers", "models", env=env))
        voices = self.json("providers", "voices", "--engine", "elevenlabs", "--language", "en", env=env)
        self.assertTrue(all(v["engine"] == "elevenlabs" for v in voices) and voices)
        self.fails(64, "INVALID_REQUEST", "providers", "models", "--engine", "nobody")

    # -- test --

    def test_a_small_call_to_each(self):
        env = {"OPENAI_API_KEY": "test-key", "ELEVENLABS_API_KEY": "test-key", "DAILY_API_KEY": "test-key"}
        rows = self.tried("llm", "elevenlabs", "tts.openai", "daily", env=env)
        self.assertEqual(sorted((r["kind"], r["name"], r["result"]) for r in rows),
                         [("llm", "openai", "ok"), ("rooms", "daily", "ok"), ("tts", "elevenlabs", "ok"), ("tts", "openai", "ok")])
        self.assertTrue(all(r["milliseconds"] > 0 and r["calls"] >= 1 for r in rows), rows)
        self.assertIn("sound", self.row(rows, "tts", "elevenlabs")["detail"])
        # Nothing is answered from the cache: the second run calls again.
        before = self.fake.stats()["requests"]
        self.tried("elevenlabs", env=env)
        self.assertGreater(self.fake.stats()["requests"], before)

    def test_a_wrong_key_is_explained_without_it(self):
        env = {"OPENAI_API_KEY": "wrong-key-1234567", "ELEVENLABS_API_KEY": "wrong-key-1234567", "DAILY_API_KEY": "wrong-key-1234567"}
        done = self.run_program("providers", "test", "llm", "elevenlabs", "daily", "--json", env=env)
        self.assertEqual(done.returncode, 1)
        for row in json.loads(done.stdout):
            self.assertEqual(row["result"], "failed")
            self.assertIn("key", row["mend"], row)
        self.assertNotIn("wrong-key-1234567", done.stdout + done.stderr)

    def test_offline_speaks_to_nobody(self):
        env = {"OPENAI_API_KEY": "test-key", "DAILY_API_KEY": "test-key", "ELEVENLABS_API_KEY": "test-key"}
        rows = self.tried("llm", "daily", "--offline", status=1, env=env)
        self.assertTrue(all("offline" in r["detail"] and "--offline" in r["mend"] for r in rows), rows)
        self.assertEqual(self.fake.stats()["requests"], 0)

    def test_an_unknown_name_is_told(self):
        self.fails(66, "NOT_FOUND", "providers", "test", "nobody")

    def test_doctor_online(self):
        env = {"DAILY_API_KEY": "test-key-1"}
        rows = {r["check"]: r for r in json.loads(self.run_program("doctor", "--online", "--json", env=env).stdout)}
        self.assertEqual(rows["online rooms daily"]["state"], "ok")
        self.assertEqual(rows["key daily.api_key"]["detail"], "environment DAILY_API_KEY")
        before = self.fake.stats()["requests"]
        rows = {r["check"]: r for r in json.loads(self.run_program("doctor", "--json", env=env).stdout)}
        self.assertNotIn("online rooms daily", rows)
        self.assertEqual(self.fake.stats()["requests"], before)

    # -- keys --

    def test_a_key_that_others_can_read_is_refused(self):
        self.write(".env", "DAILY_API_KEY=test-key-hidden\n", 0o644)
        row = self.tried("daily", status=1)[0]
        self.assertIn("mode 0644", row["detail"])
        self.assertIn(".env", row["detail"])
        self.assertIn("chmod 600", row["mend"])
        doctor = {r["check"]: r for r in json.loads(self.run_program("doctor", "--json").stdout)}
        self.assertEqual(doctor["key daily.api_key"]["state"], "bad")
        self.assertEqual(self.fake.stats()["requests"], 0)

    def test_a_key_from_a_command_and_from_a_file(self):
        self.write(".config/interviewctl/interviewctl.conf",
                   'key_command = "test $INTERVIEWCTL_KEY = daily.api_key && echo test-key-by-command"\n')
        self.assertEqual(self.tried("daily")[0]["result"], "ok")
        key = self.write("key", "test-key-by-file\n")
        self.assertEqual(self.tried("daily", env={"INTERVIEWCTL_DAILY_API_KEY_FILE": str(key)})[0]["result"], "ok")

    def test_a_key_from_the_desktops_keyring(self):
        python = "/usr/bin/python3"  # the distribution's own has its dbus module
        if not shutil.which("dbus-run-session") or subprocess.run([python, "-c", "import dbus, gi"], capture_output=True).returncode:
            self.skipTest("needs dbus-run-session, python3-dbus and python3-gi")
        if "+ keys from the desktop" not in self.ok("version"):
            self.skipTest("this build has no libsecret")
        script = f"""{python} {SOURCE}/tests/cli/keyring.py daily.api_key=test-key-in-keyring >ready & keyring=$!
            while ! grep -q ready ready; do kill -0 $keyring || exit 9; sleep 0.05; done
            {BINARY} providers list --json >list; {BINARY} providers test daily --json >test
            INTERVIEWCTL_KEYRING=no {BINARY} providers list --json >without; kill $keyring"""
        subprocess.run(["dbus-run-session", "--", "sh", "-c", script], cwd=self.home, env=self.env, timeout=60, capture_output=True)
        keys = {name: self.row(json.loads((self.home / name).read_text()), "rooms", "daily").get("key") for name in ("list", "without")}
        self.assertEqual(keys, {"list": "keyring", "without": ""})
        self.assertEqual(json.loads((self.home / "test").read_text())[0]["result"], "ok")

    def test_config_set_takes_secrets_from_stdin_alone(self):
        self.fails(64, "INVALID_REQUEST", "config", "set", "daily.api_key", "test-key-argv")
        self.fails(65, "INVALID_DATA", "config", "set", "daily.api_key", stdin="\n")
        self.ok("config", "set", "daily.api_key", stdin="test-key-stdin\n")
        path = self.home / ".config/interviewctl/interviewctl.conf"
        self.assertIn("api_key = test-key-stdin", path.read_text())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("test-key-stdin", self.ok("config", "list", "--json") + self.ok("config", "get", "daily.api_key"))
        self.assertEqual(self.tried("daily")[0]["result"], "ok")
        self.ok("config", "set", "key_command", "pass show x")
        self.assertTrue(path.read_text().startswith("[daily]") or path.read_text().startswith("key_command"))
        self.assertEqual(self.ok("config", "get", "key_command").strip(), "pass show x")
        self.ok("config", "unset", "key_command")
        self.assertEqual(self.ok("config", "get", "key_command").strip(), "")
        self.assertIn("(set)", self.ok("config", "set", "openai.api_key", "--dry-run", stdin="test-key-dry"))
        self.assertNotIn("test-key-dry", path.read_text())

    # -- usage --

    def test_usage_counts_and_adds_up(self):
        env = {"ELEVENLABS_API_KEY": "test-key", "INTERVIEWCTL_TTS_ENGINE": "elevenlabs"}
        self.assertEqual(self.json("usage")["services"], [])
        for _ in range(2):
            self.ok("speak", "Hello there.", "--language", "en", "-o", "a.wav", env=env)
        report = self.json("usage", "--provider", "elevenlabs", "--period", "today")
        row = report["services"][0]
        self.assertEqual((row["service"], row["calls"], row["calls_saved"], row["characters"]), ("tts.elevenlabs", 1, 1, 12))
        self.assertEqual(row["model"], "eleven_flash_v2_5")
        self.assertEqual(report["cost"], 0)  # a base URL on this machine costs nothing
        self.assertEqual(self.json("usage", "--provider", "openai")["services"], [])
        stats = self.json("stats", "--period", "today")
        self.assertEqual(stats["usage"]["services"][0]["characters"], 12)
        self.assertEqual(stats["cache_hit_rate"], 0.5)
        self.fails(64, "INVALID_REQUEST", "usage", "--period", "year")

    def test_a_limit_stops_a_call_before_it_is_sent(self):
        env = {"ELEVENLABS_API_KEY": "test-key", "INTERVIEWCTL_TTS_ENGINE": "elevenlabs", "ENABLE_CACHE": "false",
               "INTERVIEWCTL_USAGE_LIMITS": "tts.elevenlabs=20 characters/day"}
        speak = ("speak", "Hello there.", "--language", "en", "-o", "a.wav")
        self.ok(*speak, env=env)
        before = self.fake.stats()["requests"]
        said = self.fails(75, "TTS_QUOTA_EXCEEDED", *speak, env=env)
        self.assertIn("12 of the 20", said)
        self.assertIn("usage.limits", said)
        self.assertEqual(self.fake.stats()["requests"], before)
        limits = self.json("usage", env=env)["limits"]["services"]
        self.assertEqual(limits, [{"service": "tts.elevenlabs", "unit": "characters", "period": "day", "limit": 20, "used": 12}])
        self.fails(78, "INVALID_CONFIG", *speak, env={**env, "INTERVIEWCTL_USAGE_LIMITS": "much"})
        self.assertIn("usage.limits", self.fails(78, "INVALID_CONFIG", "config", "validate", env={"INTERVIEWCTL_USAGE_LIMITS": "much"}))
        self.assertIn("usage.time_zone", self.fails(78, "INVALID_CONFIG", "config", "validate", env={"INTERVIEWCTL_USAGE_TIME_ZONE": "Seoul"}))
        self.write("data/prices.yaml", "currency: USD\nservices: {llm.openai: {default: {tokens_in: cheap}}}\n")
        self.assertIn("prices.yaml:2", self.fails(78, "INVALID_CONFIG", "config", "validate", env={"INTERVIEWCTL_DATA_DIR": str(self.home / "data")}))
        self.ok("config", "validate")

    # -- rooms --

    def rooms(self):
        stats = self.fake.stats()
        return [(r["method"], r["path"]) for r in stats["log"] if "rooms" in r.get("path", "")]

    def test_a_session_gets_a_room_and_gives_it_back(self):
        env = {"DAILY_API_KEY": "test-key"}
        made = self.json("session", "create", "--user", "me", "--language", "en", env=env)
        sid = made["session_id"]
        self.assertRegex(made["daily_room_url"], rf"^https://example\.daily\.co/{sid}\?t=[\w.-]+$")
        self.assertEqual(self.json("session", "show", sid, env=env)["daily_room_url"], made["daily_room_url"])
        for _ in range(2):
            self.json("session", "end", sid, env=env)
        self.assertEqual(self.rooms(), [("POST", "/v1/rooms"), ("DELETE", f"/v1/rooms/{sid}")])

    def test_deleting_a_session_closes_its_room(self):
        env = {"DAILY_API_KEY": "test-key", "INTERVIEWCTL_DAILY_PRIVACY": "public"}
        made = self.json("session", "create", "--user", "me", "--language", "en", env=env)
        self.assertTrue(made["daily_room_url"].endswith(made["session_id"]))
        self.ok("session", "delete", made["session_id"], "--yes", env=env)
        self.assertEqual(self.rooms()[-1], ("DELETE", "/v1/rooms/" + made["session_id"]))

    def test_without_a_room_the_interview_goes_on(self):
        for env in ({"DAILY_API_KEY": "wrong-key"}, {"DAILY_API_KEY": "test-key", "INTERVIEWCTL_OFFLINE": "1"},
                    {"DAILY_API_KEY": "test-key", "INTERVIEWCTL_DAILY_BASE_URL": self.fake.url("/v1", "refused")}):
            done = self.run_program("session", "create", "--user", "me", "--language", "en", "--json", env=env)
            self.assertEqual(done.returncode, 0, done.stderr)
            made = json.loads(done.stdout)
            self.assertIsNone(made["daily_room_url"])
            self.assertIn("has no room", done.stderr)
            self.ok("session", "end", made["session_id"], env=env)

    def test_a_dry_run_makes_no_room(self):
        self.ok("session", "create", "--user", "me", "--language", "en", "--dry-run", env={"DAILY_API_KEY": "test-key"})
        self.assertEqual(self.rooms(), [])

    # -- secrets go nowhere --

    def plant(self):
        keys = {"openai": "test-key-planted-openai-Zq1", "elevenlabs": "test-key-planted-eleven-Zq2", "deepgram": "test-key-planted-deepgram-Zq3",
                "daily": "test-key-planted-daily-Zq4", "llm": "test-key-planted-llm-Zq5", "stt": "test-key-planted-stt-Zq6",
                "tts": "test-key-planted-tts-Zq7"}
        holders = [self.write(".env", f"ELEVENLABS_API_KEY='{keys['elevenlabs']}'\n"),
                   self.write("deepgram.key", keys["deepgram"] + "\n"),
                   self.write("command.sh", f"case $INTERVIEWCTL_KEY in stt.*) echo {keys['stt']};; tts.*) echo {keys['tts']};; *) exit 1;; esac\n"),
                   self.write(".config/interviewctl/interviewctl.conf",
                              f"key_command = sh {self.home}/command.sh\n[daily]\napi_key = {keys['daily']}\n[deepgram]\napi_key_file = {self.home}/deepgram.key\n")]
        env = {"OPENAI_API_KEY": keys["openai"], "LLM_API_KEY": keys["llm"], "LLM_BASE_URL": self.fake.url("/v1"),
               "INTERVIEWCTL_TTS_OPENAI_BASE_URL": self.fake.url("/v1"), "INTERVIEWCTL_STT_OPENAI_BASE_URL": self.fake.url("/v1")}
        return keys, holders, env

    def leaks(self, keys, text):
        text = text if isinstance(text, bytes) else text.encode()
        return [name for name, key in keys.items() if key.encode() in text or key[9:].encode() in text]

    def use_everything(self, keys, env):
        """Every command that uses or shows a service, once as it is and once with services that refuse."""
        def run(*args, **kw):
            done = self.run_program(*args, "--log-level", "debug", env=env, **kw)
            self.assertEqual(self.leaks(keys, done.stdout + done.stderr), [], f"{args}")
            return done
        sid = run("session", "create", "--user", "me", "--language", "en", "--seed", "7", "--format", "id").stdout.strip()
        self.ok("speak", "Hello.", "--language", "en", "-o", "a.wav", env=env)
        for args in (("ask", sid), ("answer", sid, "I led a team of five."), ("providers", "list", "--json"), ("providers", "test", "--json"),
                     ("providers", "models"), ("providers", "voices", "--json"), ("doctor", "--online", "--json"), ("usage", "--json"), ("stats", "--json"),
                     ("config", "list", "--show-origin"), ("config", "validate"), ("speak", "One.", "--engine", "openai", "--language", "en", "-o", "b.wav"),
                     ("speak", "Two.", "--engine", "elevenlabs", "--language", "en", "-o", "c.wav"),
                     ("transcribe", "a.wav", "--engine", "deepgram", "--language", "en"), ("transcribe", "a.wav", "--engine", "openai", "--language", "en"),
                     ("session", "end", sid), ("session", "show", sid, "--json"), ("session", "export", sid), ("report", sid), ("session", "list", "--json")):
            run(*args)
        run("practice", "--plain", "--language", "en", "--user", "me", "--answers", "-", "--record", "out", "--json", stdin="I did it.\n/end\n")

    def test_planted_keys_are_found_nowhere(self):
        keys, holders, env = self.plant()
        self.use_everything(keys, env)
        used = {name for name, key in keys.items() if self.sent(key)}
        self.assertLessEqual({"elevenlabs", "deepgram", "daily", "llm", "stt", "tts"}, used)  # the test would prove nothing otherwise
        for fault in ("unauthorized", "server-error", "not-json"):
            self.fake.fault(fault, "~^/", times=500)
            self.use_everything(keys, env)
            self.fake.post("/__reset")
        found = []
        for path in self.home.rglob("*"):
            if path.is_file() and path not in holders:
                found += [(str(path), name) for name in self.leaks(keys, path.read_bytes())]
        self.assertEqual(found, [])
        self.assertTrue((self.home / ".local/share/interviewctl/usage.db").exists())

    def sent(self, key):
        return key in json.dumps(self.fake.stats())

    def test_a_service_that_repeats_the_key_is_not_quoted(self):
        key = "test-key-planted-daily-Zq4"
        refusal = {"exchanges": [{"request": {"path": "/v1/rooms"}, "times": "any",
                                  "reply": {"status": 422, "json": {"error": "x", "info": f"not with {key} or Bearer {key}"}}}]}
        self.fake.play(refusal)
        made = self.run_program("session", "create", "--user", "me", "--language", "en", "--log-level", "debug", env={"DAILY_API_KEY": key})
        self.assertIn("not with [redacted] or Bearer [redacted]", made.stderr)
        self.assertEqual(self.leaks({"daily": key}, made.stdout + made.stderr), [])

    def test_no_process_shows_a_key_in_its_arguments(self):
        keys, _, env = self.plant()
        self.fake.post("/__config", {"first_token_ms": 400, "first_audio_ms": 400})
        child = subprocess.Popen([BINARY, "practice", "--plain", "--language", "en", "--user", "me", "--answers", "-"], stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**self.env, **env}, cwd=self.home)
        child.stdin.write(b"I led a team of five people.\n/end\n")
        child.stdin.close()
        looked, found = 0, []
        while child.poll() is None and looked < 400:
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    found += self.leaks(keys, pathlib.Path(path).read_bytes())
                except OSError:
                    continue
            looked += 1
            time.sleep(0.01)
        child.kill()
        child.wait()
        self.fake.post("/__config", {"first_token_ms": 0, "first_audio_ms": 0})
        self.assertGreater(looked, 2)
        self.assertEqual(found, [])


if __name__ == "__main__":
    os.chdir("/")
    main()
