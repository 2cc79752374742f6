"""What `make screenshots` takes a picture of: every page of the crowded house, and the states that come with time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page
from sqlalchemy import select

from companion.advice.models import Suggestion
from companion.care.regimens import Regimen
from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import one_tap_link
from companion.services import Services
from companion.web.cookies import PRINT_COOKIE
from tests.judges import told
from tests.judges.crowd import crowd
from tests.judges.walk import House

ROLES = (None, "patient", "caregiver", "doctor", "pharmacist", "admin")
OF_WHOM: dict[str, tuple[str, ...]] = {
    "auth.account": ("patient", "caregiver", "doctor", "pharmacist", "admin"),
    "caregiver.readings": ("caregiver",),
    "sent_to_me.of_patient": ("doctor",),
    "guides_office.index": ("pharmacist",),
    "tips_office.index": ("pharmacist",),
    "board_office.index": ("doctor", "pharmacist"),
    "orders_office.prices": ("pharmacist",),
    "demand_office.index": ("pharmacist",),
    "points_office.index": ("pharmacist",),
    "words_office.index": ("admin",),
    "devices_office.index": ("admin",),
    "act_now.index": (),
}
"""Whose pictures are taken of a page that several roles see; of the others the first role's. Of none: a state below."""
NOT_PICTURED: dict[str, str] = {
    "audit_files.acts_file": "a file",
    "audit_files.reads_file": "a file",
    "clinic_figures.download": "a file",
    "hub_office.content": "a file",
    "programme_figures.download": "a file",
    "report.mine_as_pdf": "a file",
    "report.of_patient_as_pdf": "a file",
    "news.since_opened": "a part of doctor.queue",
    "offline.record": "what a device keeps",
    "uploads.progress": "a part of uploads.preview",
}
"""Routes without a picture, and why."""
PAPER = {"width": 688, "height": 1002}
"""A4 within its margins, in pixels of CSS."""


class Picture(NamedTuple):
    """A page as one person (None: nobody) sees it; of its addresses the first one that opens."""

    role: str | None
    endpoint: str
    paths: tuple[str, ...]
    state: str = ""

    def name(self, language: str) -> str:
        parts = (self.role or "nobody", self.endpoint, self.state, language)
        return "-".join(part.replace(".", "-").replace(" ", "-") for part in parts if part) + ".webp"


def _crowded(house: House) -> Iterator[Picture]:
    shown: set[str] = set()
    for role in ROLES:
        for rule, paths in house.pages_for(role):
            whose = OF_WHOM.get(rule.endpoint)
            if paths and (role in whose if whose is not None else rule.endpoint not in shown):
                shown.add(rule.endpoint)
                yield Picture(role, rule.endpoint, tuple(paths))
    for state in ("large print", "without a network"):
        yield Picture("patient", "patient.today", ("/today",), state)
    for role, endpoint in (("patient", "report.mine"), ("doctor", "report.of_patient")):
        yield Picture(role, endpoint, _paths(house, role, endpoint), "on paper")


def _paths(house: House, role: str, endpoint: str) -> tuple[str, ...]:
    return next(tuple(paths) for rule, paths in house.pages_for(role) if rule.endpoint == endpoint)


def _urgent(_house: House) -> Iterator[Picture]:
    yield Picture("patient", "act_now.index", ("/urgent",))
    for role, endpoint, path in (
        ("patient", "patient.today", "/today"),
        ("caregiver", "caregiver.home", "/caregiver"),
        ("doctor", "doctor.queue", "/doctor/queue"),
    ):
        yield Picture(role, endpoint, (path,), "urgent")


def _approved(house: House) -> Iterator[Picture]:
    with writing(house.services.engine) as session:
        suggestion = session.scalars(select(Suggestion)).one()
        regimen = session.get_one(Regimen, suggestion.regimen_id).public_id
        due = session.scalars(select(Dose).where(Dose.state == "due")).first()
        assert due is not None
        link = one_tap_link(session, due.patient_id, due.due_at, house.services.clock())
    yield Picture(None, "one_tap.ask", (link, "/tap"))
    yield Picture("patient", "patient.today", ("/today",), "changed")
    yield Picture("patient", "teach_back.ask", (f"/today/changes/{regimen}",))
    by_phone = f"/clinic/patients/{house.person('patient').public_id}/changes/{regimen}"
    yield Picture("doctor", "change_by_phone.ask", (by_phone,))
    yield Picture("doctor", "reviewing.suggestion", (house.the_suggestion(),), "decided")


def _first_day(_house: House) -> Iterator[Picture]:
    for role, endpoint, path in (("patient", "patient.today", "/today"), ("doctor", "doctor.queue", "/doctor/queue")):
        yield Picture(role, endpoint, (path,), "first day")


HOUSES: dict[str, tuple[Callable[[Services], None], Callable[[House], Iterator[Picture]]]] = {
    "crowded": (crowd, _crowded),
    "urgent": (told.measure_low, _urgent),
    "approved": (told.approve, _approved),
}
"""What happened in a house, and what of it is pictured."""


def houses(folder: Path) -> Iterator[tuple[House, list[Picture]]]:
    """Each house with its pictures; before playwright runs, for both want the thread's event loop."""
    told.tell_once(folder / "story")
    for name, (happen, pictured) in HOUSES.items():
        services = told.told(folder / name, folder / "story")
        happen(services)
        house = House(services)
        yield house, list(pictured(house))
    house = House(told.first_day(folder))
    yield house, list(_first_day(house))


def _in_large_print(page: Page, house: House) -> None:
    page.context.add_cookies([{"name": PRINT_COOKIE, "value": "large", "url": house.url}])


def _on_paper(page: Page, _house: House) -> None:
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")


def _without_network(page: Page, house: House) -> None:
    """What the device keeps is kept; from then on the page without a network stands there."""
    page.clock.set_fixed_time(house.services.clock())
    page.goto(f"{house.url}/today")
    page.wait_for_function("async () => Boolean(await self.companionOffline.record())")
    page.route("**/today", lambda route: route.fulfill(response=route.fetch(url=f"{house.url}/offline")))


MADE_READY: dict[str, Callable[[Page, House], None]] = {
    "large print": _in_large_print,
    "on paper": _on_paper,
    "without a network": _without_network,
}
"""By state: what is done in a browser of its own before the picture."""
