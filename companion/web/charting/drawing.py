"""Time across, values upwards: the few strokes that the charts are made of, as SVG elements. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from markupsafe import Markup

LEFT, RIGHT, TOP, BOTTOM = 46, 52, 30, 52
"""Margins: values, labels of limits, numbers of changes, days and missed doses."""
INSET = 8
"""Keeps the first and last shapes off the frame."""

# Around (0, 0). Circles are drawn by their own element.
PATHS = {
    "■": "M-5.5 -5.5h11v11h-11z",
    "▲": "M-7 5.5h14l-7 -12z",
    "◆": "M0 -7.5l6.5 7.5l-6.5 7.5l-6.5 -7.5z",
}
RING = 11
RADIUS = {"●": 5.5, "○": 4.5}


@dataclass(frozen=True)
class Size:
    """One of the two pictures: its class, its measures, how large its shapes are and how many days it names."""

    css: str
    width: int
    height: int
    shapes: float
    days: int


@dataclass(frozen=True)
class Frame:
    """What the corners of the picture stand for."""

    start: datetime
    end: datetime
    low: Decimal
    high: Decimal


class Canvas:
    """One SVG picture. Positions are given as instants and values; every word in it is escaped."""

    def __init__(self, name: str, size: Size, frame: Frame, title: str, description: str) -> None:
        self.size, self.frame = size, frame
        self._right, self._bottom = size.width - RIGHT, size.height - BOTTOM
        # A picture has hundreds of places: what they share is worked out once, and as plain numbers.
        self._width, self._lasts = self._right - LEFT - 2 * INSET, frame.end - frame.start
        self._low, self._height = float(frame.low), float(frame.high) - float(frame.low)
        self._drawn: list[str] = []
        ids = [f"{name}-{size.css}-{part}" for part in ("title", "description")]
        self._head = (
            f'<svg viewBox="0 0 {size.width} {size.height}" class="chart {size.css}" role="img" '
            f'aria-labelledby="{" ".join(ids)}">'
        )
        for tag, part_id, words in zip(("title", "desc"), ids, (title, description), strict=True):
            self._drawn.append(f'<{tag} id="{part_id}">{escape(words)}</{tag}>')

    def markup(self) -> Markup:
        return Markup(f"{self._head}{''.join(self._drawn)}</svg>")  # noqa: S704 - all words are escaped

    def grid(self, value: Decimal, words: str) -> None:
        """A thin line at the value, named at the left."""
        self._line(LEFT, self._y(value), self._right, self._y(value), "grid")
        self._text(LEFT - 8, self._y(value) + 5, words, "end")

    def day(self, midnight: datetime, words: str) -> None:
        """The name of a day, below."""
        self._text(self._x(midnight), self.size.height - 8, words, "middle")

    def band(self, low: Decimal, high: Decimal) -> None:
        """A coloured field between two values."""
        top, bottom = self._y(high), self._y(low)
        self._add("rect", "band", x=LEFT, y=top, width=self._right - LEFT, height=bottom - top)

    def limit(self, value: Decimal, words: str) -> None:
        """A dashed line, named in the right margin."""
        self._line(LEFT, self._y(value), self._right, self._y(value), "limit")
        self._text(self._right + 6, self._y(value) + 5, words, "start", "limit-label")

    def mark(self, at: datetime, words: str) -> None:
        """A dashed upright line, named above."""
        self._line(self._x(at), TOP, self._x(at), self._bottom, "change-mark")
        self._text(self._x(at), TOP - 8, words, "middle", "change-label")

    def cross_below(self, at: datetime) -> None:
        """A small cross under the picture."""
        self._add("path", "missed", d=f"M{self._x(at) - 5:.1f} {self._bottom + 6}l10 10m0 -10l-10 10")

    def bar(self, at: datetime, low: Decimal, high: Decimal, css: str) -> None:
        self._line(self._x(at), self._y(low), self._x(at), self._y(high), f"bar {css}")

    def curve(self, points: Sequence[tuple[datetime, Decimal]], css: str) -> None:
        """One line through the points."""
        self._add("polyline", css, points=self._places(points))

    def area(
        self, lower: Sequence[tuple[datetime, Decimal]], upper: Sequence[tuple[datetime, Decimal]], css: str
    ) -> None:
        """A coloured field between two lines."""
        self._add("polygon", css, points=self._places([*lower, *reversed(upper)]))

    def shape(self, at: datetime, value: Decimal, shape: str, css: str) -> None:
        """● ■ ▲ ◆ ○ at that place."""
        x, y = self._x(at), self._y(value)
        if shape in RADIUS:
            hollow = "hollow " if shape == "○" else ""
            radius = RADIUS[shape] * self.size.shapes
            self._drawn.append(f'<circle class="{hollow}{css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" />')
        else:
            self._add("path", css, d=PATHS[shape], transform=f"translate({x:.1f} {y:.1f}) scale({self.size.shapes})")

    def scatter(self, points: Sequence[tuple[datetime, Decimal]], shape: str, css: str) -> None:
        """Many shapes of one kind, ● or ▲, as one element: a picture of hundreds stays light."""
        size = self.size.shapes
        places = ((self._x(at), self._y(value)) for at, value in points)
        if shape == "▲":
            drawn = [
                f"M{x - 7 * size:.0f} {y + 5.5 * size:.1f}h{14 * size:.1f}l{-7 * size:.1f} {-12 * size:.1f}z"
                for x, y in places
            ]
        else:
            r = 4.5 * size
            drawn = [
                f"M{x - r:.1f} {y:.1f}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0" for x, y in places
            ]
        if drawn:
            self._add("path", css, d="".join(drawn))

    def ring(self, at: datetime, value: Decimal) -> None:
        """Around what stands there."""
        self._add("circle", "ring", cx=self._x(at), cy=self._y(value), r=RING * self.size.shapes)

    def _x(self, at: datetime) -> float:
        return LEFT + INSET + self._width * ((at - self.frame.start) / self._lasts)

    def _y(self, value: Decimal) -> float:
        return self._bottom - (self._bottom - TOP) * ((float(value) - self._low) / self._height)

    def _places(self, points: Sequence[tuple[datetime, Decimal]]) -> str:
        return " ".join(f"{self._x(at):.1f},{self._y(value):.1f}" for at, value in points)

    def _line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        self._drawn.append(f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" />')

    def _text(self, x: float, y: float, words: str, anchor: str, css: str = "") -> None:
        named = f' class="{css}"' if css else ""
        self._drawn.append(f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>')

    def _add(self, tag: str, css: str, **places: float | str) -> None:
        self._drawn.append(f"<{tag}{_written(css, **places)} />")


def _written(css: str, **places: float | str) -> str:
    """Attributes: the class, numbers with one digit, and what is written already."""
    told = [f' {key}="{place}"' if isinstance(place, str) else f' {key}="{place:.1f}"' for key, place in places.items()]
    return "".join([f' class="{css}"' if css else "", *told])
