"""Whether messages arrive, at a glance: each number leads to the place where something can be done about it.

Numbers about everybody, and no names: those stand on the page of the messages.
"""

from datetime import timedelta

from flask import Blueprint, abort, render_template, request
from flask_babel import lazy_gettext as _l

from companion.care.contact_models import ContactState
from companion.kpi import arriving
from companion.messages import overview
from companion.messages.models import MessageState
from companion.messages.overview import End
from companion.web.access import Action, guarded
from companion.web.context import look, now
from companion.web.for_clinic.messages_office import FAILED_SHOWN_FOR, LISTED
from companion.web.in_words import delivery_words, message_words
from companion.web.in_words.time_words import time_text

blueprint = Blueprint("delivery_office", __name__)

PERIODS = {1: _l("24 hours"), 7: _l("7 days")}
STATES = (
    MessageState.DELIVERED,
    MessageState.HANDED_OVER,
    MessageState.OPEN,
    MessageState.FAILED,
    MessageState.EXPIRED,
)
"""The columns by purpose; what was cancelled or seen to is in the whole only."""


@blueprint.get("/clinic/delivery")
@guarded(Action.SEE_DELIVERY)
def index() -> str:
    days = request.args.get("days", 1, type=int)
    if days not in PERIODS:
        abort(404)
    since = now() - timedelta(days=days)
    with look() as db:
        return render_template(
            "delivery/index.html",
            periods=PERIODS,
            days=days,
            stuck=len(overview.stuck(db, now(), None, LISTED)),
            failed=len(overview.failed(db, now() - FAILED_SHOWN_FOR, None, LISTED)),
            bad=len(overview.faulty_addresses(db, (ContactState.BAD, ContactState.SUSPECT), None, LISTED)),
            opted_out=len(overview.faulty_addresses(db, (ContactState.OPTED_OUT,), None, LISTED)),
            listed=LISTED,
            rates=overview.rates(db, since, None),
            speeds=arriving.speeds(db, since),
            purposes=arriving.by_purpose(db, since, now()),
            faults=arriving.faults(db, since),
            ends=list(End),
            states=STATES,
            words=message_words,
            to_do=delivery_words.to_do,
            span=lambda took: time_text(took.total_seconds()),
        )
