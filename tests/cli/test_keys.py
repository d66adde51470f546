"""API keys and administrators on the local store: what is printed once, what is kept, what is refused."""
import json
import pathlib
import re
import stat
import subprocess
from program import BINARY, ProgramTest, main

KEY = re.compile(r"^ivc_[rwa]_[0-9A-Za-z]{49}$")
PASSWORD = "correct horse battery staple"


class Keys(ProgramTest):
    def store_bytes(self):
        return b"".join(p.read_bytes() for p in self.home.rglob("*") if p.is_file())

    def key(self, *args):
        return self.ok("keys", "create", *args).strip()

    def test_create_prints_the_key_alone(self):
        key = self.key("--name", "web")
        self.assertRegex(key, KEY)
        self.assertEqual(key[4], "w")
        self.assertNotIn(key.encode(), self.store_bytes())
        pepper = self.home / ".local/share/interviewctl/store.db.pepper"
        self.assertEqual(stat.S_IMODE(pepper.stat().st_mode), 0o600)

    def test_create_as_json_is_the_object_of_the_contract(self):
        made = self.json("keys", "create", "--name", "보고서", "--user-id", "me", "--scope", "read", "--expires", "30d")
        self.assertRegex(made["api_key"], KEY)
        self.assertEqual(made["api_key"][4], "r")
        self.assertTrue(made["api_key"].startswith(made["prefix"]))
        self.assertEqual((made["name"], made["user_id"], made["scopes"], made["revoked"]), ("보고서", "me", ["read"], False))
        self.assertRegex(made["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertIsNone(made["last_used_at"])
        self.assertLess(made["created_at"], made["expires_at"])

    def test_list_never_tells_a_secret(self):
        keys = [self.key("--name", f"k{i}") for i in range(3)]
        listing = self.ok("keys", "list", "--json")
        rows = json.loads(listing)
        self.assertEqual([r["name"] for r in rows], ["k0", "k1", "k2"])
        for key, row in zip(keys, rows):
            self.assertTrue(key.startswith(row["prefix"]))
            self.assertNotIn("api_key", row)
            self.assertNotIn(key, listing)
        for form in ("table", "tsv", "csv", "ndjson", "id"):
            self.assertEqual(self.ok("keys", "list", "--format", form).count("key_"), 3)
        self.assertEqual(self.ok("completion", "--words", "key").split(), [r["id"] for r in rows])

    def test_rotate_and_revoke(self):
        made = self.json("keys", "create", "--name", "web")
        fresh = self.run_program("keys", "rotate", made["id"])
        self.assertRegex(fresh.stdout.strip(), KEY)
        self.assertNotEqual(fresh.stdout.strip(), made["api_key"])
        self.assertIn("is good until", fresh.stderr)
        rotated = self.json("keys", "rotate", made["id"], env={"INTERVIEWCTL_KEYS_GRACE": "0"})
        self.assertEqual(rotated["id"], made["id"])
        self.assertNotIn("former_valid_until", rotated)
        self.assertTrue(self.json("keys", "revoke", made["id"])["revoked"])
        self.assertTrue(self.json("keys", "revoke", made["id"])["revoked"])
        self.assertTrue(self.json("keys", "list")[0]["revoked"])
        self.fails(77, "INVALID_STATE", "keys", "rotate", made["id"])
        self.assertEqual(self.ok("completion", "--words", "key"), "")

    def test_what_cannot_be_made(self):
        self.assertIn("--name", self.fails(64, "INVALID_REQUEST", "keys", "create"))
        self.assertIn("blank", self.fails(64, "INVALID_REQUEST", "keys", "create", "--name", "  "))
        self.assertIn("all", self.fails(64, "INVALID_REQUEST", "keys", "create", "--name", "k", "--scope", "all"))
        for bad in ("yesterday", "2001-01-01T00:00:00Z", "0d", "12", "3y", "-1d", "999999d"):
            self.assertIn(bad, self.fails(64, "INVALID_REQUEST", "keys", "create", "--name", "k", f"--expires={bad}"))
        self.fails(64, "INVALID_REQUEST", "keys", "create", "--name", "k", "--scope", "admin", "--user-id", "me")
        self.fails(66, "NOT_FOUND", "keys", "rotate", "key_none")
        self.fails(66, "NOT_FOUND", "keys", "revoke", "key_none")
        self.assertEqual(self.json("keys", "list"), [])

    def test_dry_run_shows_no_key_and_makes_none(self):
        tried = self.json("keys", "create", "--name", "web", "-n")
        self.assertEqual((tried["name"], tried["dry_run"]), ("web", True))
        self.assertNotIn("api_key", tried)
        self.assertFalse(list(self.home.rglob("*.pepper")))
        made = self.json("keys", "create", "--name", "web")
        self.assertTrue(self.json("keys", "revoke", made["id"], "-n")["revoked"])
        self.assertFalse(self.json("keys", "list")[0]["revoked"])
        self.assertNotIn("ivc_w_" + made["api_key"][6:], self.ok("keys", "rotate", made["id"], "-n"))
        self.fails(66, "NOT_FOUND", "keys", "revoke", "key_none", "-n")

    def test_lost_pepper_is_told(self):
        self.key("--name", "web")
        pepper = self.home / ".local/share/interviewctl/store.db.pepper"
        kept = pepper.read_bytes()
        pepper.unlink()
        self.assertIn("store.db.pepper", self.fails(78, "INVALID_CONFIG", "keys", "create", "--name", "x"))
        pepper.write_bytes(kept)
        pepper.chmod(0o644)
        self.assertIn("chmod 600", self.fails(78, "INVALID_CONFIG", "keys", "create", "--name", "x"))
        elsewhere = self.home / "pepper"
        elsewhere.write_bytes(kept)
        elsewhere.chmod(0o600)
        self.ok("keys", "create", "--name", "x", env={"INTERVIEWCTL_KEYS_PEPPER_FILE": str(elsewhere)})

    def test_not_on_a_server(self):
        self.fails(64, "INVALID_REQUEST", "keys", "list", "--server", "http://127.0.0.1:9")


class Administrators(ProgramTest):
    def test_password_by_pipe_or_private_file(self):
        self.ok("keys", "admin", "--username", "root", "--password-file", "-", stdin=PASSWORD + "\n")
        self.ok("keys", "admin", "--username", "root", stdin=PASSWORD)
        file = self.home / "password"
        file.write_text(PASSWORD + "\n")
        file.chmod(0o644)
        self.assertIn("chmod 600", self.fails(78, "INVALID_CONFIG", "keys", "admin", "--username", "root", "--password-file", file))
        file.chmod(0o600)
        made = self.json("keys", "admin", "--username", "root", "--password-file", file)
        self.assertEqual(made, {"username": "root"})

    def test_what_is_refused(self):
        self.assertIn("15", self.fails(64, "INVALID_REQUEST", "keys", "admin", "--username", "root", stdin="short"))
        self.fails(64, "INVALID_REQUEST", "keys", "admin", stdin=PASSWORD)
        self.assertIn("ro ot", self.fails(64, "INVALID_REQUEST", "keys", "admin", "--username", "ro ot", stdin=PASSWORD))
        self.fails(64, "INVALID_REQUEST", "keys", "admin", "--username", "root", stdin=PASSWORD + "\nsecond line")
        self.fails(64, "INVALID_REQUEST", "keys", "admin", "--username", "root", stdin=b"\xff" * 20)
        self.fails(66, "NOT_FOUND", "keys", "admin", "--username", "root", "--password-file", self.home / "none")
        self.ok("keys", "admin", "--username", "root", stdin="nine char", env={"INTERVIEWCTL_ADMIN_PASSWORD_MIN": "9"})

    def test_dry_run_makes_every_check(self):
        self.assertIs(self.json("keys", "admin", "--username", "root", "-n", stdin=PASSWORD)["dry_run"], True)
        self.fails(64, "INVALID_REQUEST", "keys", "admin", "--username", "root", "-n", stdin="short")


class Secrets(ProgramTest):
    """What was planted is nowhere but where it was put."""

    def test_fifty_secrets_are_nowhere(self):
        planted = []
        for i in range(46):
            planted.append(self.ok("keys", "create", "--name", f"k{i}").strip())
        ids = self.ok("keys", "list", "--format", "id").split()
        for key_id in ids[:2]:
            planted.append(self.ok("keys", "rotate", key_id).strip())
        planted.append(PASSWORD)
        self.ok("keys", "admin", "--username", "root", stdin=PASSWORD)
        pepper = self.home / ".local/share/interviewctl/store.db.pepper"
        planted.append(pepper.read_text().strip())
        self.assertEqual(len(set(planted)), 50)
        session = self.create()
        self.ok("backup", self.home / "copy.db")
        shown = [self.run_program(*args, env={"INTERVIEWCTL_LOG_LEVEL": "debug"}) for args in (
            ("keys", "list"), ("keys", "list", "--json"), ("keys", "revoke", ids[0], "--json"), ("keys", "rotate", ids[1], "-n"),
            ("config", "list", "--json"), ("doctor", "--json"), ("session", "export", session, "-o", "-"), ("session", "list", "--json"),
            ("keys", "rotate", "key_none"), ("completion", "--words", "key"))]
        text = "".join(d.stdout + d.stderr for d in shown).encode()
        files = b"".join(p.read_bytes() for p in self.home.rglob("*") if p.is_file() and p != pepper)
        self.assertIn(ids[1].encode(), text)
        self.assertIn(b"$argon2id$", files)
        self.assertEqual([s for s in planted if s.encode() in text + files], [])

    def test_no_secret_in_arguments_or_environment(self):
        """The process while it waits for its password: /proc tells nothing, for nothing was told there."""
        child = subprocess.Popen([BINARY, "keys", "admin", "--username", "root"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=self.env, cwd=self.home)
        child.stdin.write(PASSWORD.encode())
        child.stdin.flush()
        proc = pathlib.Path(f"/proc/{child.pid}")
        while b"keys" not in (proc / "cmdline").read_bytes():  # the kernel is still putting it there
            self.assertIsNone(child.poll())
        seen = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        child.stdin.close()
        self.assertEqual(child.wait(60), 0)
        self.assertIn(b"keys", seen)
        self.assertNotIn(PASSWORD.encode(), seen)


if __name__ == "__main__":
    main()
