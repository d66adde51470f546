"""A whole interview by voice: a speaker, a microphone in a room, keys, a display; each at real time."""
import array
import json
import re
import subprocess
import threading
import time
import unittest
import wave
from screen import BINARY, Display, ScreenTest, main
from sound import SoundCard, speech

ANSWERS = [
    "My manager asked for a report, but nobody could tell me what it was for. I talked to three customers and wrote down what each of them needed. "
    "Then I built a small version in one week. After that the team agreed on the goal, and it saved us four hours every week.",
    "I decided what to build first, because I had measured which part was slow. My colleague tested it.",
    "In the end the customers used it every morning, and my manager was happy.",
]
RATE = 16000


def words(text):
    return re.findall(r"[a-z']+", text.lower())


def kept(said, heard):
    """The part of the words that was understood, in their order."""
    a, b = words(said), words(heard)
    row = [0] * (len(b) + 1)
    for x in a:
        before = row[:]
        for j, y in enumerate(b):
            row[j + 1] = before[j] + 1 if x == y else max(before[j + 1], row[j])
    return row[-1] / len(a)


def heard_for(path):
    """Seconds since the first sound in a recording that is still being made."""
    data = path.read_bytes()[44:] if path.exists() else b""
    samples = array.array("h", data[:len(data) // 2 * 2])
    first = next((i for i, x in enumerate(samples) if abs(x) > 400), len(samples))
    return (len(samples) - first) / RATE


class Sound:
    """A recording: how loud it was in each 20 ms."""

    def __init__(self, path):
        with wave.open(str(path)) as w:
            samples = array.array("h", w.readframes(w.getnframes()))
        step = RATE // 50
        self.loud = [max(map(abs, samples[i:i + step])) > 400 for i in range(0, len(samples) - step, step)]

    def seconds(self):
        return sum(self.loud) / 50


class Voice(ScreenTest):
    def setUp(self):
        super().setUp()
        self.card = SoundCard(self, self.home)
        self.display = Display(self)
        self.env.update(self.card.env, DISPLAY=self.display.name)
        del self.env["INTERVIEWCTL_AUDIO_SPEAKER"]

    def say(self, t, text):
        """All of it; the interviewer hears it out."""
        sound = self.card.say(speech(self.home / "said.wav", text))
        t.wait(lambda: sound.poll() is not None, "the end of the answer", 60)

    def listening(self, t, limit=90):
        t.wait(lambda: "Listening" in t.text(), "the candidate's turn", limit)

    def test_english(self):
        played = self.home / "played.wav"
        recorder = self.card.record_speaker(played)
        t = self.terminal("practice", "--yes", "--language", "en", "--type", "behavioral", "--duration", "5", "--seed", "3",
                          "--mic", "default", "--avatar", "window")
        hello = speech(self.home / "hello.wav", "Hello, nice to meet you too.")
        answer = speech(self.home / "answer.wav", ANSWERS[0])

        # A word into the greeting is no answer; the question comes then, and is interrupted by one.
        t.wait(lambda: heard_for(played) > 3, "three seconds of the greeting", 60)
        self.assertIn("Speaking", t.text())
        sound = self.card.say(hello)
        t.wait(lambda: "Listening" in t.text(), "the end of the interviewer's sentence", 5)
        t.wait(lambda: sound.poll() is not None, "the end of the greeting", 60)
        t.shows("Speaking")
        t.wait(lambda: self.display.colours() > 50, "the face")
        moved = self.display.shot()
        t.wait(lambda: self.display.shot() != moved, "a mouth that moves")
        t.shows("clear. How did you get", 60)
        sound = self.card.say(answer)
        t.wait(lambda: "Listening" in t.text(), "the end of the interviewer's sentence", 5)
        t.wait(lambda: sound.poll() is not None, "the end of the answer", 60)
        t.shows("Speaking")

        # Then nothing is said for long.
        self.listening(t)
        turns = t.text().count("Interviewer")
        t.wait(lambda: t.text().count("Interviewer") > turns, "a word that there is time", 70)
        self.listening(t)
        self.say(t, ANSWERS[1])
        t.shows("Speaking")
        self.listening(t)

        # The microphone goes in mid-answer: said within 3 s, and the interview goes on by text.
        sound = self.card.say(speech(self.home / "said.wav", ANSWERS[0]))
        t.shows("My manager asked", 20)
        self.card.unplug_microphone()
        gone = time.monotonic()
        t.shows("nothing has come from it", 10)
        self.assertLess(time.monotonic() - gone, 6)
        sound.terminate()
        t.type("\x15")
        t.line(ANSWERS[2])
        t.shows("my manager was happy")

        # So does the loudspeaker, in mid-sentence.
        t.shows("Speaking")
        self.card.unplug_speaker()
        t.shows("the speaker stopped", 20)
        t.line("/end")
        t.type("y")
        t.shows("Report")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()
        recorder.terminate()
        recorder.wait()
        self.check(Sound(played))

    def session(self):
        return json.loads(self.ok("session", "list", "--json"))["sessions"][0]["session_id"]

    def turns(self, speaker):
        turns = json.loads(self.ok("session", "export", self.session(), "--json"))["transcript"]
        return [x for x in turns if x["speaker"] == speaker]

    def check_report(self, language):
        path = self.home / "report.json"
        self.ok("report", self.session(), "--as", "json", "-o", path)
        self.ok("verify", path)
        report = json.loads(path.read_text())
        self.assertEqual(report["session"]["language"] if "session" in report else report["language"], language)
        return report

    def check(self, played):
        said = self.turns("candidate")
        self.assertEqual([(x["source"], x["kind"]) for x in said], [("speech", "remark"), ("speech", "answer"), ("speech", "answer"), ("typed", "answer")])
        self.assertIsNone(said[0]["question_id"])
        for answer, turn in zip(ANSWERS, said[1:]):
            self.assertGreater(kept(answer, turn["text"]), 0.6, turn["text"])
            if turn["source"] == "speech":
                times = [w[1] for w in turn["words"]]
                self.assertEqual(times, sorted(times))
        asked = self.turns("interviewer")
        self.assertIn("Good to meet you.", asked[0]["text"])  # was heard
        self.assertNotIn("?", asked[0]["text"])  # the question came after the interruption
        self.assertEqual([x["kind"] for x in asked[:4]], ["greeting", "remark", "probe", "remark"])
        # In what was played: the greeting breaks off where the transcript does, and every later turn is there.
        first = next(i for i in range(len(played.loud)) if not any(played.loud[i:i + 100]))
        self.assertLess(first / 50, 9)
        self.assertGreater(played.seconds(), first / 50 + 5)
        self.check_report("en")

    def lines(self, *args, stdin):
        p = subprocess.Popen([BINARY, "practice", "--plain", "--language", "en", "--type", "behavioral", "--duration", "5", "--seed", "3", *args],
                             env=self.env, cwd=self.home, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
        self.addCleanup(p.stderr.close)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        guard = threading.Timer(240, p.kill)  # then its lines end
        guard.start()
        self.addCleanup(guard.cancel)
        return p

    def until_quiet(self, path):
        """The loudspeaker said something, and then nothing for two seconds."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            data = path.read_bytes()[44:]
            samples = array.array("h", data[:len(data) // 2 * 2])
            if max(samples, default=0) > 400 and len(samples) > 4 * RATE and max(samples[-2 * RATE:]) < 100:
                return
            time.sleep(0.2)
        self.fail("the question did not end")

    def until(self, lines, start):
        for line in lines:
            if line.startswith(start):
                return line
        self.fail(f"no line that begins with {start!r} came")

    def test_lines(self):
        """--plain: the same microphone, speaker and window, with standard input closed; then the microphone goes."""
        played = self.home / "played.wav"
        recorder = self.card.record_speaker(played)
        p = self.lines("--mic", "default", "--avatar", "window", stdin=subprocess.DEVNULL)
        self.until(p.stderr, "interviewctl: listening to")
        self.until(p.stdout, "Interviewer: ")
        end = time.monotonic() + 60
        while self.display.colours() < 50 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertGreater(self.display.colours(), 50)
        self.until_quiet(played)
        sound = self.card.say(speech(self.home / "said.wav", ANSWERS[0]))
        heard = self.until(p.stdout, "You: ")
        self.assertGreater(kept(ANSWERS[0], heard), 0.6, heard)
        self.until(p.stdout, "Interviewer: ")
        sound.wait(60)
        self.card.unplug_microphone()
        self.until(p.stderr, "interviewctl: microphone")  # and with nobody left to answer the interview ends
        self.until(p.stdout, "Scores")
        p.stdout.read()
        self.assertEqual(p.wait(60), 0, p.stderr.read())
        recorder.terminate()
        recorder.wait()
        self.assertGreater(Sound(played).seconds(), 5)
        said = self.turns("candidate")
        self.assertEqual(said[0]["source"], "speech")
        self.check_report("en")

    def test_push_to_talk(self):
        """Without the key nobody is heard; with it no silence ends the answer, and the key does at once."""
        t = self.terminal("practice", "--yes", "--language", "en", "--type", "behavioral", "--duration", "5", "--seed", "3", "--mic", "default",
                          env={"INTERVIEWCTL_AUDIO_TALK": "push"})
        t.shows("Space: speak", 60)
        t.shows("Speaking", 60)
        sound = self.card.say(speech(self.home / "hello.wav", "Hello, nice to meet you too."))
        t.wait(lambda: sound.poll() is not None, "the end of a voice that is not listened to", 60)
        self.listening(t)
        t.type(" ")
        t.shows("You speak: Space ends it")
        self.say(t, ANSWERS[1])
        end = time.monotonic() + 6  # an answer by voice alone ends sooner
        t.wait(lambda: time.monotonic() > end, "a long silence")
        self.assertIn("You speak: Space ends it", t.text())
        t.type(" ")
        t.shows("Speaking", 60)
        self.assertNotIn("You speak", t.text())
        t.type(" ")  # into the reply
        t.shows("You speak: Space ends it")
        t.type("\r")
        t.shows("Space: speak", 60)
        t.line("/end")
        t.type("y")
        t.shows("Report")
        t.type("q")
        self.assertEqual(t.end(), 0)
        t.check_bytes()
        said = self.turns("candidate")
        self.assertEqual([x["source"] for x in said], ["speech"])
        self.assertGreater(kept(ANSWERS[1], said[0]["text"]), 0.5, said[0]["text"])

    def typed(self, language, locale, listening, over, lines):
        played = self.home / "played.wav"
        recorder = self.card.record_speaker(played)
        t = self.terminal("practice", "--yes", "--language", language, "--type", "general", "--difficulty", "easy", "--duration", "5", "--seed", "3",
                          "--avatar", "window", env={"LC_ALL": locale})
        t.wait(lambda: self.display.colours() > 50, "the face")
        for i in range(12):
            t.wait(lambda: listening in t.text() or over in t.text(), "the candidate's turn", 90)
            if over in t.text():
                break
            t.line(lines[i % len(lines)])
            t.wait(lambda: listening not in t.text(), "the reply")
        t.wait(lambda: over in t.text(), "the end", 90)
        t.type("\r")
        t.settle()
        t.type("q")
        self.assertEqual(t.end(), 0)
        recorder.terminate()
        recorder.wait()
        said = self.turns("candidate")
        self.assertGreaterEqual(len(said), 2)
        self.assertEqual([x["text"] for x in said], [lines[i % len(lines)] for i in range(len(said))])
        self.assertGreater(Sound(played).seconds(), 10)
        self.check_report(language)

    def test_korean(self):
        self.typed("ko", "ko_KR.UTF-8", "듣는 중", "결과가 나옵니다", [
            "저는 지난 프로젝트에서 일정이 늦어지는 원인을 직접 조사했습니다. 그 결과 배포 시간을 절반으로 줄였습니다.",
            "팀원들과 매일 아침 짧게 이야기하면서 우선순위를 다시 정했습니다."])

    def test_japanese(self):
        self.typed("ja", "ja_JP.UTF-8", "聞いています", "Enter で結果を見ます", [
            "前の職場で、報告書の作成に時間がかかる原因を自分で調べて、作業時間を半分に減らしました。",
            "毎朝チームで短く話し合い、優先順位を決め直しました。"])


if __name__ == "__main__":
    main()
