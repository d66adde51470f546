#!/usr/bin/env python3
"""A spoken interview with one answer: API_KEY=... client.py http://localhost:8000 answer.wav OUT
Needs requests and websockets; answer.wav is 16-bit mono of 8 to 48 kHz. OUT receives the sound, the last face, transcript and film."""
import asyncio
import base64
import json
import os
import pathlib
import sys
import wave

import requests
import websockets


async def answer(socket, path):
    with wave.open(path) as f:
        if (f.getnchannels(), f.getsampwidth()) != (1, 2):
            raise SystemExit(f"{path}: not 16-bit mono")
        rate, samples = f.getframerate(), f.readframes(f.getnframes())
    samples += bytes(3 * 2 * rate)  # as a microphone goes on: silence ends the answer
    size = rate // 50 * 2  # 20 ms
    for at in range(0, len(samples), size):
        piece = base64.b64encode(samples[at:at + size]).decode()
        await socket.send(json.dumps({"type": "audio_data", "audio": piece, "sample_rate": rate, "format": "pcm16"}))
        await asyncio.sleep(0.02)


async def interview(url, speech, out):
    heard, reply, voice, frames, speaker, answered, ended = [], "", bytearray(), 0, None, False, None
    async with websockets.connect(url, compression=None, max_size=16 << 20) as socket:
        async for text in socket:
            m = json.loads(text)
            if m["type"] == "connected":
                await socket.send(json.dumps({"type": "start_session", "record": True}))
            elif m["type"] == "turn" and m["state"] == "speaking":
                answered = bool(heard)
            elif m["type"] == "turn" and m["state"] == "listening" and not m.get("hushed"):
                if not speaker:
                    speaker = asyncio.create_task(answer(socket, speech))
                elif answered:
                    await socket.send(json.dumps({"type": "end_session"}))
            elif m["type"] == "stt_final":
                heard.append(m["transcript"])
            elif m["type"] == "llm_response" and m["done"] and heard:
                reply = m["text"]
            elif m["type"] == "tts_audio":
                voice += base64.b64decode(m["audio_data"])
            elif m["type"] == "avatar_frame":
                frames += 1
                (out / "face.jpg").write_bytes(base64.b64decode(m["frame_data"]))
            elif m["type"] == "error":
                print(f"{m['code']}: {m['message']}", file=sys.stderr)
            elif m["type"] == "session_ended":
                ended = m
                break
        if speaker:
            speaker.cancel()
    if not ended:
        raise SystemExit("the connection ended before the interview")
    (out / "voice.pcm").write_bytes(voice)
    return {"transcript": " ".join(heard), "reply": reply, "audio_bytes": len(voice), "frames": frames,
            "status": ended["status"], "summary": ended["summary"], "feedback": ended["feedback"]}


def main():
    url, speech, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    key = os.environ["API_KEY"]
    out.mkdir(parents=True, exist_ok=True)
    made = requests.post(f"{url}/api/sessions", headers={"X-API-Key": key}, timeout=30,
                         json={"user_id": "me", "interview_type": "behavioral", "language": "en"})
    made.raise_for_status()
    told = asyncio.run(interview(f"{made.json()['websocket_url']}?api_key={key}", speech, out))
    for name, address in (("transcript.txt", told["summary"]["transcript_url"]), ("interview.mp4", told["summary"]["video_url"])):
        if address:  # signed: they need no key
            file = requests.get(address, timeout=60)
            file.raise_for_status()
            (out / name).write_bytes(file.content)
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
