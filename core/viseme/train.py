#!/usr/bin/env python3
"""Trains the mouth-from-sound network: core/viseme/train.py BUILD [FOLDER]. Needs numpy, espeak-ng's library, a kana converter, flite.

Speech is synthesised whose phonemes are known: espeak-ng in Korean, English and Japanese with the voices below (rates vary), and
flite's recorded English speakers. The texts are those of core/data/questions. The voices and texts of tests/unit/test_viseme_estimator.c
and flite's slt are kept out. BUILD/tests/bench_viseme makes the features, so that the network is
taught on exactly what it will see; the running mean of each band (remember() of hearing.c) is done here as there.
Writes core/data/visemes/estimator.json. FOLDER keeps speech and features for another run. Same inputs, same seed, same numpy: same file.
"""
import base64
import concurrent.futures
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESPEAK = ("m1 m2 m4 m5 m6 m7 m8 f1 f3 f4 f5 klatt klatt2 klatt3 Andy Annie Gene Jacky Lee Michael adam anika linda "
          "steph rob ed david iven john edward pablo paul benjamin").split()
FLITE = ("awb", "rms", "kal16")
TEXTS_EACH = 12            # of each espeak voice in each language
FLITE_TEXTS = 140         # of each flite voice at each of these speeds; a faster one has a shorter throat too: a woman's, a child's
FLITE_SPEEDS = (0.94, 1.0, 1.1, 1.18, 1.27)
BANDS, SHAPES = 20, 15
CONTEXT = (-9, -6, -4, -2, -1, 0, 1, 2)
HIDDEN = (128, 64)
EPOCHS, BATCH, SEED = 12, 512, 7
MEAN_WEIGHT, MEAN_CAP = 100, 400
STAY, PRIOR_POWER = 0.85, 0.5     # of the filter behind the network: a shape lasts 70 ms or so; not tuned further
# flite's ARPAbet in IPA
IPA = dict(zip("aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh".split(),
               "ɑ æ ʌ ɔ aʊ ə aɪ b tʃ d ð ɛ ɝ eɪ f g h ɪ i dʒ k l m n ŋ oʊ ɔɪ p ɹ s ʃ t θ ʊ u v w j z ʒ".split()))


def texts(lang):
    found = []
    for path in sorted((ROOT / "core/data/questions" / lang).glob("*.yaml")):
        found += [t for t in re.findall(r'(?:ask|say): "([^"{}\\]+)"', path.read_text()) if 12 <= len(t) <= 160]
    random.Random(SEED).shuffle(found)
    return found


def flite(job):
    """One utterance of flite as WAV, played faster or slower, and its phonemes as milliseconds and IPA."""
    voice, speed, text, stem = job
    done = subprocess.run(["flite", "-voice", voice, "-psdur", "-t", text, "-o", stem.with_suffix(".wav")],
                          capture_output=True, text=True, check=True)
    with wave.open(str(stem.with_suffix(".wav"))) as w:
        rate, samples = w.getframerate(), w.readframes(w.getnframes())
    with wave.open(str(stem.with_suffix(".wav")), "wb") as w:
        w.setparams((1, 2, round(rate * speed), 0, "NONE", ""))
        w.writeframes(samples)
    rows, start = [], 0.0
    for name, end in re.findall(r"(\S+):([0-9.]+)", done.stdout):
        rows.append(f"{round(start * 1000 / speed)} {round(float(end) * 1000 / speed)} {IPA.get(name, '_')}")
        start = float(end)
    stem.with_suffix(".lab").write_text("\n".join(rows) + "\n")
    return f"file\t{stem.with_suffix('.wav')}\t{stem.with_suffix('.lab')}"


def listing(folder):
    chance, lines = random.Random(SEED), []
    for lang in ("ko", "en", "ja"):
        pool = texts(lang)
        for i, voice in enumerate(ESPEAK):
            name = ("en-us" if i % 2 else "en-gb") if lang == "en" else lang
            for k in range(TEXTS_EACH):
                text = pool[(i * TEXTS_EACH + k) % len(pool)]
                lines.append(f"tts\tespeak\t{name}+{voice}\t{lang}\t{chance.choice(('0.8', '0.9', '1.0', '1.15', '1.3'))}\t{text}")
    pool, jobs = texts("en"), []
    for voice in FLITE:
        for speed in FLITE_SPEEDS:
            for _ in range(FLITE_TEXTS):
                jobs.append((voice, speed, pool[len(jobs) % len(pool)], folder / f"flite{len(jobs)}"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return lines + list(pool.map(flite, jobs))


def read(path):
    data, at, utterances = path.read_bytes(), 0, []
    row = np.dtype([("band", "<f4", BANDS), ("shape", "<i4"), ("speech", "<i4")])
    while at < len(data):
        n = int(np.frombuffer(data, "<i4", 1, at)[0])
        utterances.append(np.frombuffer(data, row, n, at + 4))
        at += 4 + n * row.itemsize
    return utterances


def follow(u, mean):
    """Bands relative to their running mean, as hearing.c does it."""
    mean, n, out = mean.copy(), MEAN_WEIGHT, np.empty((len(u), BANDS), np.float32)
    band, speech = u["band"], u["speech"]
    for i in range(len(u)):
        if speech[i]:
            n = min(n + 1, MEAN_CAP)
            mean += (band[i] - mean) / n
        out[i] = band[i] - mean
    return out


def frames(utterances, mean, noise=None):
    """Inputs of the network, each row the bands of its CONTEXT; before the first frame stands the first, after the last the last."""
    xs, ys = [], []
    for u in utterances:
        if noise is not None and noise.random() < 0.5:      # a noisy line hides what is quiet
            u = u.copy()
            floor = noise.uniform(-5.0, -2.2) + noise.normal(0, 0.15, (len(u), BANDS)).astype(np.float32)
            u["band"] = np.logaddexp(u["band"] * 2.76, floor * 2.76) / 2.76
        if noise is not None and noise.random() < 0.6:      # another microphone
            u = u.copy()
            slope, bow = noise.normal(0, 0.35), noise.normal(0, 0.2)
            u["band"] += (slope * np.linspace(-1, 1, BANDS) + bow * np.cos(np.linspace(0, np.pi * 2, BANDS))).astype(np.float32)
        x = follow(u, mean)
        at = np.clip(np.arange(len(u))[:, None] + np.array(CONTEXT), 0, len(u) - 1)
        xs.append(x[at].reshape(len(u), -1))
        ys.append(u["shape"])
    return np.concatenate(xs), np.concatenate(ys)


def forward(layers, x):
    acts = [x]
    for i, (w, b) in enumerate(layers):
        x = x @ w + b
        x = np.maximum(x, 0) if i + 1 < len(layers) else x
        acts.append(x)
    return acts


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def train(x, y):
    rng = np.random.default_rng(SEED)
    sizes = (x.shape[1], *HIDDEN, SHAPES)
    layers = [[rng.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32), np.zeros(b, np.float32)] for a, b in zip(sizes, sizes[1:])]
    m = [[np.zeros_like(p) for p in layer] for layer in layers]
    v = [[np.zeros_like(p) for p in layer] for layer in layers]
    step, total = 0, EPOCHS * (len(x) // BATCH)
    for epoch in range(EPOCHS):
        order, loss = rng.permutation(len(x)), 0.0
        for at in range(0, len(x) - BATCH + 1, BATCH):
            pick = order[at:at + BATCH]
            acts = forward(layers, x[pick])
            p = softmax(acts[-1])
            loss -= np.log(p[np.arange(BATCH), y[pick]] + 1e-9).sum()
            p[np.arange(BATCH), y[pick]] -= 1
            g = p / BATCH
            step += 1
            rate = 2e-3 * (1 - step / total) + 1e-5
            for i in range(len(layers) - 1, -1, -1):
                grads = (acts[i].T @ g + 1e-5 * layers[i][0], g.sum(0))
                if i:
                    g = (g @ layers[i][0].T) * (acts[i] > 0)
                for k, d in enumerate(grads):
                    m[i][k] += 0.1 * (d - m[i][k])
                    v[i][k] += 0.001 * (d * d - v[i][k])
                    layers[i][k] -= (rate * (m[i][k] / (1 - 0.9 ** step)) / (np.sqrt(v[i][k] / (1 - 0.999 ** step)) + 1e-8)).astype(np.float32)
        print(f"epoch {epoch + 1}: loss {loss / len(x):.4f}", file=sys.stderr, flush=True)
    return layers


def packed(w):
    """One byte a weight, one scale for each neuron; rows by neuron."""
    scale = np.abs(w).max(0) / 127 + 1e-9
    q = np.rint(w / scale).astype(np.int8).T
    return {"scale": [float(f"{s:.6g}") for s in scale], "weights": base64.b64encode(q.tobytes()).decode()}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else temporary).resolve()
        if not (folder / "train.bin").exists():
            subprocess.run([build / "tests/bench_viseme", "features", folder / "train.bin"], check=True, text=True,
                           input="\n".join(listing(folder)) + "\n")
        utterances = read(folder / "train.bin")
    mean = np.mean(np.concatenate([u["band"][u["speech"] == 1] for u in utterances]), 0)
    mean = np.round(mean, 4).astype(np.float32)
    x, y = frames(utterances, mean, np.random.default_rng(SEED))
    print(f"{len(utterances)} utterances, {len(x)} frames", file=sys.stderr, flush=True)
    layers = train(x, y)
    prior = np.bincount(y, minlength=SHAPES) / len(y)
    model = {"about": "Weights of the mouth-from-sound network, made by core/viseme/train.py; one signed byte each, base64, a row for each neuron.",
             "context": list(CONTEXT), "stay": STAY, "prior_power": PRIOR_POWER,
             "band_mean": [float(f"{m:.4f}") for m in mean], "prior": [float(f"{p:.5f}") for p in prior],
             "layers": [dict(size=len(b), bias=[float(f"{t:.5f}") for t in b], **packed(w)) for w, b in layers]}
    (ROOT / "core/data/visemes/estimator.json").write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
