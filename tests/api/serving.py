"""`interviewctl serve` on a port of its own, with a key, for tests that talk to it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

BINARY = os.environ.get("INTERVIEWCTL", "build/interviewctl")


class ServerTest(unittest.TestCase):
    settings = {}  # more of the environment

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="interviewctl-serve-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "INTERVIEWCTL_AUDIO_SPEAKER": "none",
                    **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **self.settings}
        made = subprocess.run([BINARY, "keys", "create", "--name", "test", "--json"], env=self.env, capture_output=True, timeout=60)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.key = json.loads(made.stdout)["api_key"]
        self.process = None
        self.start_server()
        self.addCleanup(self.stop_server)

    def start_server(self, port=0):
        """Until it says where it is."""
        self.process = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            at = re.search(r"http://127\.0\.0\.1:\d+", line)
            if at:
                self.url = at.group()
                break
        else:
            self.fail(f"the server ended: {''.join(self.said)}")
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def stop_server(self):
        """It ends by itself, and well."""
        if not self.process:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.fail("the server does not end")
        finally:
            self.reader.join(10)
            process.stdout.close()
        self.assertIn(status, (0, 143), "".join(self.said)[-2000:])

    def api(self, method, path, body=None, key=None):
        """The JSON of a good reply."""
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"X-API-Key": key or self.key, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            self.fail(f"{method} {path}: {error.code} {error.read().decode()}")
