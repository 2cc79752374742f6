"""What is said at the pharmacist desk."""

from datetime import timedelta

from companion.programme.desk.desk_models import Channel, State, Subject
from companion.programme.desk.specialties import Specialty
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

SPECIALTIES: Words = {
    Specialty.MEDICINES: _l("medicines and how they go together"),
    Specialty.DIABETES: _l("diabetes and injecting"),
    Specialty.HEART: _l("heart and blood pressure"),
    Specialty.LUNGS: _l("lungs and inhaling"),
    Specialty.DEVICES: _l("meters and other devices"),
}
SUBJECTS: Words = {
    Subject.MEDICINES: _l("my medicines"),
    Subject.INJECTING: _l("injecting"),
    Subject.INHALING: _l("inhaling"),
    Subject.DEVICES: _l("a meter or another device"),
    Subject.OTHER: _l("something else"),
}
STATES: Words = {
    State.WAITING: _l("waits"),
    State.OPEN: _l("a pharmacist reads it"),
    State.HANDED_OVER: _l("handed over to your doctor"),
    State.CLOSED: _l("ended"),
}
CHANNELS: Words = {
    Channel.PAGE: _l("from the page"),
    Channel.CALL: _l("by telephone"),
    Channel.TEXT: _l("by text message"),
}
RATINGS: Words = {
    "5": _l("very good"),
    "4": _l("good"),
    "3": _l("so-so"),
    "2": _l("not good"),
    "1": _l("bad"),
}


def wait_words(span: timedelta | None) -> str:
    """An expected wait, rounded up to five minutes."""
    if span is None:
        return _("We cannot say yet how long it takes.")
    minutes = max(5, -(-int(span.total_seconds()) // 300) * 5)
    return _("An answer may take about %(minutes)s minutes.", minutes=minutes)
