"""The doctor's overview: who gets worse, who is silent, whose devices are; of one's own patients only."""

import re
from datetime import timedelta

from companion.care.consent import Scope
from companion.care.covers import go_away
from companion.care.people import Person, Role
from companion.care.read_log import ReadEntry
from companion.care.tasks import TaskKind, add_task
from companion.db import writing
from companion.devices.models import Device
from companion.panel.keeping import work_out_anew
from tests.web.loop.house import House

PANEL = "/doctor/panel"


def names(page: str) -> list[str]:
    """Whose lines are shown, in their order."""
    return re.findall(r'<a href="/clinic/patients/[^"]+"><strong>([^<]+)</strong>', page)


def worked_out(house: House) -> None:
    """The beat's work, an hour later."""
    house.clock.advance(hours=1)
    while work_out_anew(house.engine, house.stores.readings, house.now):
        pass


def measure(house: House, mg_dl: int, first_day: int) -> None:
    """One value a day for twelve days, from so many days ago on."""
    days = [house.now - timedelta(days=first_day - day) for day in range(12)]
    house.download([p for at in days for p in house.payloads(mg_dl, at)])


def test_who_gets_worse_is_said_with_both_figures_and_their_numbers(house: House) -> None:
    measure(house, 120, first_day=27)
    measure(house, 250, first_day=12)
    worked_out(house)

    page = house.page(house.doctor, f"{PANEL}?show=worse")

    assert names(page) == ["Anna Berg"]
    assert "100 % → 0 % ▲ worse" in " ".join(page.split())
    assert "n = 12, then 12" in page


def test_with_too_few_values_nothing_is_judged(house: House) -> None:
    house.measure(250)
    worked_out(house)

    page = house.page(house.doctor, PANEL)

    assert "too few values to compare" in page
    assert names(house.page(house.doctor, f"{PANEL}?show=worse")) == []


def test_who_sends_nothing_is_silent_after_the_days_chosen(house: House) -> None:
    house.measure(120)
    house.clock.advance(days=5)
    worked_out(house)

    found = {days: names(house.page(house.doctor, f"{PANEL}?show=silent&days={days}")) for days in (3, 7)}

    assert found == {3: ["Anna Berg"], 7: []}
    assert "no value for 5 days" in house.page(house.doctor, f"{PANEL}?days=3")


def test_a_silent_device_and_a_low_battery_are_named_and_a_replaced_one_is_not(house: House) -> None:
    house.measure(120)
    with writing(house.engine) as session:
        meter = session.query(Device).one()
        meter.battery_percent = 15
        session.add(
            Device(
                public_id="dv_old",
                patient_id=house.anna.id,
                identity="old",
                kind=meter.kind,
                name="Old meter",
                first_seen_at=house.now - timedelta(days=90),
                last_seen_at=house.now - timedelta(days=60),
            )
        )

    house.clock.advance(days=9)
    page = house.page(house.doctor, f"{PANEL}?show=devices")

    assert "Meter silent for 9 days" in page
    assert "Meter: battery 15 %" in page
    assert "Old meter" not in page


def test_an_urgent_task_comes_first(house: House) -> None:
    with writing(house.engine) as session:
        aaron = house.add(session, Role.PATIENT, "Aaron", None)
        house.link(session, aaron, house.doctor, Scope.CARE)
        add_task(
            session,
            unique_key="t",
            kind=TaskKind.URGENT_READING,
            patient_id=house.anna.id,
            now=house.now,
            due_at=house.now,
        )

    page = house.page(house.doctor, PANEL)

    assert names(page) == ["Anna Berg", "Aaron"]
    assert names(house.page(house.doctor, f"{PANEL}?by=name")) == ["Aaron", "Anna Berg"]
    assert "not worked out yet" in page


def test_the_end_of_the_next_plan_is_shown(house: House) -> None:
    regimen = house.prescribe()
    plan = house.sign_plan(regimen, ends_on=house.today + timedelta(days=10))

    page = house.page(house.doctor, f"{PANEL}?show=plan_ends")

    assert names(page) == ["Anna Berg"]
    assert f"plan until {plan.ends_on:%b} {plan.ends_on.day}, {plan.ends_on.year}" in page


def test_a_strangers_overview_is_empty_and_a_covers_names_the_doctor_who_is_away(house: House) -> None:
    before = names(house.page(house.other_doctor, PANEL))
    with writing(house.engine) as session:
        doctor, cover = (session.get_one(Person, each.id) for each in (house.doctor, house.other_doctor))
        go_away(session, doctor, cover, house.now, house.now + timedelta(days=2), house.now)

    page = house.page(house.other_doctor, PANEL)

    assert before == []
    assert names(page) == ["Anna Berg"]
    assert "for Dr. Roth" in page


def test_fifty_are_on_a_page_and_only_those_shown_are_written_down_as_read(house: House) -> None:
    with writing(house.engine) as session:
        for number in range(50):
            patient = house.add(session, Role.PATIENT, f"P{number:02}", None)
            house.link(session, patient, house.doctor, Scope.CARE)

    second = house.page(house.doctor, f"{PANEL}?by=name&page=2")

    read = {entry.patient for entry in house.all(ReadEntry) if "panel" in entry.route}
    assert names(second) == ["P49"]
    assert len(read) == 1


def test_the_overview_speaks_chinese(house: House) -> None:
    house.measure(120)
    worked_out(house)
    browser = house.browser(house.doctor)
    browser.send("/display/language", {"language": "zh", "next": PANEL}, seen_on=PANEL)

    page = browser.get(PANEL).get_data(as_text=True)

    assert "数值太少，无法比较" in page
    assert "至少 70 % 的血糖在范围内" in page


def test_what_nobody_can_choose_is_not_found(house: House) -> None:
    browser = house.browser(house.doctor)

    found = {query: browser.get(f"{PANEL}?{query}").status_code for query in ("show=x", "by=x", "days=4", "page=9")}

    assert set(found.values()) == {404}
