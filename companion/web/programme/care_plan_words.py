"""What stands in a care plan is called so, in the reader's language."""

from flask_babel import lazy_gettext as _l

from companion.care.tasks import AlertKind
from companion.programme.care_plans.plan_models import LineState
from companion.web.words import Words

ALERTS: Words = {
    AlertKind.MISSED_DOSE: _l("The family was told of a dose without an answer"),
    AlertKind.NOT_REACHED: _l("The family was told that no reminder arrives"),
    AlertKind.URGENT_READING: _l("The family was told of an urgent value"),
}
ENDS: Words = {LineState.DONE: _l("done"), LineState.DROPPED: _l("given up")}
"""What became of a goal or a step."""
