"""The clinic's figures in words: what each is called, how it is defined (as docs/kpi.md has it), and its value."""

from dataclasses import dataclass
from enum import Enum, auto

from flask_babel.speaklater import LazyString

from companion.kpi.figures import DELIVERY
from companion.kpi.hiding import Shown
from companion.web.in_words.time_words import time_text
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l


class Told(Enum):
    """How the value of a figure is told."""

    PEOPLE = auto()
    SHARE = auto()
    EACH = auto()  # so many a patient
    NUMBER = auto()
    TIME = auto()


@dataclass(frozen=True)
class Definition:
    """One figure, or several that are counted alike. `figures`: their names and what they are called."""

    title: LazyString
    figures: tuple[tuple[str, LazyString], ...]
    told: Told
    counted: LazyString
    numerator: LazyString
    denominator: LazyString
    period: LazyString
    zone: LazyString


PATIENTS_DAYS = _l("each patient's own days")
NOON = _l("until 12:00 UTC of the day shown")
WEEK = _l("7 days")
ENROLLED = _l("patients enrolled")
NOTHING = _l("none")

ENROLLED_ = Definition(
    _l("Enrolled"),
    (("enrolled", _l("patients enrolled")),),
    Told.NUMBER,
    _l("Patients who were enrolled and had not left."),
    ENROLLED,
    NOTHING,
    _l("the day shown"),
    NOON,
)
ACTIVE = Definition(
    _l("Active"),
    (("active", _l("active")), ("inactive", _l("not active"))),
    Told.PEOPLE,
    _l("Active: a reading was taken, or a dose was answered as taken or skipped."),
    _l("patients with at least one of these"),
    ENROLLED,
    WEEK,
    PATIENTS_DAYS,
)
READINGS = Definition(
    _l("Readings a patient and week"),
    (("readings", _l("readings a patient")),),
    Told.EACH,
    _l("Finger-stick glucose and blood pressure that count; a sensor's values are not in it."),
    _l("readings"),
    ENROLLED,
    WEEK,
    PATIENTS_DAYS,
)
ANSWERED = Definition(
    _l("Doses answered and taken"),
    (("answered", _l("answered")), ("taken", _l("taken"))),
    Told.SHARE,
    _l("Doses that are over and of which a reminder got out: taken, skipped or missed. Late answers count."),
    _l("answered: taken or skipped; taken: taken"),
    _l("taken, skipped and missed doses"),
    WEEK,
    PATIENTS_DAYS,
)
PRESSURE = Definition(
    _l("Blood pressure in control"),
    (
        ("pressure.in_control", _l("in control")),
        ("pressure.above", _l("not in control")),
        ("pressure.too_few", _l("too few readings to say")),
        ("pressure.no_plan", _l("no plan for blood pressure")),
    ),
    Told.PEOPLE,
    _l("In control: both means at home lie below the target of the plan that runs. It takes 12 readings on 4 days."),
    _l("patients of that kind"),
    ENROLLED,
    _l("90 days"),
    PATIENTS_DAYS,
)
GLUCOSE = Definition(
    _l("Finger-stick glucose in range"),
    (("glucose.in_range", _l("values in range")),),
    Told.SHARE,
    _l("A share of values from 3.9 to 10.0 mmol/L (70 to 180 mg/dL). It is no time in range: that needs a sensor."),
    _l("values in range"),
    _l("all finger-stick values, HI and LO too"),
    _l("90 days"),
    PATIENTS_DAYS,
)
DECISION = Definition(
    _l("Time to decision"),
    (("decision.median", _l("half were decided within")), ("decision.p90", _l("9 of 10 were decided within"))),
    Told.TIME,
    _l("From the suggestion to a doctor's approval, change or rejection. What expired or was replaced is not in it."),
    _l("median and 90th percentile, each a time that was measured"),
    _l("suggestions decided"),
    _l("28 days"),
    NOON,
)
ALERTS_SENT = Definition(
    _l("Alerts"),
    (("alerts.sent", _l("alerts made")),),
    Told.NUMBER,
    _l("Alerts to caregivers about patients."),
    _l("alerts"),
    NOTHING,
    _l("28 days"),
    NOON,
)
ALERTS_SEEN = Definition(
    _l("Alerts acknowledged"),
    (("alerts.acknowledged", _l("acknowledged")),),
    Told.SHARE,
    _l("Alerts of which their reader said what they do. One that a late answer closed was not acknowledged."),
    _l("alerts acknowledged"),
    _l("alerts made"),
    _l("28 days"),
    NOON,
)
ALERTS_TIME = Definition(
    _l("Time to acknowledgement"),
    (("alerts.median", _l("half were acknowledged within")), ("alerts.p90", _l("9 of 10 were acknowledged within"))),
    Told.TIME,
    _l("From the making of an alert to its acknowledgement."),
    _l("median and 90th percentile, each a time that was measured"),
    _l("alerts acknowledged"),
    _l("28 days"),
    NOON,
)
DEVICES = Definition(
    _l("Devices last seen"),
    (
        ("devices.week", _l("within 7 days")),
        ("devices.month", _l("8 to 30 days ago")),
        ("devices.longer", _l("longer ago")),
        ("devices.never", _l("never")),
    ),
    Told.PEOPLE,
    _l("When a meter or a cuff of the patient last sent something, whichever was last."),
    _l("patients of that kind"),
    ENROLLED,
    _l("until the day shown"),
    NOON,
)
OF_REMINDERS = Definition(
    _l("Reminders by channel"),
    (("handed_over", _l("taken by the provider")), ("delivered", _l("arrived")), ("answered", _l("answered in time"))),
    Told.SHARE,
    _l("Doses whose first reminder went by that channel. Not every provider tells that a message arrived."),
    _l("doses of that kind"),
    _l("doses reminded of by that channel"),
    WEEK,
    NOON,
)
DEFINITIONS = (
    ENROLLED_,
    ACTIVE,
    READINGS,
    ANSWERED,
    PRESSURE,
    GLUCOSE,
    DECISION,
    ALERTS_SENT,
    ALERTS_SEEN,
    ALERTS_TIME,
    OF_REMINDERS,
    DEVICES,
)
"""In the order of the page."""
TRENDS = (
    (ACTIVE, "active"),
    (READINGS, "readings"),
    (ANSWERED, "answered"),
    (ANSWERED, "taken"),
    (PRESSURE, "pressure.in_control"),
    (GLUCOSE, "glucose.in_range"),
)
"""What a line over weeks is drawn of."""


def hidden_text() -> str:
    """What stands for a number of few people, and for one by which such a number could be worked out."""
    return _("fewer than 5 *")


def value_text(figure: Shown | None, told: Told) -> str:
    """The value as it may be told."""
    if figure is None:
        return "–"
    if figure.is_hidden:
        return hidden_text()
    if figure.n is None or (figure.of == 0 and told is not Told.NUMBER):
        return _("nothing to count")
    return _told(figure, figure.n, told)


def _told(figure: Shown, n: int, told: Told) -> str:
    share = figure.share or 0.0
    if told is Told.TIME:
        return time_text(n)
    if told is Told.EACH:
        return f"{share:.1f}"
    if told is Told.NUMBER:
        return str(n)
    return _("%(percent)s %% (%(n)s of %(of)s)", percent=f"{share * 100:.0f}", n=n, of=figure.of)


def people_text(figure: Shown | None) -> str:
    """From how many people's data a share is."""
    if figure is None:
        return ""
    return hidden_text() if figure.people is None else str(figure.people)


def name_of_delivery(channel: str, end: str) -> str:
    """The figure of a channel."""
    return f"{DELIVERY}.{channel}.{end}"
