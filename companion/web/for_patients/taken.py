"""How medicine was taken: in plain words for the patient, as figures with their denominators for the clinic."""

from decimal import Decimal

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from companion.reminders.adherence import ON_TIME, PERIODS, Figures, Share
from companion.reminders.outcomes import FILLS_DAYS, figures_of_all, medicines_taken, packs_coverage
from companion.reminders.supply.fills import Coverage
from companion.web.access import Action, guarded
from companion.web.context import look, now, subject

blueprint = Blueprint("taken", __name__)

USUAL_DAYS = 14
LEAST_FOR_PERCENT = 20
"""Of fewer doses or days no per cent is told: one more or less would move it by more than five. A house rule."""


@blueprint.get("/how-it-went")
@guarded(Action.SEE_ADHERENCE)
def mine() -> str:
    days = _days()
    with look() as db:
        return render_template(
            "taken/mine.html",
            days=days,
            periods=PERIODS,
            every=figures_of_all(db, subject(), now(), days),
            medicines=medicines_taken(db, subject(), now(), (days,)),
            sentences=sentences,
        )


@blueprint.get("/clinic/patients/<patient_id>/adherence")
@guarded(Action.SEE_PATIENT)
def of_patient(patient_id: str) -> str:
    with look() as db:
        medicines = medicines_taken(db, subject(), now())
        return render_template(
            "taken/of_patient.html",
            patient=subject(),
            medicines=[(each, packs_coverage(db, each.regimen, subject().zone, now())) for each in medicines],
            on_time_minutes=int(ON_TIME.total_seconds() / 60),
            fills_days=FILLS_DAYS,
            share_text=share_text,
            fills_text=fills_text,
        )


def _days() -> int:
    """The period asked for, if it is one that is offered."""
    asked = request.args.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else USUAL_DAYS


def sentences(found: Figures) -> list[str]:
    """The figures as one would tell them: counts, never per cent."""
    told = []
    if found.taken.of:
        told.append(_("You took %(n)s of %(due)s doses.", n=found.taken.n, due=found.taken.of))
        told.append(_("%(n)s on time.", n=found.on_time.n))
    elif not found.unreached:
        told.append(_("Nothing was due in this time."))
    if found.current_streak > 1:
        told.append(_("Everything taken on %(n)s days in a row.", n=found.current_streak))
    if found.unreached:
        told.append(_("Doses of which no reminder reached you: %(n)s. They are not counted.", n=found.unreached))
    return told


def share_text(share: Share) -> str:
    """ "26 of 28 (93 %)"; of few only "5 of 7"."""
    if not share.of:
        return "–"
    counts = _("%(n)s of %(of)s", n=share.n, of=share.of)
    return counts if share.of < LEAST_FOR_PERCENT else f"{counts} ({100 * share.n / share.of:.0f}\u00a0%)"


def fills_text(found: Coverage | None) -> str:
    """PDC and MPR with the days that they are of."""
    if found is None:
        return _("Packs were noted on fewer than two days: no PDC, no MPR.")
    return _(
        "PDC %(pdc)s (%(covered)s of %(of)s days), MPR %(mpr)s (%(supplied)s days of supply in %(of)s days)",
        pdc=_rounded(found.pdc),
        mpr=_rounded(found.mpr),
        covered=found.covered,
        supplied=found.supplied,
        of=found.of,
    )


def _rounded(ratio: Decimal) -> str:
    return f"{ratio:.3f}"
