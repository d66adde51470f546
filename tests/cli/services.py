"""For tests of whole interviews over services: a fake server for the class, every provider pointed at it."""
import json
import pathlib
import subprocess
import sys
import wave

from program import SOURCE, ProgramTest

sys.path.insert(0, str(SOURCE / "tests/fake"))
from fake import Fake  # noqa: E402

VOICES = {"elevenlabs": {"TTS_PROVIDER": "elevenlabs", "INTERVIEWCTL_ELEVENLABS_MODE": "timestamps"},
          "elevenlabs socket": {"TTS_PROVIDER": "elevenlabs", "INTERVIEWCTL_ELEVENLABS_MODE": "socket"},
          "openai": {"TTS_PROVIDER": "openai"},
          "edge": {"TTS_PROVIDER": "edge"}}
SAID = {"en": ["I led the migration of our billing service and cut the response time from 900 to 120 milliseconds.",
               "I measured the slow queries first and added an index.", "It was my own idea and I tested it with two colleagues."],
        "ko": ["저는 결제 서비스를 옮기는 일을 맡아서 응답 시간을 구백 밀리초에서 백이십 밀리초로 줄였습니다.", "먼저 느린 쿼리를 재고 색인을 추가했습니다.",
               "제 생각이었고 동료 두 명과 함께 확인했습니다."],
        "ja": ["私は決済サービスの移行を担当し、応答時間を九百ミリ秒から百二十ミリ秒に短くしました。", "最初に遅い問い合わせを測って索引を足しました。",
               "自分の考えで、同僚二人と確かめました。"]}


class ServicesTest(ProgramTest):
    fake_args = ("--service", "all", "--fast")

    @classmethod
    def setUpClass(cls):
        cls.fake = Fake(*cls.fake_args).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.fake.stop()

    def setUp(self):
        super().setUp()
        self.fake.post("/__reset")
        self.env.update({"INTERVIEWCTL_SESSION_MAX_OPEN": "1000", "INTERVIEWCTL_OPENAI_BASE_URL": self.fake.url("/v1"),
                         "INTERVIEWCTL_ELEVENLABS_BASE_URL": self.fake.url(),
                         "INTERVIEWCTL_DEEPGRAM_BASE_URL": self.fake.url(), "INTERVIEWCTL_EDGE_BASE_URL": self.fake.url(),
                         "OPENAI_API_KEY": "test-key", "ELEVENLABS_API_KEY": "test-key", "DEEPGRAM_API_KEY": "test-key"})

    def ears(self):
        """Recognisers over a service that this build has."""
        rows = self.json("providers", "list")
        return [r["name"] for r in rows if r["kind"] == "stt" and r["name"] in ("deepgram", "openai")]

    def lines(self, language):
        path = self.home / f"answers-{language}.txt"
        path.write_text("\n".join(SAID[language]) + "\n")
        return path

    def recordings(self, language):
        """Somebody speaks: what it is, the fake has been told. espeak-ng says it, so that it has words and pauses."""
        folder = self.home / f"answers-{language}"
        folder.mkdir(exist_ok=True)
        for i, text in enumerate(SAID[language], 1):
            done = self.run_program("speak", text, "--language", language, "--engine", "espeak", "-o", folder / f"{i}.wav")
            if done.returncode:
                self.skipTest(f"no espeak-ng voice to make recordings with: {done.stderr.strip()}")
        self.fake.post("/__transcripts", {language: SAID[language]})
        return folder

    def hold(self, language, answers, *args, voice=None, env=None, status=0, **kw):
        """An unattended interview: (result, transcript, what it said on stderr)."""
        env = {**(VOICES[voice] if voice else {}), **(env or {})}
        done = self.run_program("practice", "--plain", "--answers", answers, "--language", language, "--type", "behavioral", "--duration", "5",
                                "--seed", "3", "--user", "me", "--json", *args, env=env, **kw)
        self.assertEqual(done.returncode, status, done.stderr)
        result = json.loads(done.stdout)
        return result, self.transcript(result["session_id"]), done.stderr

    def transcript(self, session):
        return json.loads(self.ok("session", "export", session))["transcript"]

    def spoken_by(self, transcript, speaker):
        return [t for t in transcript if t["speaker"] == speaker]

    def assert_replays(self, session):
        before = self.fake.stats()["requests"]
        for args, env in (((), {"INTERVIEWCTL_OFFLINE": "1"}), (("--offline",), {})):
            replay = self.json("session", "replay", session, *args, env=env)
            self.assertTrue(replay["same_transcript"] and replay["same_report"], replay["differences"][:3])
        self.assertEqual(self.fake.stats()["requests"], before)


def streams(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)], capture_output=True, check=True).stdout
    return {s["codec_type"]: s for s in json.loads(out)["streams"]}


def sound_seconds(path):
    with wave.open(str(pathlib.Path(path))) as f:
        return f.getnframes() / f.getframerate()
