"""The room page, Swagger UI and ReDoc in a real browser, against the real server: nothing between the two is replaced."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import browser
import serving

SOURCE = pathlib.Path(os.environ.get("IV_TEST_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
ANSWER = ("In my second year at a logistics company our team of six had to move the customer portal to a new data centre. I wrote the plan, "
          "tested the way back first, and in the end we were done in nine days without losing a single order.")
TURN = "document.documentElement.dataset.turn"


def state(name):
    return f"document.documentElement.dataset.state === '{name}'"


@unittest.skipUnless(browser.CHROMIUM, "chromium is not installed")
class PageTest(serving.ServerTest):
    def open(self, *flags, **kw):
        page = browser.Browser(*flags, **kw)
        self.addCleanup(page.close)
        return page

    def session(self, **fields):
        """A new one; its room's address and its id."""
        fields = {"user_id": "me", "interview_type": "behavioral", "language": "en", "difficulty": "easy", "duration_minutes": 10, "seed": 7, **fields}
        made = self.api("POST", "/api/sessions", fields)
        return made["daily_room_url"], made["session_id"]

    def enter(self, page, url, how="type"):
        page.go(url)
        page.until(state("lobby"))
        page.click(f"[value={how}]")
        page.click("#start")
        page.until(state("stage"))
        page.until(TURN + " === 'listening' || " + TURN + " === 'speaking'")

    def answer(self, page, text):
        before = page.run("document.querySelectorAll('#lines .candidate:not(.pending)').length")
        page.until("!document.getElementById('send').disabled")
        page.run("document.getElementById('answer').focus()")
        page.type(text)
        page.key("Enter")
        page.until(f"document.querySelectorAll('#lines .candidate:not(.pending)').length > {before}")

    def end(self, page):
        page.click("#end")
        page.until("document.getElementById('sure').open")
        page.click("#sure .warn")
        page.until(state("report"))

    def clean(self, page):
        """No console message, no uncaught error, no request to another host."""
        self.assertEqual(page.problems, [])
        hosts = {urllib.parse.urlsplit(u).netloc for u in page.urls if not u.startswith(("data:", "blob:", "about:"))}
        self.assertEqual(hosts, {urllib.parse.urlsplit(self.url).netloc})


class Room(PageTest):
    def test_typed_interview(self):
        page = self.open()
        url, session = self.session()
        self.assertNotIn(self.key, url)
        self.enter(page, url)
        page.until("document.getElementById('face').dataset.shown > 10", 90)
        page.until("document.querySelector('#lines .interviewer')")
        self.assertEqual(page.run("document.documentElement.lang"), "en")
        self.assertRegex(page.run("document.getElementById('clock').textContent"), r"^\d+:\d\d left$")
        self.answer(page, ANSWER)
        self.assertRegex(page.until("document.getElementById('progress').textContent"), r"^Question \d+ of \d+$")
        page.click("#pause")
        page.until("!document.getElementById('veil').hidden")
        clock = page.run("document.getElementById('clock').textContent")
        self.assertEqual(self.api("GET", f"/api/sessions/{session}")["status"], "paused")
        page.click("#go-on")
        page.until("document.getElementById('veil').hidden")
        self.assertEqual(self.api("GET", f"/api/sessions/{session}")["status"], "active")
        self.assertTrue(clock)
        lines = page.run("document.querySelectorAll('#lines .interviewer').length")
        page.click("#repeat")
        page.until(f"document.querySelectorAll('#lines .interviewer').length > {lines}")
        page.click("#next")
        page.until(f"document.querySelectorAll('#lines .interviewer').length > {lines + 1}")
        self.end(page)
        self.assertGreater(page.run("document.querySelectorAll('#report svg').length"), 4)
        self.assertIn("moved" if "moved" in ANSWER else "data centre", page.run("document.getElementById('report').textContent"))
        scored = self.api("GET", f"/api/sessions/{session}/feedback")["feedback"]["overall_score"]
        shown = page.run("document.querySelector('#report .big').textContent")
        self.assertEqual(shown, "–" if scored is None else f"{scored:g}")
        self.assertEqual(self.api("GET", f"/api/sessions/{session}")["status"], "terminated")
        self.assertEqual(page.frames["sent"] > 3, True)
        self.clean(page)
        page.go("about:blank")  # and the report is there when the room is opened again
        page.go(url)
        page.until(state("report"))
        self.clean(page)

    def test_keyboard_alone(self):
        """From the lobby to the report with Tab, Space, Enter and typing."""
        page = self.open()
        url, _ = self.session(language="ko")
        page.go(url)
        page.until(state("lobby"))
        self.assertEqual(page.run("document.documentElement.lang"), "ko")

        def tab_to(selector, limit=40):
            for _ in range(limit):
                if page.run(f"document.activeElement.matches({json.dumps(selector)})"):
                    return
                page.key("Tab")
            self.fail(f"Tab does not reach {selector}")

        page.run("document.activeElement.blur()")
        tab_to("[name=how]")
        page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowDown", code="ArrowDown", windowsVirtualKeyCode=40)
        page.until("document.querySelector('[value=type]').checked")
        tab_to("#start")
        page.key("Enter")
        page.until(state("stage"))
        page.until("document.activeElement.id === 'answer'")
        page.until(TURN + " === 'listening' || " + TURN + " === 'speaking'")
        page.type("저는 물류 회사에서 고객 포털을 새 데이터 센터로 옮기는 일을 맡았습니다.")
        page.key("Enter")
        page.until("document.querySelector('#lines .candidate:not(.pending)')")
        tab_to("#end")
        page.key("Enter")
        page.until("document.getElementById('sure').open")
        tab_to("#sure .warn", 4)
        page.key("Enter")
        page.until(state("report"))
        self.clean(page)

    def test_what_a_screen_reader_finds(self):
        page = self.open()
        url, _ = self.session(language="ja")
        self.enter(page, url)
        page.call("Accessibility.enable")
        nodes = [n for n in page.call("Accessibility.getFullAXTree")["nodes"] if not n.get("ignored")]
        roles = {n["role"]["value"] for n in nodes}
        self.assertLessEqual({"main", "banner", "navigation", "region", "log", "timer", "heading"}, roles)
        for n in nodes:
            if n["role"]["value"] in ("button", "textbox", "navigation", "region", "image", "log"):
                self.assertTrue(n.get("name", {}).get("value"), n)
        live = [p["value"]["value"] for n in nodes if n["role"]["value"] == "log" for p in n["properties"] if p["name"] == "live"]
        self.assertEqual(live, ["polite"])
        self.clean(page)

    def test_phone_dark_and_still(self):
        page = self.open()
        page.screen(360, 740, prefers_color_scheme="dark", prefers_reduced_motion="reduce")
        url, _ = self.session(language="ja")
        page.go(url)
        for where in ("lobby", "stage", "report"):
            page.until(state(where))
            self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360, where)
            small = page.run("[...document.querySelectorAll('button')].filter(b => { const r = b.getBoundingClientRect();"
                             " return r.width && (r.height < 44 || r.width < 44); }).map(b => b.id || b.textContent)")
            self.assertEqual(small, [], where)
            if where == "lobby":
                page.click("[value=type]")
                page.click("#start")
            elif where == "stage":
                page.until(TURN + " === 'speaking' || " + TURN + " === 'listening'")
                self.end(page)
        self.clean(page)

    def test_without_a_microphone(self):
        """The browser says no: typing is offered at once."""
        page = self.open("--deny-permission-prompts", asks=False)
        url, _ = self.session()
        page.go(url)
        page.until(state("lobby"))
        page.click("#mic-try")
        page.until("document.querySelector('[value=type]').checked")
        self.assertIn("type", page.run("document.getElementById('mic-note').textContent"))
        page.click("#start")
        page.until(state("stage"))
        self.answer(page, ANSWER)
        self.assertEqual(page.run("document.getElementById('mic').getAttribute('aria-pressed')"), "false")

    def test_spoken_interview(self):
        """A file plays the microphone; what the recogniser makes of it stands in the transcript."""
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(lambda: subprocess.run(["rm", "-r", folder], check=True))
        speech, whole = folder / "speech.wav", folder / "microphone.wav"
        if subprocess.run(["sh", "-c", "command -v flite && command -v sox"], capture_output=True).returncode:
            self.skipTest("flite or sox is not installed")
        subprocess.run(["flite", "-voice", "slt", "-t", "I worked with a good team and we finished the work on time.", "-o", speech], check=True)
        subprocess.run(["sox", speech, "-r", "48000", whole, "pad", "2", "6"], check=True)
        page = self.open(microphone=whole)
        url, session = self.session()
        self.enter(page, url, "speak")
        self.assertEqual(page.run("document.getElementById('mic').getAttribute('aria-pressed')"), "true")
        page.until("document.querySelector('#lines .candidate')", 180)
        self.assertGreater(page.frames["sent"], 100)
        page.run("document.getElementById('mic').click()")
        page.until("document.getElementById('mic').getAttribute('aria-pressed') === 'false'")
        self.end(page)
        turns = self.api("GET", f"/api/sessions/{session}/feedback")["transcript"]
        self.assertTrue(any(t["speaker"] == "candidate" for t in turns))
        self.clean(page)

    def test_the_microphone_becomes_16_khz(self):
        """Tones through the page's own resampler: level and noise within the band, nothing from above it."""
        page = self.open()
        page.go(self.session()[0])
        tone = """(async (rate, hz) => {
            const c = new OfflineAudioContext(1, rate * 2, rate), got = [];
            await c.audioWorklet.addModule(new URL("../page/mic.js", location.href));
            const n = new AudioWorkletNode(c, "mic", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
            n.port.onmessage = ({ data }) => got.push(...new Int16Array(data.pcm));
            const o = new OscillatorNode(c, { frequency: hz });
            o.connect(new GainNode(c, { gain: 0.5 })).connect(n);
            o.start();
            await c.startRendering();
            while (got.length < 31000) await new Promise((go) => setTimeout(go, 20));
            const x = got.slice(4000, 20000);
            let re = 0, im = 0, all = 0;
            x.forEach((v, i) => { const a = 2 * Math.PI * hz * i / 16000; re += v * Math.cos(a); im += v * Math.sin(a); all += v * v; });
            return [Math.sqrt(2 * all / x.length) / 32767, 10 * Math.log10(Math.max(all - 2 * (re * re + im * im) / x.length, 1e-9) / Math.max(all, 1e-9))];
        })"""
        for rate, hz in ((48000, 1000), (44100, 1000), (44100, 3000), (16000, 1000), (96000, 1000)):
            level, noise = page.run(f"{tone}({rate}, {hz})")
            self.assertAlmostEqual(level, 0.5, delta=0.005, msg=f"{hz} Hz at {rate}")
            self.assertLess(noise, -60, f"{hz} Hz at {rate}")
        for rate, hz in ((48000, 9000), (44100, 12000)):
            self.assertLess(page.run(f"{tone}({rate}, {hz})")[0], 0.001, f"{hz} Hz at {rate}")

    def test_comes_back_after_a_drop(self):
        page = self.open()
        url, _ = self.session()
        self.enter(page, url)
        self.answer(page, ANSWER)
        self.stop_server()
        page.until("document.getElementById('link').dataset.word === 'lost'")
        self.start_server(port=urllib.parse.urlsplit(self.url).port)
        page.until("document.getElementById('link').dataset.word === 'connected'", 90)
        self.answer(page, "I would do the test of the way back even earlier, because it showed us two mistakes in the plan.")
        self.end(page)
        self.assertIn("two mistakes in the plan", page.run("document.getElementById('report').textContent"))

    def test_another_window_takes_over(self):
        first, second = self.open(), self.open()
        url, _ = self.session()
        self.enter(first, url)
        self.enter(second, url)
        first.until("document.querySelector('#alert button')")
        self.assertIn("another window", first.run("document.getElementById('alert').textContent"))
        first.click("#alert button")
        second.until("document.querySelector('#alert button')")
        self.answer(first, ANSWER)

    def test_a_room_needs_a_pass(self):
        page = self.open()
        url, session = self.session()
        _, other = self.session()
        bare = url.split("#")[0]
        page.go(bare)
        page.until(state("door"))
        page.run("document.getElementById('key').focus()")
        page.type("wrong")
        page.key("Enter")
        page.until("document.querySelector('#alert p')")
        page.run("document.getElementById('key').value = ''")
        page.run("document.getElementById('key').focus()")
        page.type(self.key)
        page.key("Enter")
        page.until(state("lobby"))
        page.go("about:blank")
        page.go(bare.replace(session, other) + "#" + url.split("#")[1])  # a pass opens its own room only
        page.until(state("door"))


class Documents(PageTest):
    def test_swagger_ui_tries_operations(self):
        page = self.open()
        page.go(self.url + "/docs")
        page.until("document.querySelectorAll('.opblock').length > 15")
        page.click(".auth-wrapper .authorize")
        page.until("document.querySelector('.modal-ux input[aria-label=\"auth-api-key\"], .modal-ux input')")
        at = page.run("[...document.querySelectorAll('.modal-ux .auth-container')].findIndex(e => e.textContent.includes('X-API-Key'))")
        page.run(f"document.querySelectorAll('.modal-ux .auth-container')[{at}].querySelector('input').focus()")
        page.type(self.key)
        page.run(f"document.querySelectorAll('.modal-ux .auth-container')[{at}].querySelector('button.authorize').click()")
        page.run("document.querySelector('.modal-ux .close-modal').click()")
        _, session = self.session()
        document = self.api("GET", "/openapi.json")
        tried = 0
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if operation["operationId"] in ("socket", "session_delete"):  # no HTTP reply; ends what the others need
                    continue
                self.try_out(page, path, method, operation, {"session_id": session, "file": session + ".txt"})
                tried += 1
        self.assertGreater(tried, 15)
        path = "/api/sessions/{session_id}"
        self.try_out(page, path, "delete", document["paths"][path]["delete"], {"session_id": session}, "200")
        # What answers an error is a failed request to the browser, and nothing else is a problem.
        page.problems = [p for p in page.problems if "the server responded with a status of" not in p]
        self.clean(page)

    def try_out(self, page, path, method, operation, values, wanted=None):
        """As a reader does: open it, fill in what is needed, press Execute; the reply is one of those that are documented."""
        block = f"[id$='-{operation['operationId']}']"
        page.run(f"document.querySelector(\"{block} .opblock-summary-control\").click()")
        page.until(f"document.querySelector(\"{block} .execute\")")
        page.until(f"ui.specSelectors.specResolvedSubtree(['paths', '{path}', '{method}'])")  # before that it finds no operation
        for parameter in operation.get("parameters", []):
            if not parameter.get("required"):
                continue
            field = f"{block} [data-param-name='{parameter['name']}'] input"
            page.until(f'document.querySelector("{field}")')
            page.run(f'(e => {{ e.focus(); e.select(); }})(document.querySelector("{field}"))')
            page.type(values.get(parameter["name"], "me"))
            page.run("document.activeElement.blur()")  # the field waits a moment after each key, and not after this
        reply = f"document.querySelector(\"{block} .live-responses-table tr.response .response-col_status\")?.textContent"
        for _ in range(5):  # a form that has just been opened may not listen yet
            page.run(f"document.querySelector(\"{block} .execute\").click()")
            try:
                status = page.until(reply, 10).strip()[:3]
                break
            except AssertionError:
                continue
        else:
            self.fail(f"{operation['operationId']}: no reply; {page.problems}")
        self.assertIn(status, [wanted] if wanted else operation["responses"], operation["operationId"])
        page.run(f"document.querySelector(\"{block} .opblock-summary-control\").click()")

    def test_redoc_shows_every_operation(self):
        page = self.open()
        page.go(self.url + "/redoc")
        document = self.api("GET", "/openapi.json")
        ids = [o["operationId"] for path in document["paths"].values() for o in path.values()]
        page.until(f"document.querySelectorAll('[id^=\"operation/\"]').length >= {len(ids)}")
        page.until("document.querySelectorAll('.scrollbar-container, [role=search]').length")
        self.clean(page)

    def test_document_is_the_one_in_the_tree(self):
        self.assertEqual(self.api("GET", "/openapi.json"), json.loads((SOURCE / "docs/openapi.json").read_text()))


class Files(serving.ServerTest):
    def get(self, path, **headers):
        request = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def test_pages_allow_nothing_inline(self):
        for path in ("/docs", "/redoc", "/rooms/sess_abc123def456"):
            status, headers, body = self.get(path)
            self.assertEqual(status, 200, path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertNotIn("unsafe", headers["Content-Security-Policy"])
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertNotIn(b"<style", body)

    def test_tags_and_packing(self):
        status, headers, plain = self.get("/page/room.js")
        self.assertEqual((status, headers.get("Content-Encoding")), (200, None))
        status, packed, body = self.get("/page/room.js", Accept_Encoding="gzip")
        self.assertEqual((status, packed["Content-Encoding"]), (200, "gzip"))
        self.assertNotEqual(headers["ETag"], packed["ETag"])
        self.assertLess(len(body), len(plain))
        status, _, body = self.get("/page/room.js", If_None_Match=headers["ETag"])
        self.assertEqual((status, body), (304, b""))
        self.assertEqual(self.get("/page/none.js")[0], 404)
        self.assertEqual(self.get("/page/..%2froom.js")[0], 404)

    def test_labels_are_those_of_reports(self):
        made = subprocess.run([sys.executable, SOURCE / "server/page/room/labels.py"], capture_output=True, check=True).stdout
        self.assertEqual(made, (SOURCE / "server/page/room/labels.js").read_bytes())

    def test_every_language_has_every_word(self):
        text = (SOURCE / "server/page/room/text.js").read_text()
        words = [set(re.findall(r"(?:^|[{,]\s*)(\w+): \"", block, re.M)) for block in re.findall(r"const (?:en|ko|ja) = \{(.*?)^\};", text, re.S | re.M)]
        self.assertEqual(len(words), 3)
        self.assertGreater(len(words[0]), 60)
        self.assertEqual(words[0] ^ words[1] | words[0] ^ words[2], set())
        used = set(re.findall(r'\bt\("(\w+)"', (SOURCE / "server/page/room/room.js").read_text()))
        used |= set(re.findall(r'data-(?:text|label)="(\w+)"', (SOURCE / "server/page/room/room.html").read_text()))
        self.assertEqual(used - words[0], set())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
