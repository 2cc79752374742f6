"""What becomes of a value of a report is called so, in the reader's language."""

from flask_babel import lazy_gettext as _l

from companion.programme.checkups.checkup_models import ValueState
from companion.web.words import Words

STATES: Words = {
    ValueState.WAITS: _l("a doctor still looks at it"),
    ValueState.CONFIRMED: _l("confirmed by a doctor"),
    ValueState.SET_ASIDE: _l("set aside by a doctor"),
}
TAGS = {ValueState.WAITS: "warn", ValueState.CONFIRMED: "ok", ValueState.SET_ASIDE: "plain"}
"""The look of each."""
