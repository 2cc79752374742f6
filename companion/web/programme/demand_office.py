"""What the clinic's patients will need of each medicine, and whether the forecast is worth more than a guess."""

from flask import Blueprint, render_template

from companion.kpi.hiding import FEWEST
from companion.supplying.demand_facts import AHEAD
from companion.supplying.demand_kept import newest_demand
from companion.web.access import Action, guarded
from companion.web.context import actor, look
from companion.web.in_words import order_words

blueprint = Blueprint("demand_office", __name__)


@blueprint.get("/clinic/demand")
@guarded(Action.SEE_DEMAND)
def index() -> str:
    """As it was worked out this week. Medicines of few patients are left out: whose they are would be plain."""
    with look() as db:
        kept = newest_demand(db)
    return render_template(
        "programme/demand.html",
        kept=kept,
        shown=kept.medicines if kept else [],
        hidden=kept.hidden if kept else 0,
        fewest=FEWEST,
        weeks=range(AHEAD),
        verdicts=order_words.VERDICTS,
        zone=actor().zone,
    )
