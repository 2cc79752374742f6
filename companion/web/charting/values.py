"""The last values in words: beside their target, and with instructions where they cannot wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from companion.advice.alarms import urgent
from companion.advice.alarms.instructions import signed
from companion.care.people import Person
from companion.errors import Unavailable
from companion.messages.wording import Contacts
from companion.readings.amendments import Amended, WhyNot, amended, counted
from companion.readings.reading import Kind, Metric, Reading, glucose_for_events
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit
from companion.settings import Settings
from companion.web.charting.charts import GlucosePoint, Target, verdict
from companion.web.charting.one_unit import in_unit
from companion.web.charting.targets import glucose_target, pressure_target
from companion.web.charting.unit_of import unit_of
from companion.web.for_patients.calling import contacts_for
from companion.web.language import digits, language
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l

log = structlog.get_logger()

LOOKED_AT = 20
"""How many of the newest readings are looked through for one that nobody excluded."""

KINDS: dict[Kind, LazyString] = {
    Kind.METER: _l("from the meter"),
    Kind.STRIP: _l("finger-stick"),
    Kind.SCAN: _l("sensor scan"),
    Kind.HISTORIC: _l("sensor"),
    Kind.CGM: _l("sensor"),
    Kind.CUFF: _l("from the cuff"),
    Kind.TYPED: _l("typed in"),
}
MEALS: dict[str, LazyString] = {
    "fasting": _l("fasting"),
    "before_meal": _l("before a meal"),
    "after_meal": _l("after a meal"),
    "bedtime": _l("at bedtime"),
    "casual": _l("at another time"),
}

WHY_NOT: dict[WhyNot, LazyString] = {
    WhyNot.LEFT_OUT: _l("left out"),
    WhyNot.NOT_MINE: _l("somebody else's"),
    WhyNot.MOVED: _l("moved to whose it is"),
    WhyNot.TAKEN_BACK: _l("file taken back"),
    WhyNot.LINKED: _l("counted once already"),
}


@dataclass(frozen=True)
class LastValue:
    """The newest value of one kind. `verdict`: low, ok or high. `instructions`: what to do now, if it is urgent."""

    metric: Metric
    text: str
    unit: str
    taken_at: datetime
    verdict: str
    kind: LazyString
    meal: LazyString | None
    pulse: str
    target: str
    instructions: str


@dataclass(frozen=True)
class Lately:
    """What a first page shows. `is_away`: the readings cannot be reached; the rest of the page is as useful as ever."""

    last: tuple[LastValue, ...]
    unlabelled: tuple[Reading, ...]
    is_away: bool = False


def lately(db: Session, store: ReadingStore, patient: Person, settings: Settings, now: datetime) -> Lately:
    """The last values, and those about which a question is open."""
    try:
        glucose, pressure = (_newest(store, patient, metric, now) for metric in (Metric.GLUCOSE, Metric.BLOOD_PRESSURE))
        sticks = _sticks_of_question(store, patient, now)
        unit = unit_of(db, store, patient, now)
    except Unavailable as away:
        log.warning("a page goes without values", reason=str(away))
        return Lately((), (), is_away=True)
    # What was said of either is looked up once.
    of_glucose = amended(db, patient.public_id, [*glucose, *sticks])
    newest = of_glucose[: len(glucose)], amended(db, patient.public_id, pressure)
    last = (next(iter(counted(entries)), None) for entries in newest)
    return Lately(
        tuple(_value(db, patient, reading, unit, contacts_for(settings, patient), now) for reading in last if reading),
        tuple(in_unit(reading, unit) for reading in _without_meal(of_glucose[len(glucose) :])),
    )


def _newest(store: ReadingStore, patient: Person, metric: Metric, now: datetime) -> list[Reading]:
    """Newest first; a time that has not been yet is a wrong clock."""
    return [reading for reading in store.latest(patient.public_id, metric, LOOKED_AT) if reading.taken_at <= now]


def _value(
    db: Session, patient: Person, measured: Reading, unit: GlucoseUnit | None, contacts: Contacts, now: datetime
) -> LastValue:
    # What cannot wait is told by what was measured; rounding is for eyes.
    event, reading = urgent_event(measured, now), in_unit(measured, unit)
    is_pressure = reading.metric is Metric.BLOOD_PRESSURE
    target = pressure_target(db, patient) if is_pressure else glucose_target(db, patient, GlucoseUnit(reading.unit))
    return LastValue(
        metric=reading.metric,
        text=value_text(reading),
        unit=unit_text(reading.unit),
        taken_at=reading.taken_at,
        verdict=verdict_of(reading, target),
        kind=KINDS[reading.kind],
        meal=MEALS.get(reading.meal) if reading.meal else None,
        pulse=digits(reading.pulse) if reading.pulse is not None else "",
        target=_target_text(target, is_pressure),
        instructions=signed(db).words(language(), event, contacts).text if event else "",
    )


def value_text(reading: Reading) -> str:
    """The number as a person reads it: "7.8", "142/88", "HI"."""
    if reading.value is None:
        return reading.limit.value if reading.limit else ""
    if reading.metric is Metric.BLOOD_PRESSURE and reading.diastolic is not None:
        return f"{digits(reading.value)}/{digits(reading.diastolic)}"
    return digits(reading.value)


def unit_text(unit: str) -> str:
    """A UCUM unit as it is written on devices."""
    return "mmHg" if unit == "mm[Hg]" else unit


def verdict_of(reading: Reading, target: Target) -> str:
    """low, ok or high."""
    if reading.metric is Metric.BLOOD_PRESSURE:
        assert reading.value is not None, "a pressure has numbers"
        assert reading.diastolic is not None, "a pressure has numbers"
        if reading.value < urgent.LOW_SYSTOLIC:
            return "low"
        return "high" if reading.value >= target.high or reading.diastolic >= target.low else "ok"
    return verdict(GlucosePoint(reading.taken_at, reading.value, limit=reading.limit or ""), target)


def urgent_event(reading: Reading, now: datetime) -> str | None:
    """The urgent threshold that this one value meets (its id in the protocols), while it is of the last 24 hours.

    One value is enough for the page to tell its reader what to do; the clinic is called by two (advice.alarms.urgent).
    """
    if now - reading.taken_at > urgent.LOOKS_BACK:
        return None
    if reading.metric is Metric.BLOOD_PRESSURE:
        is_severe = _at_least(reading.value, urgent.SEVERE_SYSTOLIC) or _at_least(
            reading.diastolic, urgent.SEVERE_DIASTOLIC
        )
        return "bp_severe" if is_severe else None
    mg_dl = glucose_for_events(reading)
    if mg_dl < urgent.LOW:
        return "hypo_l2" if mg_dl < urgent.SERIOUSLY_LOW else "hypo_l1"
    return "hyper_severe" if mg_dl >= urgent.SEVERELY_HIGH else None


def _at_least(value: Decimal | None, limit: int) -> bool:
    return value is not None and value >= limit


def _target_text(target: Target, is_pressure: bool) -> str:
    if is_pressure:
        return _("below %(high)s/%(low)s", high=target.high, low=target.low)
    return _("%(low)s to %(high)s", low=digits(target.low), high=digits(target.high))


MEAL_QUESTION_FOR = timedelta(hours=48)
"""How long somebody is asked about a value: the next day one still knows, a week later one guesses."""

ASKED_AT_ONCE = 3
FINGER_STICK = (Kind.METER, Kind.STRIP, Kind.TYPED)


def _sticks_of_question(store: ReadingStore, patient: Person, now: datetime) -> list[Reading]:
    start, until = now - MEAL_QUESTION_FOR, now + timedelta(milliseconds=1)
    return store.between(patient.public_id, Metric.GLUCOSE, start, until, kinds=FINGER_STICK)


def _without_meal(entries: Iterable[Amended]) -> tuple[Reading, ...]:
    """Those that nobody labelled yet, newest first; a few at a time."""
    open_ones = [
        entry.reading
        for entry in entries
        if not entry.is_excluded and not entry.meal_was_asked and entry.reading.meal is None
    ]
    return tuple(sorted(open_ones, key=lambda reading: reading.taken_at, reverse=True)[:ASKED_AT_ONCE])
