"""What happened, for GET /__stats."""
import wire

LOG_MAX = 5000
PROBLEM_MAX = 200


class Stats:
    def __init__(self):
        self.failed = False                 # a problem was ever seen: the exit status
        self.wipe()

    def wipe(self):
        self.connections = self.tls_handshakes = self.tls_failures = self.tls_resumed = 0
        self.requests = self.websockets = self.bytes_in = self.bytes_out = 0
        self.in_flight = self.max_in_flight = self.max_open = 0
        self.by_path, self.last, self.log, self.problems = {}, {}, [], []

    def problem(self, text):
        self.failed = True
        if len(self.problems) < PROBLEM_MAX:
            self.problems.append(text)

    def begin(self, conn, request):
        """The line of the log for this request; all times are CLOCK_MONOTONIC in microseconds."""
        entry = {"conn": conn.number, "tls": conn.tls, "method": request.method, "path": request.path,
                 "target": request.target, "at_us": request.at_us, "body_bytes": len(request.body), "warm": conn.served > 0}
        conn.served += 1
        conn.bytes_before = conn.bytes_out
        self.requests += 1
        self.websockets += request.wants_websocket()
        self.by_path[request.path] = self.by_path.get(request.path, 0) + 1
        self.last[request.path] = {"method": request.method, "headers": request.headers, "query": request.query,
                                   "body": request.body[:65536].decode("utf-8", "replace")}
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        if len(self.log) < LOG_MAX:
            self.log.append(entry)
        return entry

    def end(self, conn, entry):
        self.in_flight = max(0, self.in_flight - 1)
        entry["end_us"] = wire.now_us()
        entry["bytes_out"] = conn.bytes_out - conn.bytes_before
        if conn.gone_us is not None:
            entry["client_gone_us"] = conn.gone_us

    def view(self, live, scenario):
        names = ("connections", "tls_handshakes", "tls_failures", "tls_resumed", "requests", "websockets", "in_flight",
                 "max_in_flight", "max_open", "by_path", "last", "log", "problems")
        out = {name: getattr(self, name) for name in names}
        out["bytes_in"] = self.bytes_in + sum(conn.bytes_in for conn in live)
        out["bytes_out"] = self.bytes_out + sum(conn.bytes_out for conn in live)
        out["open"] = len(live)
        out["unplayed"] = scenario.unplayed()
        out["played"] = {e.name: e.played for e in scenario.exchanges}
        out["now_us"] = wire.now_us()
        return out
