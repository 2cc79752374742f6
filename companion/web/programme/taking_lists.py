"""For a pharmacist: who of the patients that let them takes fewer doses than planned, and whose packs run low."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.programme.segments.keeping import Member, members
from companion.programme.segments.taking import LESS, MISSED, Taking, lists, why
from companion.reminders.supply.refills import RefillLine, refill_list, who_is_low
from companion.web.access import Action, guarded_list, patients_for, whose_of
from companion.web.context import actor, look, now, shows
from companion.web.in_words import segment_words, supply_words
from companion.web.programme.segments import present
from companion.web.words import Words

blueprint = Blueprint("taking_lists", __name__, url_prefix="/desk/patients")

MOST = 100
"""Of one list: whoever has more has more than a day's work."""
TITLES: Words = {MISSED: _l("Fewer doses than planned"), LESS: _l("Fewer and fewer doses")}


class Lists(NamedTuple):
    """`patients`: how many let the pharmacist see. `low`: with the packs that run low."""

    patients: int
    taking: Sequence[tuple[str, Sequence[tuple[Member, Taking]]]]
    low: Sequence[tuple[Person, Sequence[RefillLine]]]


@blueprint.get("")
@guarded_list(Action.SEE_TAKING)
def index() -> str:
    with look() as db:
        return render_template(
            "programme/desk/patients.html",
            found=found_for(db),
            titles=TITLES,
            most=MOST,
            told=segment_words,
            packs=supply_words,
        )


def found_for(db: Session) -> Lists:
    """What the actor may see now; whoever is on a list stands in the log of reads."""
    patients = patients_for(db, actor(), Action.SEE_TAKING, now())
    known, whose = present(), whose_of(patients)
    taking = [
        (key, [(each, why(known, key, each.sheet)) for each in members(db, needs, whose, skip=0, limit=MOST)])
        for key, needs in lists(known).items()
    ]
    low = _low(db, patients)
    shows([*(member.patient for _, some in taking for member, _ in some), *(patient for patient, _ in low)])
    return Lists(len(patients), taking, low)


def _low(db: Session, patients: Sequence[Person]) -> list[tuple[Person, list[RefillLine]]]:
    low = who_is_low(db, [patient.id for patient in patients])
    lines = [(patient, refill_list(db, patient, now())) for patient in patients if patient.id in low][:MOST]
    running_low = [(patient, [line for line in some if line.stock.is_low]) for patient, some in lines]
    return [(patient, some) for patient, some in running_low if some]
