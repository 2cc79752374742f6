"""What an urgent event is called beside a patient's own values: in the unit of that patient."""

from decimal import Decimal

from companion.readings.units import GlucoseUnit
from companion.web.charting.shown_glucose import shown_in
from companion.web.in_words.advice_words import EVENTS
from companion.web.language import gettext as _

BELOW = {"hypo_l1": 70, "hypo_l2": 54}
TWICE = {"hyper": 250, "hyper_severe": 300}
"""In mg/dL (companion.advice.alarms.urgent, episodes); as `EVENTS` says them."""


def event_text(event: str, chosen: str | None) -> str:
    """`chosen`: the unit in which the patient's glucose is shown; None: the words for everybody."""
    if chosen and event in BELOW:
        return _("glucose below %(limit)s", limit=_limit(BELOW[event], GlucoseUnit(chosen)))
    if chosen and event in TWICE:
        return _("glucose of %(limit)s or more, twice", limit=_limit(TWICE[event], GlucoseUnit(chosen)))
    return str(EVENTS[event])


def _limit(mg_dl: int, unit: GlucoseUnit) -> str:
    return f"{shown_in(Decimal(mg_dl), GlucoseUnit.MG_DL, unit)} {unit}"
