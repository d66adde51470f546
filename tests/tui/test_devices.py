"""devices list, test and monitor with a speaker and a microphone, each at real time."""
import json
import signal
import subprocess
import time
from screen import BINARY, ScreenTest, main
from sound import SoundCard, speech

WORDS = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty."


class Devices(ScreenTest):
    def setUp(self):
        super().setUp()
        self.card = SoundCard(self, self.home)
        self.env.update(self.card.env)
        del self.env["INTERVIEWCTL_AUDIO_SPEAKER"]
        self.talkers = []
        self.addCleanup(lambda: [s.wait() for s in self.talkers])
        self.addCleanup(lambda: [s.terminate() for s in self.talkers])

    def start(self, *args):
        p = subprocess.Popen([BINARY, *args], env=self.env, cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.stderr.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    def talk(self):
        """Somebody in the room talks on and on."""
        wav = speech(self.home / f"said{len(self.talkers)}.wav", WORDS)
        for _ in range(2):
            self.talkers.append(self.card.say(wav))

    def test_list(self):
        rows = json.loads(self.ok("devices", "list", "--json"))
        for kind in ("microphone", "speaker"):
            of_kind = [d for d in rows if d["kind"] == kind]
            self.assertTrue(of_kind, rows)
            self.assertEqual(sum(d["default"] for d in of_kind), 1, rows)
            self.assertIn(of_kind[0]["through"], ("portaudio", "sdl"))
        self.assertEqual(self.ok("devices", "list", "--format", "id").split("\n")[0], rows[0]["name"])

    def test_test_in_silence(self):
        p = self.start("devices", "test", "--json")
        out, said = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 1, said)
        self.assertIn("is it muted", said)
        result = json.loads(out)
        self.assertEqual((result["verdict"], result["tone_heard"], result["played"]), ("silent", False, True))

    def test_test_with_a_voice_beside_the_loudspeaker(self):
        self.assertEqual(self.card.pactl("load-module", "module-loopback", "source=speaker.monitor", "sink=room", "latency_msec=60").returncode, 0)
        played = self.home / "played.wav"
        recorder = self.card.record_speaker(played)
        p = self.start("devices", "test", "--json")
        while "say something" not in p.stderr.readline():
            self.assertIsNone(p.poll(), "it ended before the recording")
        self.talk()
        out, said = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0, said)
        result = json.loads(out)
        self.assertEqual((result["tone_heard"], result["played"], result["seconds"]), (True, True, 3))
        self.assertIn(result["verdict"], ("good", "too loud"))
        self.assertGreater(result["peak_db"], -30)
        self.assertGreater(result["peak_db"], result["level_db"])
        recorder.terminate()
        recorder.wait()
        self.assertGreater(played.stat().st_size, 2 * 16000 * 3)

    def test_monitor_in_json(self):
        self.talk()
        p = self.start("devices", "monitor", "--json", "--seconds", "2")
        out, said = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0, said)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["at_ms"] for line in lines], list(range(0, 2000, 100)))
        self.assertGreater(max(line["level_db"] for line in lines), -40)

    def test_monitor_on_a_terminal(self):
        t = self.terminal("devices", "monitor")
        t.shows("[....")
        self.assertIn("-96.0 dB", t.text())
        self.talk()
        t.shows("[######")
        t.kill(signal.SIGINT)
        self.assertEqual(t.end(), 130)
        self.assertNotIn("[", t.text())

    def test_monitor_of_a_microphone_that_goes(self):
        t = self.terminal("devices", "monitor")
        t.shows("[....")
        self.card.unplug_microphone()
        gone = time.monotonic()
        t.shows("nothing has come from it")
        self.assertLess(time.monotonic() - gone, 15)
        self.assertEqual(t.end(), 69)

    def test_the_start_screen(self):
        t = self.terminal("practice", columns=110)
        t.shows("Microphone")
        row = t.row_of("Microphone")

        # A meter while the row is chosen, and only then.
        while "‹" not in t.lines[row]:
            t.type("\x1b[A")
            t.settle(0.1)
        self.assertNotIn("█", t.lines[row])
        t.type("\x1b[D")  # from none back to the system's
        t.wait(lambda: "the system's" in t.lines[row], "the system's microphone")
        self.talk()
        t.wait(lambda: "█" in t.lines[row], "the meter")
        t.type("\x1b[B")
        t.wait(lambda: "█" not in t.lines[row], "no meter")

        # The test, first with a voice, then in silence.
        t.type("\x1bOS")
        t.shows("Say something")
        self.talk()
        t.wait(lambda: "█" in t.lines[row], "the meter")
        t.shows("That was you")
        t.shows("It does not hear the loudspeaker")
        self.assertTrue("The microphone is good" in t.text() or "too loud" in t.text(), t.text())
        t.type("\x14")
        t.shows("A tone is played")
        for s in self.talkers:
            s.terminate()
        t.shows("silence only")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()


if __name__ == "__main__":
    main()
