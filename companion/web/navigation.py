"""Where each role starts, and the few places it goes to. An entry whose page is not there is left out."""

from flask import current_app
from flask_babel.speaklater import LazyString

from companion.care.people import Role
from companion.web.language import lazy_gettext as _l

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
        ("tasks.index", _l("Tasks")),
        ("panel.index", _l("Overview")),
        ("patients.index", _l("Patients")),
        ("protocols.index", _l("Rules and guides")),
        ("auth.account", _l("Me")),
    ),
    Role.CAREGIVER: (
        ("caregiver.home", _l("My people")),
        ("auth.account", _l("Me")),
    ),
    Role.PHARMACIST: (
        ("desk.index", _l("Questions")),
        ("guides_office.index", _l("Guides")),
        ("board_office.index", _l("Boards")),
        ("orders_office.prices", _l("Prices")),
        ("auth.account", _l("Me")),
    ),
    Role.ADMIN: (
        ("people.index", _l("People")),
        ("devices_office.index", _l("Devices")),
        ("delivery_office.index", _l("Messages")),
        ("clinic_figures.index", _l("Figures")),
        ("pharmacies_office.index", _l("Pharmacies")),
        ("audit_office.index", _l("Audit")),
        ("service_office.index", _l("Service")),
        ("auth.account", _l("Me")),
    ),
}
"""By role: (endpoint, label), the first being its home. Endpoints take no argument."""


GROUPS: dict[Role, tuple[tuple[tuple[str, LazyString], ...], ...]] = {
    Role.CLINICIAN: (
        (
            ("tasks.index", _l("Tasks")),
            ("messages_office.index", _l("Messages")),
            ("board_office.index", _l("Boards")),
        ),
        (
            ("panel.index", _l("Overview")),
            ("segments.index", _l("Work lists")),
        ),
        (
            ("patients.index", _l("Patients")),
            ("enrolment.enrol", _l("Enrol")),
            ("orders_office.index", _l("Orders")),
        ),
        (
            ("protocols.index", _l("Protocols")),
            ("instructions.index", _l("When it is urgent")),
            ("guidance.index", _l("When a dose was missed")),
            ("guides_office.index", _l("Guides")),
            ("tips_office.index", _l("Tips")),
            ("triage_office.index", _l("First questions of the desk")),
        ),
        (
            ("auth.account", _l("Me")),
            ("my_work.index", _l("My work")),
        ),
    ),
    Role.PHARMACIST: (
        (
            ("desk.index", _l("Questions")),
            ("taking_lists.index", _l("My patients' medicines")),
        ),
        (
            ("guides_office.index", _l("Guides")),
            ("tips_office.index", _l("Tips")),
        ),
        (
            ("orders_office.prices", _l("Prices")),
            ("demand_office.index", _l("What will be needed")),
        ),
    ),
    Role.ADMIN: (
        (
            ("people.index", _l("People")),
            ("taking.untaken", _l("Urgent tasks")),
            ("erasure_office.index", _l("Requests to be erased")),
        ),
        (
            ("devices_office.index", _l("Devices")),
            ("hub_office.hubs", _l("Hubs")),
            ("hub_office.quarantine", _l("Quarantine")),
        ),
        (
            ("delivery_office.index", _l("Do messages arrive?")),
            ("messages_office.index", _l("Messages")),
            ("words_office.index", _l("What they say")),
        ),
        (
            ("clinic_figures.index", _l("Figures")),
            ("programme_figures.index", _l("Figures of the programme")),
            ("effect.index", _l("What reminders do")),
            ("tips_office.figures", _l("What tips do")),
            ("surveys.index", _l("Rounds of questions")),
            ("experiments.index", _l("Experiments")),
        ),
        (
            ("pharmacies_office.index", _l("Pharmacies")),
            ("orders_office.prices", _l("Prices side by side")),
            ("demand_office.index", _l("What will be needed")),
        ),
        (
            ("audit_office.index", _l("What was done")),
            ("audit_office.reads", _l("What was shown")),
            ("emergency_office.index", _l("Opened in emergencies")),
        ),
        (
            ("service_office.index", _l("Service")),
            ("signatures_office.index", _l("Protocol signatures")),
        ),
    ),
}
"""By role: pages that stand together, the first of each being the one among the places."""


def places(role: str) -> list[tuple[str, LazyString]]:
    """The entries of the navigation that this application has pages for."""
    return [place for place in PLACES[Role(role)] if place[0] in current_app.view_functions]


def home_of(role: str) -> str:
    """The endpoint of the role's first page."""
    return places(role)[0][0]


def beside(role: str, endpoint: str | None) -> tuple[tuple[str, LazyString], ...]:
    """The pages that stand together with that one, itself included; none where it stands alone."""
    groups = GROUPS.get(Role(role), ())
    return next((group for group in groups if endpoint in dict(group)), ())
