"""Sound to answer with: a voiced tone in syllables, always the same, as long as the text would take to say."""
import array
import asyncio
import functools
import math
import shutil
import struct
import subprocess

SYLLABLE_S = 0.18
PITCHES = (118, 131, 124, 110, 139, 127, 115, 104)       # Hz, one per syllable; then again
PATTERN_S = SYLLABLE_S * len(PITCHES)
MP3_S = 30                                               # encoded once per format; longer speech repeats it


def char_seconds(char):
    if "가" <= char <= "힣":
        return 0.17
    if "぀" <= char <= "ヿ" or "一" <= char <= "鿿":
        return 0.15
    if char.isspace():
        return 0.04
    return 0.065 if char.isalnum() else 0.12


def seconds(text):
    """How long it takes to say: whole syllables, at least one."""
    return max(1, math.ceil(sum(map(char_seconds, text)) / SYLLABLE_S)) * SYLLABLE_S


def char_times(text):
    """[(char, start, end)] in seconds; the last ends where the sound ends."""
    total, scale, at, out = seconds(text), 0.0, 0.0, []
    scale = total / (sum(map(char_seconds, text)) or 1)
    for char in text:
        end = at + char_seconds(char) * scale
        out.append((char, round(at, 3), round(end, 3)))
        at = end
    return out


def word_times(text):
    """[(word, start, end)] in seconds."""
    out, word, start, last = [], "", 0.0, 0.0
    for char, begin, end in char_times(text) + [(" ", 0.0, 0.0)]:
        if char.isspace():
            if word:
                out.append((word, start, last))
            word = ""
        else:
            start = start if word else begin
            word, last = word + char, end
    return out


@functools.lru_cache(None)
def pattern(rate):
    """The syllables once, as bytes of signed 16-bit little-endian mono."""
    out = array.array("h")
    n = int(rate * SYLLABLE_S)
    for pitch in PITCHES:
        step = 2 * math.pi * pitch / rate
        for i in range(n):
            envelope = math.sin(math.pi * i / n) ** 0.5
            wave = sum(math.sin(step * h * i) / h for h in (1, 2, 3, 5))
            out.append(int(6000 * envelope * wave))
    if struct.pack("=h", 1) != struct.pack("<h", 1):
        out.byteswap()
    return out.tobytes()


def pcm(duration_s, rate):
    size = round(duration_s * rate) * 2
    once = pattern(rate)
    return (once * (size // len(once) + 1))[:size]


def wav(duration_s, rate):
    data = pcm(duration_s, rate)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16,
                       b"data", len(data)) + data


def have_ffmpeg():
    return shutil.which("ffmpeg") is not None


def encode(source, *options):
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", *options, "-"], input=source, capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"ffmpeg: {done.stderr.decode(errors='replace')[-200:]}")
    return done.stdout


@functools.lru_cache(None)
def mp3_frames(rate, kbps):
    """Frames that each stand alone (no bit reservoir), so that any run of them is a file."""
    data = encode(wav(MP3_S, rate), "-c:a", "libmp3lame", "-b:a", f"{kbps}k", "-reservoir", "0", "-write_xing", "0",
                  "-id3v2_version", "0", "-f", "mp3")
    frames, at = [], 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        per_kbit = 144000 if data[at + 1] & 0x08 else 72000
        size = per_kbit * kbps // rate + (data[at + 2] >> 1 & 1)
        frames.append(data[at:at + size])
        at += size
    return frames, (1152 if rate >= 32000 else 576) / rate


def mp3_now(duration_s, rate, kbps):
    frames, frame_s = mp3_frames(rate, kbps)
    count = max(1, math.ceil(duration_s / frame_s))
    return b"".join(frames[i % len(frames)] for i in range(count))


async def mp3(duration_s, rate=24000, kbps=48):
    """The encoder runs once per format, beside the event loop."""
    await asyncio.to_thread(mp3_frames, rate, kbps)
    return mp3_now(duration_s, rate, kbps)


PACK = {"flac": ("-f", "flac"), "opus": ("-c:a", "libopus", "-ar", "48000", "-f", "ogg"), "aac": ("-c:a", "aac", "-f", "adts")}


@functools.lru_cache(64)
def packed_now(duration_s, shape, rate):
    return encode(wav(duration_s, rate), *PACK[shape])


async def packed(duration_s, shape, rate=24000):
    """Formats that are not asked for often: one run of the encoder per length."""
    return await asyncio.to_thread(packed_now, duration_s, shape, rate)
