"""Why somebody is in a list, in the doctor's words."""

from companion.programme.segments.definitions import Figure, Limit
from companion.programme.segments.placing import Because
from companion.programme.segments.trend import SPAN_DAYS, Measure, Trend
from companion.rates import Interval
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

AXES: Words = {"risk": _l("risk"), "adherence": _l("adherence"), "engagement": _l("keeping in touch")}
LEVELS: Words = {
    "high": _l("high"),
    "raised": _l("raised"),
    "usual": _l("usual"),
    "low": _l("low"),
    "partial": _l("partial"),
    "good": _l("good"),
    "silent": _l("silent"),
    "fading": _l("less and less"),
    "active": _l("active"),
    "unknown": _l("not known"),
}
"""Of the definitions that come with the product; a clinic's own level is shown as its file names it."""
LEVEL_TAGS = {"high": "high", "raised": "warn", "low": "warn", "partial": "warn", "silent": "warn", "fading": "warn"}
FIGURES: Words = {
    Figure.IN_RANGE: _l("glucose in range"),
    Figure.BELOW: _l("glucose too low"),
    Figure.SYSTOLIC: _l("systolic"),
    Figure.DIASTOLIC: _l("diastolic"),
    Figure.TAKEN: _l("doses taken"),
    Figure.NO_READING_DAYS: _l("days without a value"),
    Figure.NO_ANSWER_DAYS: _l("days without an answer"),
}
UNITS = {
    Figure.IN_RANGE: "%",
    Figure.BELOW: "%",
    Figure.SYSTOLIC: "mmHg",
    Figure.DIASTOLIC: "mmHg",
    Figure.TAKEN: "%",
    Figure.NO_READING_DAYS: "",
    Figure.NO_ANSWER_DAYS: "",
}
MEASURES: Words = {
    Measure.SYSTOLIC: _l("systolic"),
    Measure.GLUCOSE: _l("glucose"),
    Measure.TAKEN: _l("doses taken"),
}
MEASURE_UNITS = {Measure.SYSTOLIC: "mmHg", Measure.GLUCOSE: "mg/dL", Measure.TAKEN: "%"}


def level_words(name: str) -> str:
    return str(LEVELS.get(name, name))


def because_words(because: Because) -> str:
    """ "systolic 164 mmHg; at least 160" """
    return f"{figure_words(because.limit.figure, because.value)}; {limit_words(because.limit)}"


def figure_words(figure: Figure, value: float) -> str:
    return f"{FIGURES[figure]} {_number(value)} {UNITS[figure]}".strip()


def limit_words(limit: Limit) -> str:
    number = _number(limit.number)
    return _("at least %(n)s", n=number) if limit.is_at_least else _("below %(n)s", n=number)


def trend_words(trend: Trend) -> str:
    """ "systolic +8.2 mmHg in 56 days (+2.1 to +13.9), from 41 days" """
    low, high = trend.interval
    return _(
        "%(what)s %(change)s %(unit)s in %(days)s days (%(low)s to %(high)s), of %(n)s points",
        what=MEASURES[trend.measure],
        change=f"{trend.change:+.1f}",
        unit=MEASURE_UNITS[trend.measure],
        days=SPAN_DAYS,
        low=f"{low:+.1f}",
        high=f"{high:+.1f}",
        n=trend.points,
    )


def percent(share: float, interval: Interval) -> str:
    """ "82 % (77-86)" """
    return f"{share:.0%} ({interval.low * 100:.0f}-{interval.high * 100:.0f})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
