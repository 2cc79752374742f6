"""Where each role starts, and the few places it goes to. An entry whose page is not there is left out."""

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from companion.care.people import Role

PLACES: dict[Role, tuple[tuple[str, LazyString], ...]] = {
    Role.PATIENT: (
        ("patient.today", _l("Today")),
        ("readings.index", _l("Readings")),
        ("patient.medicines", _l("Medicines")),
        ("devices.index", _l("Devices")),
        ("auth.account", _l("Me")),
    ),
    Role.CLINICIAN: (
        ("doctor.queue", _l("To decide")),
        ("patients.index", _l("Patients")),
        ("enrolment.enrol", _l("Enrol")),
        ("messages_office.index", _l("Messages")),
        ("my_work.index", _l("My work")),
        ("guidance.index", _l("When a dose was missed")),
        ("protocols.index", _l("Protocols")),
        ("instructions.index", _l("When it is urgent")),
        ("auth.account", _l("Me")),
    ),
    Role.CAREGIVER: (
        ("caregiver.home", _l("My people")),
        ("auth.account", _l("Me")),
    ),
    Role.ADMIN: (
        ("enrolment.people", _l("People")),
        ("taking.untaken", _l("Urgent tasks")),
        ("hub_office.hubs", _l("Hubs")),
        ("messages_office.index", _l("Messages")),
        ("effect.index", _l("What reminders do")),
        ("hub_office.quarantine", _l("Quarantine")),
        ("auth.account", _l("Me")),
    ),
}
"""By role: (endpoint, label), the first being its home. Endpoints take no argument."""


def places(role: str) -> list[tuple[str, LazyString]]:
    """The entries of the navigation that this application has pages for."""
    return [place for place in PLACES[Role(role)] if place[0] in current_app.view_functions]


def home_of(role: str) -> str:
    """The endpoint of the role's first page."""
    return places(role)[0][0]
