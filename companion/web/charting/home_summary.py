"""Blood pressure at home in words: the average by each guideline's method, what is missing, and what is odd."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from companion.readings.blood_pressure_average import HomeAverage, Lack, Needed, Spread, home_average
from companion.readings.home_methods import METHODS, HomeMethod
from companion.readings.pressure_quality import FEWEST_WHEN_IRREGULAR, HomePressure, Mark, marks, prefers_zero
from companion.readings.reading import Reading
from companion.web.charting.summaries import Row
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import EVIDENCE, Words

NAMES: Words = {
    "esh": _l("European (ESH)"),
    "nice": _l("British (NICE)"),
    "china": _l("Chinese"),
}
NEEDED: Words = {
    Needed.DAYS: _l("%(found)s of %(least)s days"),
    Needed.READINGS: _l("%(found)s of %(least)s readings after the first day"),
    Needed.MORNINGS: _l("%(found)s of %(least)s mornings with two readings"),
    Needed.EVENINGS: _l("%(found)s of %(least)s evenings with two readings"),
}
ODD: Words = {
    Mark.MOVEMENT: _l("%(n)s left out: the arm moved"),
    Mark.CUFF_LOOSE: _l("%(n)s left out: the cuff was loose"),
    Mark.IMPLAUSIBLE: _l("%(n)s left out: the two numbers do not go together"),
    Mark.IRREGULAR_PULSE: _l("%(n)s with an irregular pulse: measure at least %(times)s times then"),
    Mark.POSITION: _l("%(n)s with the arm in the wrong position"),
}


@dataclass(frozen=True)
class MethodFigures:
    """One method's average. `is_high` None: too little to say so. `verdict` says it, or what is missing."""

    name: str
    version: str
    is_high: bool | None
    verdict: str
    rows: tuple[Row, ...]
    source: str
    evidence: str


@dataclass(frozen=True)
class HomeSummary:
    methods: tuple[MethodFigures, ...]
    oddities: tuple[str, ...]


def home_summary(readings: Sequence[Reading], zone: ZoneInfo) -> HomeSummary:
    """Of a cuff's readings of the last days, oldest first."""
    pressures = [
        HomePressure(
            r.taken_at, float(r.value), float(r.diastolic), None if r.pulse is None else float(r.pulse), r.flags
        )
        for r in readings
        if r.value is not None and r.diastolic is not None
    ]
    methods = tuple(_method(home_average(pressures, method, zone)) for method in METHODS.values())
    return HomeSummary(methods, _oddities(pressures))


def _method(average: HomeAverage) -> MethodFigures:
    method = average.method
    return MethodFigures(
        name=str(NAMES[method.id]),
        version=method.version,
        is_high=average.is_high,
        verdict=_verdict(average),
        rows=_rows(average),
        source=method.source,
        evidence=str(EVIDENCE[method.evidence]),
    )


def _verdict(average: HomeAverage) -> str:
    if average.lacks:
        return _("not enough yet: %(missing)s", missing=", ".join(map(_missing, average.lacks)))
    limit = _limit(average.method)
    if average.is_high:
        return _("at or above %(limit)s mmHg", limit=limit)
    return _("below %(limit)s mmHg", limit=limit)


def _missing(lack: Lack) -> str:
    return str(NEEDED[lack.what]) % {"found": lack.found, "least": lack.least}


def _limit(method: HomeMethod) -> str:
    return "/".join(map(str, method.limit))


def _rows(average: HomeAverage) -> tuple[Row, ...]:
    both = average.systolic, average.diastolic
    return (
        (_("Mean of %(n)s readings", n=len(average.used)), _pair([each.mean for each in both], "mmHg")),
        (_("Mornings"), _pair([each.morning for each in both], "mmHg")),
        (_("Evenings"), _pair([each.evening for each in both], "mmHg")),
        (_("Morning less evening"), _pair([each.difference for each in both], "mmHg")),
        (_("Pulse"), "" if average.pulse is None else f"{average.pulse:.0f}"),
        *_spread_rows(both),
    )


def _spread_rows(both: tuple[Spread, Spread]) -> tuple[Row, ...]:
    return (
        (_("SD of readings"), _pair([each.sd for each in both], "mmHg")),
        (_("CV of readings"), _pair([each.cv for each in both], "%")),
        (_("ARV, from reading to reading"), _pair([each.arv_by_reading for each in both], "mmHg")),
        (_("ARV, from session to session"), _pair([each.arv_by_session for each in both], "mmHg")),
    )


def _pair(values: Sequence[float | None], unit: str) -> str:
    """Systolic and diastolic: "135.3/83.6 mmHg"."""
    if any(value is None for value in values):
        return ""
    return "/".join(f"{value:.1f}" for value in values) + f" {unit}"


def _oddities(pressures: Sequence[HomePressure]) -> tuple[str, ...]:
    often = Counter(mark for pressure in pressures for mark in marks(pressure))
    told = [str(ODD[mark]) % {"n": often[mark], "times": FEWEST_WHEN_IRREGULAR} for mark in Mark if often[mark]]
    if prefers_zero(pressures):
        told.append(_("Many numbers end in 0: they may have been rounded by hand"))
    return tuple(told)
