"""Whole unattended interviews, typed and spoken, in three languages, with and without recording."""
import json
import pathlib
import shutil
import subprocess
import unittest
from program import ANSWERS, BINARY, ProgramTest, main


def probe(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)], capture_output=True, check=True).stdout
    return {s["codec_type"]: s for s in json.loads(out)["streams"]}


class Practice(ProgramTest):
    def test_the_pipeline_of_the_contract(self):
        out = self.home / "out"
        result = json.loads(self.ok("practice", "--plain", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--type", "behavioral",
                                    "--duration", "10", "--seed", "3", "--record", out, "--json"))
        self.assertLessEqual({"session_id", "status", "summary", "feedback"}, set(result))
        self.assertIsNotNone(result["feedback"]["overall_score"])
        session = result["session_id"]
        streams = probe(out / f"{session}.mp4")
        video, audio = streams["video"], streams["audio"]
        self.assertEqual((video["codec_name"], video["width"], video["height"], video["r_frame_rate"]), ("h264", 512, 512, "25/1"))
        self.assertEqual(audio["codec_name"], "aac")
        self.assertLessEqual(abs(float(video["duration"]) - float(audio["duration"])), 0.040)
        self.assertGreater((out / f"{session}.wav").stat().st_size, 24000 * 2 * 30)
        self.assertIn("Interviewer:", (out / f"{session}.txt").read_text())
        self.ok("verify", out / f"{session}.json")
        latency = self.json("latency", session)
        self.assertEqual([s["stage"] for s in latency["stages"]], ["end_of_turn", "reply", "voice", "mouth", "total"])
        self.assertGreater(len(latency["turns"]), 3)
        self.assertTrue(all(t["total"] == t["reply"] + t["voice"] for t in latency["turns"]))  # nobody spoke: no end of turn
        replay = self.json("session", "replay", session)
        self.assertTrue(replay["same_transcript"] and replay["same_report"], replay["differences"][:3])

    def test_korean_and_japanese_by_text(self):
        for language, interviewer in (("ko", "면접관"), ("ja", "面接官")):
            with self.subTest(language):
                text = self.ok("practice", "--plain", "--answers", ANSWERS / f"interview-{language}.txt", "--language", language,
                               "--type", "behavioral", "--duration", "10")
                self.assertIn(f"{interviewer}:", text)
                listing = self.json("session", "list", "--limit", "1")["sessions"][0]
                self.assertEqual((listing["language"], listing["status"] in ("completed", "terminated")), (language, True))

    def test_lines_on_standard_input(self):
        text = self.ok("practice", "--plain", "--language", "en", "--duration", "5",
                       stdin="I led the release myself and cut errors by 30 percent.\n/skip\n/repeat\n/end\n")
        self.assertIn("You: I led" if "You:" in text else "Interviewer:", text)

    def test_the_same_seed_is_the_same_interview(self):
        runs = [self.ok("practice", "--plain", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--seed", "11",
                        "--duration", "5", "--type", "technical").split("\n\n")[0] for _ in range(2)]
        self.assertEqual(runs[0], runs[1])

    def test_bad_answers_files(self):
        self.fails(66, "NOT_FOUND", "practice", "--answers", self.home / "none.txt", "--language", "en")
        (self.home / "folder").mkdir()
        self.fails(65, "INVALID_DATA", "practice", "--answers", self.home / "folder", "--language", "en")
        (self.home / "bytes.txt").write_bytes(b"\xff\xfe\n")
        self.fails(65, "INVALID_DATA", "practice", "--answers", self.home / "bytes.txt", "--language", "en", "--duration", "5")

    def test_record_where_nothing_can_be_made(self):
        self.fails(73, "CANNOT_CREATE", "practice", "--answers", ANSWERS / "interview-en.txt", "--language", "en", "--record", "/proc/nowhere")

    def test_interrupt_saves_and_a_later_start_goes_on(self):
        process = subprocess.Popen([BINARY, "practice", "--plain", "--language", "en", "--duration", "5"], env=self.env, cwd=self.home,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdin.write(b"I built the importer on my own and halved its run time.\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(2)
        self.assertEqual(process.wait(timeout=30), 130)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        left = self.json("session", "list", "--status", "paused")["sessions"]
        self.assertEqual(len(left), 1)
        text = self.ok("practice", left[0]["session_id"], "--plain", stdin="And then I measured it again.\n/end\n")
        self.assertIn("Interviewer:", text)


class Render(ProgramTest):
    def test_a_film_of_a_sentence(self):
        film = self.home / "face.mp4"
        self.ok("render", "Tell me about yourself.", "--language", "en", "-o", film)
        streams = probe(film)
        self.assertEqual((streams["video"]["codec_name"], streams["video"]["width"]), ("h264", 512))
        self.assertLessEqual(abs(float(streams["video"]["duration"]) - float(streams["audio"]["duration"])), 0.040)

    def test_pictures_and_a_stream(self):
        (self.home / "frames").mkdir()
        self.ok("render", "Hello.", "--language", "en", "-o", self.home / "frames/%05d.jpg", "--size", "128")
        self.assertGreater(len(list((self.home / "frames").glob("*.jpg"))), 20)
        done = self.run_program("render", "Hello.", "--language", "en", "-o", "-", "--size", "64", text=False)
        self.assertEqual((done.returncode, done.stdout[:2]), (0, b"\xff\xd8"))

    def test_bad_requests(self):
        self.fails(64, "INVALID_REQUEST", "render", "Hello.", "-o", "face.avi")
        self.fails(64, "INVALID_REQUEST", "render", "Hello.", "-o", "%s%n.jpg")
        self.fails(64, "INVALID_REQUEST", "render", "Hello.", "-o", "x.mp4", "--size", "100")
        self.fails(66, "AVATAR_MODEL_NOT_LOADED", "render", "Hello.", "-o", "x.mp4", "--avatar", "nobody")
        self.fails(69, "GPU_NOT_AVAILABLE", "render", "Hello.", "-o", "x.mp4", "--backend", "cuda")
        self.fails(73, "CANNOT_CREATE", "render", "Hello.", "--language", "en", "-o", "/proc/nowhere/x.mp4")

    def test_avatars(self):
        names = [a["name"] for a in self.json("avatar", "list")]
        self.assertIn("mina", names)
        done = self.run_program("avatar", "preview", names[0], "--size", "256", text=False)
        self.assertEqual((done.returncode, done.stdout[:2]), (0, b"\xff\xd8"))
        self.fails(66, "AVATAR_MODEL_NOT_LOADED", "avatar", "preview", "nobody", "-o", "x.jpg")


class Speak(ProgramTest):
    def test_three_languages_to_files(self):
        for language, text in (("en", "Hello, 42 percent of SQL."), ("ko", "안녕하세요"), ("ja", "こんにちは、面接を始めます。")):
            path = self.home / f"{language}.wav"
            self.ok("speak", text, "--language", language, "-o", path)
            rate = subprocess.run(["soxi", "-r", path], capture_output=True, check=True).stdout.strip()
            self.assertEqual(rate, b"24000")

    def test_a_pipe_of_wav(self):
        done = self.run_program("speak", "안녕하세요", "--language", "ko", "-o", "-", text=False)
        self.assertEqual(done.stdout[:4], b"RIFF")
        mp3 = self.home / "hello.mp3"
        subprocess.run(["ffmpeg", "-v", "error", "-i", "-", str(mp3)], input=done.stdout, check=True)
        self.assertGreater(mp3.stat().st_size, 1000)

    def test_visemes(self):
        keys = json.loads(self.ok("speak", "Hello there.", "--language", "en", "--visemes", "-"))
        self.assertLessEqual({"start_ms", "end_ms", "viseme", "weight"}, set(keys[0]))

    def test_refusals(self):
        self.fails(65, "TTS_INVALID_TEXT", "speak", "  ", "--language", "en", "-o", "x.wav")
        self.assertIn("nobody", self.fails(66, "NOT_FOUND", "speak", "Hi", "--language", "en", "--voice", "nobody", "-o", "x.wav"))
        self.fails(64, "INVALID_REQUEST", "speak", "Hi", "--language", "en", "-o", "x.xyz")

    def test_voices_are_listed_and_spoken_with(self):
        voices = self.json("providers", "voices", "espeak", "--language", "en")
        self.assertTrue(voices)
        self.ok("speak", "Hi", "--language", "en", "--engine", "espeak", "--voice", voices[0]["voice"], "-o", self.home / "v.wav")
        self.fails(66, "NOT_FOUND", "providers", "voices", "nobody")

    def test_ask_writes_sound(self):
        session = self.create()
        self.ok("ask", session, "--audio", "-o", self.home / "q.wav")
        self.assertGreater((self.home / "q.wav").stat().st_size, 24000)


if __name__ == "__main__":
    main()
