#!/usr/bin/env python3
"""The server beside others: tests/bench/rivals.py BUILD. The server has one core, wrk the other; medians of three rounds of two seconds each, in
which the rivals take turns; every ratio is of figures of the same run.

The requests have keys, and the limits are on: eight keys take turns, each with the largest limit that can be set. Where wrk, nginx or
FastAPI is missing (Debian: wrk nginx-light python3-fastapi python3-uvicorn python3-uvloop python3-httptools) it is said, and there is no
figure. IV_BENCH_MANY: sessions of the large store (0: leave it out).
"""
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SECONDS, CONNECTIONS, KEYS = 3, 2, 32, 8
FEW, MANY = 1000, int(os.environ.get("IV_BENCH_MANY", "1000000"))
IDLE = 10000
PING_S = 20  # then the server asks who is there, and these clients do not answer
DEBIAN_PYTHON = "/usr/bin/python3"


def on(core):
    def pin():
        os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return pin


def row(name, value, unit, aim=None, at_least=True, note=""):
    met = "" if aim is None else f"aim {'>=' if at_least else '<='} {aim:g}: " + ("met" if (value >= aim if at_least else value <= aim) else "MISSED")
    print(f"{name:<44} {value:>10.2f} {unit:<6} {met:<20} {note}".rstrip(), flush=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_for(port, process):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"{process.args[0]} ended with {process.returncode}")
            time.sleep(0.05)
    raise SystemExit(f"{process.args[0]} does not listen")


class Bench:
    def __init__(self, build):
        self.build, self.home = build, pathlib.Path(tempfile.mkdtemp(prefix="interviewctl-bench-http-"))
        os.chmod(self.home, 0o755)  # nginx's worker is nobody
        self.cores = all_cores()
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"] + ":/usr/sbin", "LC_ALL": "C.UTF-8", "INTERVIEWCTL_SERVE_RATE": "100000",
                    "INTERVIEWCTL_SESSION_MAX_OPEN": "1000", "LLM_PROVIDER": "none", "INTERVIEWCTL_AUDIO_SPEAKER": "none"}
        self.running = []

    # -- the rivals --

    def store(self, n):
        path = self.home / f"{n}.db"
        if not path.exists():
            begun = time.monotonic()
            subprocess.run([self.build / "tests/bench_fill", path, str(n), "200"], env=self.env, check=True)
            print(f"({n} sessions: {time.monotonic() - begun:.0f} s)", flush=True)
        return path

    def ours(self, n):
        path = self.store(n)
        keys = [json.loads(subprocess.run([self.build / "interviewctl", "--store", path, "keys", "create", "--name", f"bench{i}", "--json"],
                                          env=self.env, check=True, capture_output=True).stdout)["api_key"] for i in range(KEYS)]
        port = free_port()
        log = open(self.home / "log", "w")
        process = subprocess.Popen([self.build / "interviewctl", "--store", path, "serve", "--listen", f"127.0.0.1:{port}"], env=self.env, stdout=log,
                                   stderr=log, preexec_fn=on(self.cores[0]))
        return self.started(process, port, keys)

    def fastapi(self, n):
        try:
            subprocess.run([DEBIAN_PYTHON, "-c", "import fastapi, uvicorn, uvloop, httptools"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            print("no FastAPI with uvicorn, uvloop and httptools here: no figures beside it")
            return None
        keys = [f"ivc_{i:043d}" for i in range(KEYS)]
        port = free_port()
        process = subprocess.Popen([DEBIAN_PYTHON, HERE / "peer.py", str(port), self.home / "peer.db"], env=self.env, stdin=subprocess.PIPE,
                                   preexec_fn=on(self.cores[0]))
        process.stdin.write(json.dumps({"keys": keys, "n": n}).encode())
        process.stdin.close()
        return self.started(process, port, keys)

    def nginx(self, body):
        if not shutil.which("nginx", path=self.env["PATH"]):
            print("no nginx here: no figure beside it")
            return None
        port = free_port()
        (self.home / "nginx.conf").write_text(f"""daemon off; worker_processes 1; pid {self.home}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; default_type application/json;
  server {{ listen 127.0.0.1:{port}; location = /health {{ return 200 '{body}'; }} }} }}
""")
        process = subprocess.Popen(["nginx", "-c", self.home / "nginx.conf", "-p", self.home], env=self.env, stderr=subprocess.DEVNULL,
                                   preexec_fn=on(self.cores[0]))
        return self.started(process, port, [""])

    def started(self, process, port, keys):
        self.running.append(process)
        wait_for(port, process)
        return {"process": process, "port": port, "keys": keys}

    def stop(self, rival):
        process = rival["process"]
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.running.remove(process)

    # -- the load --

    def ask(self, rival, path):
        link = http.client.HTTPConnection("127.0.0.1", rival["port"], timeout=30)
        link.request("GET", path, headers={"X-API-Key": rival["keys"][0]})
        reply = link.getresponse()
        body = reply.read().decode()
        link.close()
        if reply.status != 200:
            raise SystemExit(f"{path}: {reply.status} {body[:300]}")
        return body

    def load(self, rival, path, post=False):
        """Requests a second; a reply that is no success is fatal."""
        script = self.home / "wrk.lua"
        if post:
            script.write_text("""local keys = {%s} local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", nil, {["X-API-Key"] = keys[n %% #keys + 1], ["Content-Type"] = "application/json"},
    '{"user_id":"p%s' .. n .. '","interview_type":"technical","language":"ko","difficulty":"medium","duration_minutes":30}')
end""" % (", ".join(f'"{k}"' for k in rival["keys"]), time.monotonic_ns()))
        else:
            script.write_text("""local keys, made, n = {%s}, {}, 0
init = function() for i, k in ipairs(keys) do made[i] = wrk.format("GET", nil, {["X-API-Key"] = k}) end end
request = function() n = n + 1 return made[n %% #made + 1] end""" % ", ".join(f'"{k}"' for k in rival["keys"]))
        with_keys = [] if path == "/health" else ["-s", script]  # which costs wrk more than /health costs a server
        done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *with_keys, f"http://127.0.0.1:{rival['port']}{path}"],
                              capture_output=True, text=True, check=True, preexec_fn=on(self.cores[-1])).stdout
        if "Non-2xx" in done:
            raise SystemExit(f"{path}: {done}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done).group(1))

    def beside(self, name, a, b, paths, aim, of, at_least=True, post=False):
        """Medians of both in turns, and their ratio."""
        got = [[], []]
        for _ in range(ROUNDS):
            for i, rival in enumerate((a, b)):
                if rival:
                    got[i].append(self.load(rival, paths[i], post))
        mine = statistics.median(got[0])
        row(name, mine, "req/s")
        if b:
            theirs = statistics.median(got[1])
            row(f"  of {of}", mine / theirs, "x", aim, at_least, f"{theirs:.0f} req/s there")

    # -- what is measured --

    def routes(self):
        ours = self.ours(FEW)
        row("idle server, resident", rss_kib(ours) / 1024, "MiB", 20, False)
        nginx = self.nginx(self.ask(ours, "/health"))
        self.beside("GET /health", ours, nginx, ["/health"] * 2, 0.85, "nginx with the same bytes")
        if nginx:
            self.stop(nginx)
        peer = self.fastapi(FEW)
        listed = "/api/sessions?user_id=user7&limit=20"
        one = [f"/api/sessions/{json.loads(self.ask(r, listed))['sessions'][0]['session_id']}" if r else "" for r in (ours, peer)]
        # First, so that both stores have been written to.
        self.beside("POST session, durable", ours, peer, ["/api/sessions"] * 2, 5, "FastAPI, as durable", post=True)
        self.beside("GET session", ours, peer, one, 5, "FastAPI")
        self.beside("list of 20", ours, peer, [listed] * 2, 8, "FastAPI")
        if peer:
            self.stop(peer)
        self.stop(ours)

    def sizes(self):
        few, many = self.ours(FEW), self.ours(MANY)
        listed = "/api/sessions?user_id=user7&limit=20"
        one = [f"/api/sessions/{json.loads(self.ask(r, listed))['sessions'][0]['session_id']}" for r in (many, few)]
        self.beside(f"GET session, {MANY} in the store", many, few, one, 1 / 1.3, f"that with {FEW}")
        self.beside(f"list of 20, {MANY} in the store", many, few, [listed] * 2, 1 / 1.3, f"that with {FEW}")
        self.stop(few)
        self.stop(many)

    def open_links(self, ours, ids):
        links = [socket.create_connection(("127.0.0.1", ours["port"])) for _ in ids]
        for i, (s, id) in enumerate(zip(links, ids)):
            s.sendall((f"GET /ws/{id} HTTP/1.1\r\nHost: a\r\nX-API-Key: {ours['keys'][i % KEYS]}\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        for s in links:
            if b" 101 " not in s.recv(300):
                raise SystemExit("a link was not let in")
        return links

    def idle(self):
        """As many sessions, one WebSocket each, nothing said."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        n = min(IDLE, hard - 200)
        path = self.home / "open.db"
        subprocess.run([self.build / "tests/bench_fill", path, str(n), "200", "open"], env=self.env, check=True)
        path.rename(self.home / f"{-n}.db")
        ours = self.ours(-n)
        ids = [s["session_id"] for u in range(50) for s in json.loads(self.ask(ours, f"/api/sessions?user_id=user{u}&limit=100"))["sessions"]]
        for u in range(50):
            for offset in range(100, n // 50 + 1, 100):
                ids += [s["session_id"] for s in json.loads(self.ask(ours, f"/api/sessions?user_id=user{u}&limit=100&offset={offset}"))["sessions"]]
        before, links, begun = rss_kib(ours), [], time.monotonic()
        for at in range(0, n, 200):
            links += self.open_links(ours, ids[at:min(at + 200, n)])
        time.sleep(1)
        took, held = time.monotonic() - begun - 1, len(os.listdir(f"/proc/{ours['process'].pid}/fd"))
        if held < n or took > PING_S:
            print(f"{held} of {n} WebSockets are open after {took:.0f} s: the machine is too busy to tell", flush=True)
            return
        row(f"{n} idle WebSockets, each", (rss_kib(ours) - before) / n, "KiB", 15, False, f"{took:.1f} s to open")
        begun, worked = time.monotonic(), ticks(ours)
        time.sleep(5)
        row("  the processor meanwhile", 100 * (ticks(ours) - worked) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begun), "%", 1, False)
        for s in links:
            s.close()
        self.stop(ours)


def all_cores():
    """Whoever started this may have kept itself to one."""
    os.sched_setaffinity(0, range(os.cpu_count()))
    return sorted(os.sched_getaffinity(0))


def rss_kib(rival):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{rival['process'].pid}/status").read_text()).group(1))


def ticks(rival):
    fields = pathlib.Path(f"/proc/{rival['process'].pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def main():
    bench = Bench(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve())
    wanted = sys.argv[2:] or ["routes", "idle"] + (["sizes"] if MANY else [])
    print(f"load average before: {os.getloadavg()[0]:.2f}; server on core {bench.cores[0]}, load on core {bench.cores[-1]}", flush=True)
    if not shutil.which("wrk"):
        print("no wrk here: no figures of requests")
        wanted = [w for w in wanted if w == "idle"]
    try:
        for what in wanted:
            getattr(bench, what)()
    finally:
        for process in bench.running:
            process.kill()
            process.wait()
        shutil.rmtree(bench.home, ignore_errors=True)


if __name__ == "__main__":
    main()
