"""Pictures of every screen in three languages: shots.py DIR. Needs chromium and fonts for Korean and Japanese (fonts-noto-cjk)."""
import html
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "shots").resolve()
from screen import ANSWERS, ScreenTest, main  # noqa: E402
from test_interview import WORDS  # noqa: E402

COLOURS = {"default": "#d8dee9", "black": "#3b4252", "red": "#bf616a", "green": "#a3be8c", "brown": "#ebcb8b", "yellow": "#ebcb8b", "blue": "#81a1c1",
           "magenta": "#b48ead", "cyan": "#88c0d0", "white": "#e5e9f0", "brightblack": "#7b88a1", "brightred": "#d08770", "brightgreen": "#a3be8c",
           "brightyellow": "#ebcb8b", "brightblue": "#81a1c1", "brightmagenta": "#b48ead", "brightcyan": "#8fbcbb", "brightwhite": "#ffffff"}
STYLE = ("body{margin:0;background:#2e3440;font:16px/20px 'DejaVu Sans Mono','Noto Sans Mono CJK KR','Noto Sans CJK KR',monospace}"
         "div{height:20px;white-space:pre;padding:0 8px}b,i{display:inline-block;height:20px;width:10px;overflow:hidden;font-style:normal;font-weight:normal}"
         "i{width:20px}.o{font-weight:bold}")


def colour(name, plain):
    return plain if name == "default" else COLOURS.get(name, f"#{name}")


def cell(c, wide):
    fg, bg = colour(c.fg, COLOURS["default"]), colour(c.bg, "#2e3440")
    if c.reverse:
        fg, bg = bg, fg
    tag = "i" if wide else "b"
    look = f"color:{fg};background:{bg}" + (";text-decoration:underline" if c.underscore else "")
    return f"<{tag}{' class=o' if c.bold else ''} style='{look}'>{html.escape(c.data) or ' '}</{tag}>"


def page(screen):
    rows = []
    for y in range(screen.lines):
        cells, x = [], 0
        while x < screen.columns:
            wide = x + 1 < screen.columns and screen.buffer[y][x + 1].data == ""
            cells.append(cell(screen.buffer[y][x], wide))
            x += 2 if wide else 1
        rows.append(f"<div>{''.join(cells)}</div>")
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(rows)}"


class Shots(ScreenTest):
    def shoot(self, t, name):
        t.settle()
        source = self.home / "shot.html"
        source.write_text(page(t.screen))
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={self.home}/chromium",
                        f"--window-size={t.screen.columns * 10 + 16},{t.screen.lines * 20}", f"--screenshot={FOLDER / name}.png", source.as_uri()],
                       check=True, capture_output=True, timeout=120)

    def tour(self, language):
        words = WORDS[language]
        lines = [x for x in (ANSWERS / f"interview-{language}.txt").read_text().splitlines() if x.strip()]
        env = {"LC_ALL": words["locale"]}
        for seed in (1, 2):  # a past, for the history and the progress
            self.ok("practice", "--plain", "--answers", ANSWERS / f"interview-{language}.txt", "--language", language, "--type", "behavioral", "--duration", "5",
                    "--seed", seed)
        t = self.terminal("practice", "--language", language, "--type", "behavioral", "--duration", "10", "--seed", "3", columns=96, rows=28, env=env)
        t.shows("interviewctl")
        self.shoot(t, f"start-{language}")
        t.type("\r")
        t.shows(words["listening"])
        for line in lines[:3]:
            t.type(line)
            t.wait(lambda: words["empty"] not in t.lines[-2], "the typed answer")
            t.type("\r")
            t.wait(lambda: words["empty"] in t.lines[-2], "the empty field")
            t.settle()
        t.type(lines[3][:40])
        self.shoot(t, f"interview-{language}")
        t.type("\x15\x1bOQ")
        t.shows(words["hints"])
        self.shoot(t, f"hints-{language}")
        t.type("\x1b")
        t.hides(words["hints"])
        t.type("?")
        self.shoot(t, f"keys-{language}")
        t.type(" ")
        t.settle()
        t.line("/end")
        t.settle()
        t.type("y")
        t.wait(lambda: words["report"] in t.lines[0], "the report")
        for name in ("scores", "delivery", "transcript", "progress"):
            self.shoot(t, f"{name}-{language}")
            t.type("\t")
        t.type("\x1b")
        t.settle()
        t.type("\x1bOQ")
        self.shoot(t, f"history-{language}")
        t.type("\x1b")
        t.settle()
        t.type("\x1bOR")
        self.shoot(t, f"settings-{language}")
        t.type("\x03")
        t.end()

    def test_english(self):
        self.tour("en")

    def test_korean(self):
        self.tour("ko")

    def test_japanese(self):
        self.tour("ja")


if __name__ == "__main__":
    main()
