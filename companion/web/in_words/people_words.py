"""What is said of people and of the end of their care."""

from companion.care.endings import Ending
from companion.care.invitations import ValidDays
from companion.web.for_clinic.directory import State
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

STATES: Words = {
    State.HERE: _l("with us"),
    State.INVITED: _l("invited, not yet here"),
    State.ENDED: _l("ended"),
}
STATE_TAGS = {State.HERE: "ok", State.INVITED: "warn", State.ENDED: "plain"}
VALID: Words = {
    ValidDays.ONE: _l("1 day"),
    ValidDays.SEVEN: _l("7 days"),
    ValidDays.THIRTY: _l("30 days"),
}
REASONS: Words = {
    Ending.MOVED: _l("They moved, and are treated elsewhere"),
    Ending.LEFT: _l("They want it no more"),
    Ending.DIED: _l("They died"),
}
REASONS_OF_OTHERS: Words = {
    Ending.LEFT: _l("They left"),
    Ending.DIED: _l("They died"),
}
STOPPED: Words = {
    "medicines": _l("medicines we remind of"),
    "doses": _l("doses planned"),
    "plans": _l("plans signed"),
    "suggestions": _l("suggestions that wait"),
    "messages": _l("messages not sent yet"),
    "alerts": _l("open alerts of caregivers"),
    "tasks": _l("open tasks"),
    "links": _l("links of people who may see"),
    "hubs": _l("hubs at home"),
    "feeds": _l("calendar addresses"),
}
"""By the names of ending.stopping.Running."""
