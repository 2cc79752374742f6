"""What the clinic's patients will need of each medicine, and whether the forecast is worth more than a guess."""

from flask import Blueprint, render_template

from companion.kpi.hiding import FEWEST
from companion.supplying.demand_facts import AHEAD, demand
from companion.web.access import Action, guarded
from companion.web.context import look, now
from companion.web.in_words import order_words

blueprint = Blueprint("demand_office", __name__)


@blueprint.get("/clinic/demand")
@guarded(Action.SEE_DEMAND)
def index() -> str:
    """Medicines of few patients are left out: whose they are would be plain."""
    with look() as db:
        found = demand(db, now())
    return render_template(
        "programme/demand.html",
        shown=[each for each in found if each.patients >= FEWEST],
        hidden=sum(each.patients < FEWEST for each in found),
        fewest=FEWEST,
        weeks=range(AHEAD),
        verdicts=order_words.VERDICTS,
    )
