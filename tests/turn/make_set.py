#!/usr/bin/env python3
"""The labelled pauses: answers.txt becomes set.tsv. The same output each time.

Each answer is held five times. A pause is log-normal, 0.3 to 4 s: median 0.65 s between sentences, 1.0 s within one, 1.3 s after a filler,
which a third of the pauses within sentences have; one speaker in five takes half as long again. A recogniser sets a full stop where a sentence
ends, and in English at a fifth of the pauses within one too. Lines: part, language, answer, pause in ms (0: the end), what is said, what is
understood of it.
"""
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
FILLERS = {"en": ["um", "uh", "you know"], "ko": ["음", "어", "그"], "ja": ["えーと", "あの", "えっと"]}
STOPS = ".。"
TIMES = 5


def pause(random_, median_s, slow):
    return round(min(4.0, max(0.3, random_.lognormvariate(0, 0.5) * median_s * (1.5 if slow else 1))) * 100) * 10


def pieces(random_, lang, text):
    slow = random_.random() < 0.2
    parts = [p.strip() for p in text.split("/")]
    for i, part in enumerate(parts):
        heard, median = part, 1.0
        if part[-1] in STOPS:
            median = 0.65
        elif i + 1 < len(parts) and random_.random() < 1 / 3:
            filler = random_.choice(FILLERS[lang])
            part, heard, median = f"{part}, {filler}", f"{part} {filler}" if lang != "ja" else f"{part}、{filler}", 1.3
        elif lang == "en" and random_.random() < 0.2:
            heard += "."
        said = part if part[-1] in STOPS else part + ("、" if lang == "ja" else ",")
        yield (0 if i + 1 == len(parts) else pause(random_, median, slow)), said, heard


def main():
    random_ = random.Random(20)
    lines, number = [], 0
    for line in (HERE / "answers.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        part, lang, text = line.split(" ", 2)
        for _ in range(TIMES):
            number += 1
            lines += ["\t".join((part, lang, str(number), str(ms), said, heard)) for ms, said, heard in pieces(random_, lang, text)]
    (HERE / "set.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
