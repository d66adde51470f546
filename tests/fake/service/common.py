"""Small things more than one service needs."""
import hashlib
import struct


def good_key(key):
    return key.startswith("test-key")


def bearer(request):
    kind, _, key = request.header("authorization").partition(" ")
    return key.strip() if kind.lower() in ("bearer", "token") else ""


def request_id(seed):
    """A UUID that is always the same for the same bytes."""
    d = hashlib.md5(seed if isinstance(seed, bytes) else str(seed).encode()).hexdigest()
    return f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}"


def wav_seconds(data):
    """How long a WAV file plays; None if it is none. A size of the data chunk that was never filled in is forgiven."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, per_s = 12, 0
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack("<I", data[at + 4:at + 8])[0]
        if name == b"fmt " and at + 20 <= len(data):
            per_s = struct.unpack("<I", data[at + 16:at + 20])[0]
        if name == b"data":
            return min(size, len(data) - at - 8) / per_s if per_s else None
        at += 8 + size + (size & 1)
    return None


def file_seconds(data, bytes_per_s=4000):
    """WAV exactly; other known containers by their size; None for what is no sound file."""
    if data[:4] == b"RIFF":
        return wav_seconds(data)
    known = (b"fLaC", b"OggS", b"ID3", b"\x1aE\xdf\xa3")
    if data.startswith(known) or data[4:8] == b"ftyp" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):
        return len(data) / bytes_per_s
    return None


def word_list(text, start, end):
    """[(word, start, end)] spread over that time by length."""
    words = text.split()
    total = sum(len(word) + 1 for word in words) or 1
    out, at = [], start
    for word in words:
        length = (end - start) * (len(word) + 1) / total
        out.append((word, round(at, 3), round(at + length * 0.9, 3)))
        at += length
    return out
