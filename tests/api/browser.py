"""Headless Chromium over its DevTools protocol, as far as the tests of pages need it; no driver, no package."""
import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Socket:
    """A WebSocket client for text messages."""

    def __init__(self, url, timeout=60):
        at = urllib.parse.urlsplit(url)
        self.sock = socket.create_connection((at.hostname, at.port), timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(f"GET {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.file = self.sock.makefile("rb")
        if b" 101 " not in self.file.readline():
            raise OSError("no WebSocket")
        while self.file.readline().strip():
            pass

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x81]) + (bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
                                if len(data) < 65536 else b"\xff" + len(data).to_bytes(8, "big"))
        whole = int.from_bytes(data, "big") ^ int.from_bytes((mask * (len(data) // 4 + 1))[:len(data)], "big") if data else 0
        self.sock.sendall(size + mask + whole.to_bytes(len(data), "big"))

    def receive(self):
        parts = b""
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                raise OSError("the browser left")
            n = head[1] & 127
            n = int.from_bytes(self.file.read(2 if n == 126 else 8), "big") if n > 125 else n
            data = self.file.read(n)
            if head[0] & 15 in (0, 1):
                parts += data
                if head[0] & 128:
                    return parts.decode()

    def close(self):
        self.sock.close()


class Browser:
    """One browser with one page. Console messages of warning level and above, uncaught errors and every URL asked for are kept. asks: the microphone is given when a page asks for it."""

    def __init__(self, *flags, size="1280,860", microphone=None, asks=True):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="iv-browser-"))
        sound = [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=user-gesture-required",
             *(["--use-fake-ui-for-media-stream"] if asks else []), "--use-fake-device-for-media-stream", "--remote-debugging-port=0", "--lang=en",
             f"--user-data-dir={self.home}", f"--window-size={size}", *sound, *flags, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(self.home)})
        self.number, self.problems, self.urls, self.frames = 0, [], [], {"sent": 0, "received": 0}
        try:
            self.socket = Socket(self.page_url())
        except BaseException:
            self.close()
            raise
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def page_url(self, timeout=60):
        port, end = self.home / "DevToolsActivePort", time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port.read_text().split()[0]}/json/list", timeout=10))
                return next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page")
            except (OSError, IndexError, StopIteration, ValueError):
                time.sleep(0.05)
        raise TimeoutError("Chromium does not open its debugging port")

    def call(self, method, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            m = json.loads(self.socket.receive())
            if m.get("id") == self.number:
                if "error" in m:
                    raise RuntimeError(f"{method}: {m['error']}")
                return m["result"]
            self.note(m)

    def note(self, m):
        p = m.get("params", {})
        if m["method"] == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.problems.append(f"{d['text']} {d.get('exception', {}).get('description', '')} {d.get('url', '')}:{d.get('lineNumber')}")
        elif m["method"] == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.problems.append(p["type"] + ": " + " ".join(str(a.get("value", a.get("description"))) for a in p["args"]))
        elif m["method"] == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{p['entry']['text']} {p['entry'].get('url', '')}")
        elif m["method"] == "Network.requestWillBeSent":
            self.urls.append(p["request"]["url"])
        elif m["method"] == "Network.webSocketCreated":
            self.urls.append(p["url"])
        elif m["method"] in ("Network.webSocketFrameSent", "Network.webSocketFrameReceived"):
            self.frames["sent" if m["method"].endswith("Sent") else "received"] += 1

    def run(self, code, gesture=True):
        """The value of an expression in the page; promises are waited for."""
        r = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True, userGesture=gesture)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"].get("exception", {}).get("description", r["exceptionDetails"]["text"]))
        return r["result"].get("value")

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def until(self, code, timeout=60):
        """Waits until an expression is true; returns its value."""
        end = time.monotonic() + timeout
        while True:
            try:
                value = self.run(f"(v => v instanceof Node ? true : v)({code})")
            except RuntimeError as error:
                value, why = None, error
            else:
                why = None
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {timeout} s: {code} {why or ''}; problems: {self.problems}")
            time.sleep(0.05)

    def click(self, selector):
        """As a person does: the middle of it is pressed with the mouse."""
        at = self.until(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e || e.disabled) return null;"
                        " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                        " return r.width ? [r.x + r.width / 2, r.y + r.height / 2] : null; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    def key(self, name, code=None, text=None, modifiers=0):
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32}
        for kind in ("keyDown", "keyUp"):
            extra = {"text": "\r" if name == "Enter" else text} if kind == "keyDown" and (text or name == "Enter") else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=code or name, modifiers=modifiers, windowsVirtualKeyCode=codes.get(name, 0), **extra)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, path, whole=False):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": {**size, "scale": 1}, "captureBeyondViewport": True} if whole else {}
        data = self.call("Page.captureScreenshot", format="png", **clip)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def screen(self, width, height, **features):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": k.replace("_", "-"), "value": v} for k, v in features.items()])

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
