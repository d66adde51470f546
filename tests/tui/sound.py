"""A sound card that is none: a speaker and a room whose microphone the program hears, both at real time (PulseAudio)."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

NEEDED = ("pulseaudio", "pactl", "paplay", "parecord", "flite")
MISSING = [name for name in NEEDED if not shutil.which(name)]
if MISSING:
    print(f"{', '.join(MISSING)} not installed: skipped")
    sys.exit(77)

SCRIPT = """
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=speaker rate=48000
load-module module-null-sink sink_name=room rate=48000
load-module module-remap-source source_name=mic master=room.monitor
set-default-sink speaker
set-default-source mic
"""
ASOUNDRC = "pcm.!default {type pulse}\nctl.!default {type pulse}\n"


class SoundCard:
    def __init__(self, test, home):
        self.test, self.home = test, pathlib.Path(home)
        run = self.home / "pulse"
        run.mkdir(mode=0o700)
        socket = run / "native"
        (run / "script.pa").write_text(SCRIPT.format(socket=socket))
        (self.home / ".asoundrc").write_text(ASOUNDRC)
        # A null sink takes two seconds at once from whoever does not ask for less; a sound card does not.
        self.env = {"PULSE_SERVER": f"unix:{socket}", "PULSE_RUNTIME_PATH": str(run), "PULSE_LATENCY_MSEC": "60"}
        own = {**os.environ, "PULSE_RUNTIME_PATH": str(run), "HOME": str(self.home)}
        self.log = open(run / "log", "wb")
        self.server = subprocess.Popen(["pulseaudio", "-n", "-F", run / "script.pa", "--exit-idle-time=-1", "--daemonize=no", "--use-pid-file=no"],
                                       env=own, stdout=self.log, stderr=self.log)
        test.addCleanup(self.close)
        for _ in range(200):
            if socket.exists() and self.pactl("info").returncode == 0:
                return
            time.sleep(0.05)
        test.fail("the sound server did not start: " + (run / "log").read_text())

    def pactl(self, *args):
        return subprocess.run(["pactl", *args], env={**os.environ, **self.env}, capture_output=True, text=True, timeout=20)

    def record_speaker(self, path):
        """All that is played from here on, until stop()."""
        recorder = subprocess.Popen(["parecord", "-d", "speaker.monitor", "--rate=16000", "--channels=1", "--file-format=wav", path],
                                    env={**os.environ, **self.env})
        self.test.addCleanup(recorder.wait)
        self.test.addCleanup(recorder.terminate)
        return recorder

    def say(self, wav):
        """Into the room, at real time; returns at once."""
        return subprocess.Popen(["paplay", "-d", "room", wav], env={**os.environ, **self.env}, stderr=subprocess.DEVNULL)

    def unplug_microphone(self):
        """It gives nothing any more and says nothing of it, as a device does that is pulled out."""
        for kind, name in (("source", "mic"), ("sink", "room")):
            self.test.assertEqual(self.pactl(f"suspend-{kind}", name, "1").returncode, 0)

    def unplug_speaker(self):
        self.test.assertEqual(self.pactl("suspend-sink", "speaker", "1").returncode, 0)

    def close(self):
        self.server.terminate()
        self.server.wait(20)
        self.log.close()


def speech(path, text, voice="rms"):
    subprocess.run(["flite", "-voice", voice, "-o", path, text], check=True)
    return path
