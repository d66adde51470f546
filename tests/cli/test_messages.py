"""Messages in three languages: help and tables by locale, JSON in none, catalogues complete and up to date."""
import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unicodedata
import unittest
from program import SOURCE, ProgramTest, main

PO = SOURCE / "po"
GETTEXT = all(map(shutil.which, ("xgettext", "msgmerge", "msgattrib", "msgfmt")))


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Locales(ProgramTest):
    WISHES = [  # what the environment says, the language of messages
        ({"LC_ALL": "ko_KR.UTF-8"}, "ko"), ({"LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LC_ALL": "", "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "ko_KR.UTF-8"}, "ja"), ({"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LC_ALL": "C.UTF-8", "LANGUAGE": "ja"}, "ja"), ({"LC_ALL": "ko_KR.UTF-8", "LANGUAGE": "de:ja:ko"}, "ja"),
        ({"LC_ALL": "kok_IN.UTF-8"}, "en"), ({"LC_ALL": "de_DE.UTF-8"}, "en"), ({}, "en"),
    ]
    USAGE = {"en": "Usage:", "ko": "사용법:", "ja": "使い方:"}
    HEADING = {"en": "KIND", "ko": "종류", "ja": "種類"}

    def test_help_follows_the_locale(self):
        for env, lang in self.WISHES:
            with self.subTest(env):
                self.assertTrue(self.ok("session", "--help", env=env).startswith(self.USAGE[lang]))

    def test_table_headings(self):
        for env, lang in self.WISHES:
            with self.subTest(env):
                self.assertTrue(self.ok("providers", "list", env=env).startswith(self.HEADING[lang]))

    def test_hints_are_translated_and_errors_are_not(self):
        for locale, hint in (("ko_KR.UTF-8", "힌트:"), ("ja_JP.UTF-8", "ヒント:"), ("C.UTF-8", "hint:")):
            said = self.fails(66, "SESSION_NOT_FOUND", "session", "show", "sess_000000000000", env={"LC_ALL": locale})
            error, advice = said.splitlines()
            self.assertEqual(error, self.fails(66, "SESSION_NOT_FOUND", "session", "show", "sess_000000000000").splitlines()[0])
            self.assertTrue(advice.startswith(hint), said)

    def test_the_interview_is_held_in_the_locale_s_language(self):
        for env, lang in (({"LC_ALL": "ko_KR.UTF-8"}, "ko"), ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"), ({}, "en")):
            session = self.ok("session", "create", "--format", "id", env=env).strip()
            self.assertEqual(self.json("session", "show", session)["language"], lang)

    def test_columns_stand_under_each_other(self):
        for locale in ("C.UTF-8", "ko_KR.UTF-8", "ja_JP.UTF-8"):
            help_text = self.ok("practice", "--help", env={"LC_ALL": locale}).splitlines()
            rows = [m for m in (re.match(r"  (...) --\S+(?: [A-Z|-]+)?  +(\S)", line) for line in help_text) if m]
            self.assertGreater(len(rows), 5)
            self.assertEqual({m.start(2) for m in rows}, {28})
            table = self.ok("providers", "list", env={"LC_ALL": locale}).splitlines()
            columns = [[cells(line[:m.start()]) for m in re.finditer(r"(?:^|(?<=  ))\S", line)] for line in table]
            self.assertEqual(len({row[1] for row in columns}), 1, table)

    def test_json_is_the_same_everywhere(self):
        self.create()
        for args in (("session", "list"), ("providers", "list"), ("config", "list"), ("questions", "list"), ("version",), ("stats",)):
            seen = {self.ok(*args, "--json", env={"LC_ALL": locale}) for locale in ("C", "ko_KR.UTF-8", "ja_JP.UTF-8")}
            self.assertEqual(len(seen), 1, args)


@unittest.skipUnless(GETTEXT, "gettext's tools are not installed")
class Catalogues(unittest.TestCase):
    def test_every_text_is_translated(self):
        for lang in ("ko", "ja"):
            done = subprocess.run(["msgfmt", "-c", "--statistics", "-o", os.devnull, PO / f"{lang}.po"], capture_output=True, text=True,
                                  check=True, env={**os.environ, "LC_ALL": "C"})
            self.assertRegex(done.stderr.splitlines()[-1], r"^\d{3,} translated messages\.$")

    def test_they_hold_the_texts_of_the_source(self):
        with tempfile.TemporaryDirectory() as made:
            subprocess.run([PO / "update", made], check=True)
            for name in ("interviewctl.pot", "ko.po", "ja.po"):
                self.assertTrue(filecmp.cmp(PO / name, pathlib.Path(made) / name, shallow=False), f"{name} is old: run po/update")


if __name__ == "__main__":
    main()
