"""A chart of horizontal bars as SVG, written by hand: no plotting library is needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 860, 250, 70, 96, 44
BAR, GAP, BETWEEN = 11, 2, 16
COLOURS = ["#9aa5b1", "#2563eb", "#f59e0b", "#c4b5a0"]
INK, SOFT, RULE, PAPER = "#1f2933", "#616e7c", "#e4e7eb", "#ffffff"
FONTS = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"
TITLE = "What CORS adds to a request, in microseconds (less is better)"

Group = tuple[str, list[float | None]]


@dataclass(frozen=True)
class Scale:
    """From nanoseconds to places; bars that would leave no room for the others are cut."""

    longest: int
    tick: int

    @classmethod
    def of(cls, groups: list[Group]) -> Scale:
        values = sorted(value for _, values in groups for value in values if value is not None)
        covered = values[int(len(values) * 0.92)]
        power = 10 ** int(math.log10(covered / 4))
        tick = next(power * step for step in (1, 2, 4, 5, 10) if power * step * 4 >= covered)
        return cls(math.ceil(covered / tick) * tick, tick)

    def length(self, value: float) -> float:
        return max(0.0, min(value, self.longest) / self.longest) * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> Iterator[tuple[float, str]]:
        for value in range(0, self.longest + 1, self.tick):
            yield LEFT + self.length(value), f"{value / 1000:g}"


def draw(groups: list[Group], names: list[str], caption: str) -> str:
    """The chart of *groups* (a title, and a value in nanoseconds for each of *names*)."""
    scale = Scale.of(groups)
    parts, y = [], TOP
    for title, values in groups:
        parts += bars(scale, y, title, values)
        y += sum(value is not None for value in values) * (BAR + GAP) + BETWEEN
    height = y + BOTTOM
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<style>text {{ font-family: {FONTS} }}</style>",
            f"<title>{escape(TITLE)}</title>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PAPER}"/>',
            text(24, 34, TITLE, size=17, colour=INK, weight=600),
            *legend(names),
            *axis(scale, y - BETWEEN),
            *parts,
            text(24, height - 16, caption, size=11, colour=SOFT),
            "</svg>\n",
        ]
    )


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: int,
    colour: str,
    anchor: str = "start",
    weight: int = 400,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(content)}</text>'
    )


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height}" rx="2" fill="{colour}"/>'
    )


def legend(names: list[str]) -> list[str]:
    parts, x = [], 24.0
    for name, colour in zip(names, COLOURS, strict=False):
        parts += [bar(x, 52, 12, 12, colour), text(x + 18, 62, name, size=13, colour=INK)]
        x += 42 + 6.8 * len(name)
    return parts


def axis(scale: Scale, bottom: float) -> list[str]:
    parts = []
    for x, label in scale.ticks():
        parts.append(
            f'<line x1="{x:g}" y1="{TOP - 8}" x2="{x:g}" y2="{bottom + 6:g}" stroke="{RULE}"/>'
        )
        parts.append(text(x, bottom + 20, label, size=11, colour=SOFT, anchor="middle"))
    return parts


def bars(scale: Scale, top: float, title: str, values: list[float | None]) -> list[str]:
    pairs = zip(values, COLOURS, strict=False)
    shown = [(value, colour) for value, colour in pairs if value is not None]
    middle = top + len(shown) * (BAR + GAP) / 2
    parts = [text(LEFT - 12, middle + 4, title, size=13, colour=INK, anchor="end")]
    for index, (value, colour) in enumerate(shown):
        y = top + index * (BAR + GAP)
        end = LEFT + scale.length(value)
        parts.append(bar(LEFT, y, end - LEFT, BAR, colour))
        if value > scale.longest:
            parts.append(cut(end - 26, y))
        parts.append(text(end + 6, y + BAR - 2, f"{value / 1000:.1f}", size=10, colour=SOFT))
    return parts


def cut(x: float, y: float) -> str:
    """A gap which says that a bar is longer than the chart is wide."""
    return f'<path d="M{x:g} {y + BAR + 1:g} l6 {-BAR - 2} h5 l-6 {BAR + 2} z" fill="{PAPER}"/>'
