"""Microphones and playback devices on a machine that has none; with sound: tests/tui/test_devices.py."""
import json
import unittest
from program import ProgramTest, main, of_this_machine

# No sound server; what is left is cards.
NO_SOUND = {"PULSE_SERVER": "unix:/nowhere", "PIPEWIRE_REMOTE": "/nowhere", "JACK_NO_START_SERVER": "1", "SDL_AUDIODRIVER": "pulseaudio"}


@of_this_machine
class NoDevices(ProgramTest):
    def setUp(self):
        super().setUp()
        del self.env["INTERVIEWCTL_AUDIO_SPEAKER"]
        self.env.update(NO_SOUND)

    def without(self, kind):
        if any(d["kind"] == kind for d in self.json("devices", "list")):
            raise unittest.SkipTest(f"this machine has a {kind}")

    def test_list(self):
        done = self.run_program("devices", "list", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.strip().startswith("["))
        self.without("microphone")
        self.assertIn("no microphone", done.stderr)
        self.assertNotIn("ALSA lib", done.stderr)  # the libraries' own words

    def test_test_says_what_is_missing(self):
        self.without("microphone")
        self.assertIn("no microphone", self.fails(69, "UNAVAILABLE", "devices", "test"))
        done = self.run_program("devices", "test", "--json", "--mic", "Nobody's")
        self.assertEqual((done.returncode, done.stdout), (69, ""))
        self.assertEqual(json.loads(done.stderr)["error"]["code"], "UNAVAILABLE")

    def test_monitor_says_what_is_missing(self):
        self.without("microphone")
        self.assertIn("no microphone", self.fails(69, "UNAVAILABLE", "devices", "monitor", "--seconds", "1"))

    def test_none_is_no_microphone_to_test(self):
        self.assertIn('"none"', self.fails(69, "UNAVAILABLE", "devices", "test", "--mic", "none"))

    def test_what_is_refused(self):
        self.fails(64, "INVALID_REQUEST", "devices", "monitor", "--seconds", "0")
        self.fails(64, "INVALID_REQUEST", "devices", "monitor", "--format", "csv")
        self.fails(64, "INVALID_REQUEST", "devices", "test", "more")


if __name__ == "__main__":
    main()
