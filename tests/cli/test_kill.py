"""kill -9 while an unattended interview runs: no turn that was shown is lost, and the store is whole afterwards."""
import os
import random
import signal
import subprocess
import time
from program import ANSWERS, BINARY, ProgramTest, main

KILLS = int(os.environ.get("IV_KILLS", "300"))


class Kill(ProgramTest):
    def shown_before_death(self, session, delay):
        process = subprocess.Popen([BINARY, "practice", session, "--plain", "--answers", ANSWERS / "interview-en.txt"], env=self.env,
                                   cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().decode().splitlines()
        process.wait()
        process.stdout.close()
        return lines

    def test_no_shown_turn_is_lost(self):
        rng = random.Random(5)
        shown = 0
        for i in range(KILLS):
            session = self.create("--type", "behavioral", "--duration", "10", "--user", f"user{i}")
            lines = self.shown_before_death(session, rng.uniform(0.01, 0.35))
            kept = self.ok("session", "show", session, "--transcript", "text")
            for line in lines:
                if line.startswith("Interviewer: "):
                    self.assertIn(line, kept, f"kill {i}")
                    shown += 1
                elif line.startswith("You: ") and line is not lines[-1]:
                    self.assertIn(line.removeprefix("You: "), kept, f"kill {i}")
                    shown += 1
        self.assertGreater(shown, KILLS)
        checks = self.run_program("doctor", "--json").stdout
        self.assertIn('"store",\n    "state": "ok"', checks)
        session = self.create("--user", "after")
        self.ok("ask", session)


if __name__ == "__main__":
    main()
