"""Draws the diagrams of the documentation: `python docs/diagrams/draw.py`.

They are put into the pages as SVG, and so have the colours of the page, light or dark. They are as
wide as a telephone's window, since small letters are no use there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 440
LINE = 15
# Defined by the theme, and by docs/conf.py.
INK = "currentColor"
SOFT = "var(--color-foreground-secondary, #616e7c)"
RULE = "var(--color-foreground-border, #9aa5b1)"
PAPER = "var(--color-background-primary, #ffffff)"
FILL = "var(--cors-fill, #f4f6f8)"
GOOD = "var(--cors-good, #0f766e)"
BAD = "var(--cors-bad, #b91c1c)"
SANS = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace"


class Drawing:
    """Shapes and text from the top of a page downwards; `y` is where the next one begins."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.y = 8.0
        self._parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = INK,
        anchor: str = "start",
        size: float = 12,
        bold: bool = False,
        on: str = PAPER,
    ) -> None:
        """One line on the colour *on*; in the letters of code where it is between backticks."""
        font = MONO if text.startswith("`") else SANS
        size = size - 1 if text.startswith("`") else size
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-family="{font}" font-size="{size:g}"'
            f' font-weight="{600 if bold else 400}" text-anchor="{anchor}"'
            f' style="fill:{colour};stroke:{on};stroke-width:4px;paint-order:stroke">'
            f"{escape(text.strip('`'))}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, *, colour: str = RULE) -> None:
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"'
            f' style="fill:{FILL};stroke:{colour}"/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: str = RULE, dashes: str = ""
    ) -> None:
        dashed = f";stroke-dasharray:{dashes}" if dashes else ""
        self._parts.append(
            f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" style="stroke:{colour};fill:none{dashed}"/>'
        )

    def head(self, x: float, y: float, dx: float, dy: float, colour: str) -> None:
        """The head of an arrow that arrives at (x, y) from the direction (dx, dy)."""
        points = [(x, y), (x + 8 * dx + 4 * dy, y + 8 * dy + 4 * dx)]
        points.append((x + 8 * dx - 4 * dy, y + 8 * dy - 4 * dx))
        path = " ".join(f"{px:g},{py:g}" for px, py in points)
        self._parts.append(f'<polygon points="{path}" style="fill:{colour}"/>')

    def card(self, x: float, width: float, lines: Sequence[str], colour: str = RULE) -> None:
        """A box with lines of text, the first of them bold, at `y`; `y` stays where it is."""
        self.box(x, self.y, width, LINE * len(lines) + 12, colour=colour)
        for number, line in enumerate(lines):
            y = self.y + LINE * (number + 1) + 2
            tone = colour if number == 0 and colour != RULE else INK
            self.text(
                x + width / 2, y, line, colour=tone, anchor="middle", bold=number == 0, on=FILL
            )

    def svg(self) -> str:
        """The diagram, with a title for those who cannot see it."""
        size = f"0 0 {WIDTH} {self.y + 8:g}"
        first = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img">'
        title = f"<title>{escape(self.title)}</title>"
        return "\n".join([first, title, *self._parts, "</svg>\n"])


class Conversation(Drawing):
    """Who says what to whom, from the top downwards."""

    def __init__(self, title: str, lanes: dict[str, float]) -> None:
        super().__init__(title)
        self._lanes = lanes
        self._start = self.y + 24
        self.y += 40

    def say(self, who: str, whom: str, *lines: str, colour: str = INK) -> None:
        """An arrow, with what is said above it."""
        start, end = self._lanes[who], self._lanes[whom]
        for number, line in enumerate(lines):
            self.y += LINE
            tone = colour if number == 0 else INK
            self.text((start + end) / 2, self.y, line, colour=tone, anchor="middle")
        self.y += 8
        back = 1 if end < start else -1
        self.line(start, self.y, end + 6 * back, self.y, colour=colour)
        self.head(end, self.y, back, 0, colour)
        self.y += 10

    def note(self, where: str, *lines: str, colour: str = RULE, width: float = 200) -> None:
        """What somebody does about it."""
        x = min(max(self._lanes[where] - width / 2, 1), WIDTH - width - 1)
        self.y += 4
        self.card(x, width, lines, colour)
        self.y += LINE * len(lines) + 24

    def part(self, title: str) -> None:
        """Another conversation begins."""
        self.y += 10
        self.line(0, self.y, WIDTH, self.y, dashes="2 4")
        self.y += 20
        self.text(0, self.y, title, colour=SOFT, bold=True)
        self.y += 6

    def svg(self) -> str:
        told, self._parts = self._parts, []
        for name, x in self._lanes.items():
            self.line(x, self._start, x, self.y)
            wide = 16 + 7.2 * len(name)
            left = min(max(x - wide / 2, 1), WIDTH - wide - 1)
            self.box(left, self._start - 24, wide, 24)
            self.text(left + wide / 2, self._start - 8, name, anchor="middle", bold=True)
        self._parts += told
        return super().svg()


LANES = {"page": 30.0, "browser": 150.0, "server": 410.0}


def simple_request() -> Drawing:
    """A GET, whose answer the page may see, or not."""
    drawing = Conversation("A simple request, allowed and refused", LANES)
    drawing.say("page", "browser", '`fetch("/items")`')
    drawing.say("browser", "server", "`GET /items`", "`Origin: https://app.example`")
    drawing.note("server", "The handler runs", "whoever asks", width=150)
    drawing.say(
        "server",
        "browser",
        "`200`",
        "`Access-Control-Allow-Origin:`",
        "`https://app.example`",
        colour=GOOD,
    )
    drawing.note("browser", "CORS check: passed", "the page's own origin, or *", colour=GOOD)
    drawing.say("browser", "page", "the answer", colour=GOOD)
    drawing.part("Without that header")
    drawing.say("server", "browser", "`200`", colour=BAD)
    drawing.note("browser", "CORS check: failed", "the console says why", colour=BAD)
    drawing.say("browser", "page", "`TypeError`", colour=BAD)
    return drawing


def preflight() -> Drawing:
    """A PUT, and the question before it."""
    drawing = Conversation("A preflight, and the request that follows it", LANES)
    drawing.say("page", "browser", "`PUT, JSON`")
    drawing.note("browser", "Not simple: ask first", "without cookies or tokens")
    drawing.say(
        "browser",
        "server",
        "`OPTIONS /items/1`",
        "`Origin: https://app.example`",
        "`Access-Control-Request-Method: PUT`",
        "`Access-Control-Request-Headers:`",
        "`content-type`",
    )
    drawing.note("server", "aiohttp_cors answers", "no handler runs", width=160)
    drawing.say(
        "server",
        "browser",
        "`200`",
        "`Access-Control-Allow-Origin: ...`",
        "`Access-Control-Allow-Methods: PUT`",
        "`Access-Control-Allow-Headers:`",
        "`CONTENT-TYPE`",
        "`Access-Control-Max-Age: 600`",
        colour=GOOD,
    )
    drawing.note("browser", "Remembered for 600 s", "further PUTs do not ask", colour=GOOD)
    drawing.say("browser", "server", "`PUT /items/1`", "`Origin: https://app.example`")
    drawing.say("server", "browser", "`200, Access-Control-Allow-Origin`", colour=GOOD)
    drawing.say("browser", "page", "the answer", colour=GOOD)
    drawing.part("Where the answer is 401, 403, 404 or a redirect")
    drawing.note("browser", "The PUT is never sent", colour=BAD)
    drawing.say("browser", "page", "`TypeError`", colour=BAD)
    return drawing


def credentials() -> Drawing:
    """A cookie, and the two headers that it needs."""
    drawing = Conversation("Credentials, answered with the origin and with a wildcard", LANES)
    drawing.say("page", "browser", "`credentials:`", '`"include"`')
    drawing.say(
        "browser", "server", "`GET /me`", "`Origin: https://app.example`", "`Cookie: session=...`"
    )
    drawing.say(
        "server",
        "browser",
        "`200`",
        "`Access-Control-Allow-Origin:`",
        "`https://app.example`",
        "`Access-Control-Allow-Credentials: true`",
        colour=GOOD,
    )
    drawing.note("browser", "Both are needed", "and both are there", colour=GOOD)
    drawing.say("browser", "page", "the answer", colour=GOOD)
    drawing.part("For everybody")
    drawing.say("server", "browser", "`Access-Control-Allow-Origin: *`", colour=BAD)
    drawing.note("browser", "* is no wildcard here", "the answer was for one visitor", colour=BAD)
    drawing.say("browser", "page", "`TypeError`", colour=BAD)
    return drawing


def caches() -> Drawing:
    """One copy for one origin, for each, and for all."""
    lanes = {"a.example": 50.0, "b.example": 150.0, "cache": 280.0, "server": 410.0}
    drawing = Conversation("What a cache does without and with Vary", lanes)
    drawing.part("Without Vary: one copy, named for one origin")
    drawing.say("a.example", "cache", "`GET /news`")
    drawing.say("cache", "server", "`GET /news`")
    drawing.say("server", "cache", "`Allow-Origin:`", "`a.example`")
    drawing.say("cache", "a.example", "`Allow-Origin: a.example`", colour=GOOD)
    drawing.say("b.example", "cache", "`GET /news`")
    drawing.say("cache", "b.example", "`a.example`", colour=BAD)
    drawing.note("b.example", "Blocked", "until the copy is old", colour=BAD, width=150)
    drawing.part("Vary: Origin, a copy for each origin")
    drawing.say("b.example", "cache", "`GET /news`")
    drawing.say("cache", "server", "`GET /news`")
    drawing.say("server", "cache", "`Allow-Origin:`", "`b.example`", "`Vary: Origin`")
    drawing.say("cache", "b.example", "`b.example`", colour=GOOD)
    drawing.part('"*" as the only key: one copy for everybody')
    drawing.say("server", "cache", "`Allow-Origin: *`")
    drawing.say("cache", "a.example", "`Allow-Origin: *`", colour=GOOD)
    return drawing


def not_protected() -> Drawing:
    """What arrives at the server all the same, and what stops it."""
    drawing = Drawing("What CORS does not protect, and what does")
    drawing.y += 14
    for x, title, anchor in ((0, "A page of evil.example", "start"), (440, "is stopped by", "end")):
        drawing.text(x, drawing.y, title, bold=True, anchor=anchor)
    drawing.y += 14
    rows: list[tuple[str, str, str, str]] = [
        ("reads an answer", "the browser keeps it", "CORS", GOOD),
        ("sends PUT, DELETE, JSON", "a preflight, refused", "CORS", GOOD),
        ("sends a form (POST)", "arrives, with cookies", "protect=True", BAD),
        ("opens a WebSocket", "arrives, with cookies", "protect=True", BAD),
        ("loads a picture or script", "arrives, and is shown", "other headers", BAD),
    ]
    for what, result, stopper, colour in rows:
        barrier(drawing, what, result, stopper, colour)
    drawing.y += 8
    drawing.text(0, drawing.y + 12, "A program that is no browser", bold=True)
    drawing.y += 26
    barrier(drawing, "sends anything", "arrives", "authentication", BAD)
    return drawing


def barrier(drawing: Drawing, what: str, result: str, stopper: str, colour: str) -> None:
    """One row: what is tried, how far it gets, and what stops it."""
    drawing.box(0, drawing.y, 172, 42)
    drawing.text(8, drawing.y + 26, what, size=12.5)
    middle, end = drawing.y + 27, 300 if colour == GOOD else 318
    drawing.text(245, drawing.y + 17, result, colour=colour, anchor="middle", size=11)
    drawing.line(176, middle, end - 6, middle, colour=colour)
    if colour == GOOD:
        drawing.line(end, middle - 9, end, middle + 9, colour=colour)
    else:
        drawing.head(end, middle, -1, 0, colour)
    drawing.box(324, drawing.y, 115, 42, colour=GOOD if colour == GOOD else RULE)
    drawing.text(381, drawing.y + 26, stopper, anchor="middle", size=12.5)
    drawing.y += 50


def choice() -> Drawing:
    """Which of `add` and `everywhere`."""
    drawing = Drawing("Which of add and everywhere")
    drawing.card(70, 300, ["Who asks your API from other origins?"])
    top = drawing.y + 27
    drawing.y = top + 30
    for x, lines in (
        (0.0, ["The same pages,", "for nearly all routes"]),
        (230.0, ["Different pages,", "or a few routes only"]),
    ):
        fork(drawing, x + 105, top)
        drawing.card(x, 210, lines)
    drawing.y += 42
    for x in (105.0, 335.0):
        drawing.line(x, drawing.y, x, drawing.y + 20)
        drawing.head(x, drawing.y + 26, 0, -1, RULE)
    drawing.y += 26
    drawing.card(0, 210, ["`setup(app, everywhere=True)`", "errors too, preflights first"], GOOD)
    drawing.card(230, 210, ["`cors.add(route)`", "all else stays closed"], GOOD)
    drawing.y += 62
    drawing.text(105, drawing.y, "less for one of them:", anchor="middle", colour=SOFT)
    drawing.text(335, drawing.y, "behind authentication:", anchor="middle", colour=SOFT)
    drawing.y += 8
    drawing.card(0, 210, ["`cors.exclude(route)`", "`cors.add(route, {...})`"])
    drawing.card(230, 210, ["`preflight_first=True`", "preflights carry no token"])
    drawing.y += 50
    return drawing


def fork(drawing: Drawing, x: float, top: float) -> None:
    """An arrow from the middle to *x*."""
    drawing.line(220, top, 220, top + 12)
    drawing.line(220, top + 12, x, top + 12)
    drawing.line(x, top + 12, x, top + 22)
    drawing.head(x, top + 30, 0, -1, RULE)


def storeys() -> Drawing:
    """The folders, and which may import which."""
    drawing = Drawing("The storeys of the package")
    rows: list[list[tuple[float, float, list[str]]]] = [
        [(0, 439, ["`command/`", "routes, check, explain: for people"])],
        [
            (0, 214, ["the glue (top level)", "aiohttp.web, as thin as can be"]),
            (226, 213, ["`testing`", "aiohttp's client"]),
        ],
        [
            (0, 214, ["`protocol/`", "the server's half, no server in it"]),
            (226, 213, ["`fetch/`", "the browser's half, no browser"]),
        ],
    ]
    for number, row in enumerate(rows):
        for x, width, lines in row:
            drawing.card(x, width, lines)
            if number:
                drawing.line(x + width / 2, drawing.y - 22, x + width / 2, drawing.y - 6)
                drawing.head(x + width / 2, drawing.y, 0, -1, RULE)
        drawing.y += 66
    drawing.y -= 24
    return drawing


DIAGRAMS: dict[str, Callable[[], Drawing]] = {
    "simple-request": simple_request,
    "preflight": preflight,
    "credentials": credentials,
    "caches": caches,
    "not-protected": not_protected,
    "choice": choice,
    "storeys": storeys,
}


def main() -> None:
    """Draw all of them anew."""
    for name, draw in DIAGRAMS.items():
        Path(__file__).with_name(f"{name}.svg").write_text(draw().svg())


if __name__ == "__main__":
    main()
