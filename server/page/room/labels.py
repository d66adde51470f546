#!/usr/bin/env python3
"""Writes labels.js from core/data/comments, so that the room's report says what every other report says: labels.py > labels.js"""
import json
import pathlib
import sys

import yaml

DATA = pathlib.Path(__file__).resolve().parents[3] / "core" / "data" / "comments"
labels = {lang: yaml.safe_load((DATA / f"{lang}.yaml").read_text("utf-8"))["labels"] for lang in ("en", "ko", "ja")}
sys.stdout.write("/* labels.js - the words of reports; made by labels.py from core/data/comments. */\n\nexport const labels = ")
sys.stdout.write(json.dumps(labels, ensure_ascii=False, indent=1) + ";\n")
