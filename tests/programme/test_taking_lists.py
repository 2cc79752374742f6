"""A pharmacist's lists: with the patient's consent how medicines are taken and packs, and without it nothing."""

from decimal import Decimal
from typing import Any

import pytest

from companion.care.consent import Scope, link
from companion.care.people import Person
from companion.care.read_log import ReadEntry
from companion.db import writing
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Axis, Definitions, Figure, Level, Limit
from companion.programme.segments.placing import Sheet
from companion.programme.segments.shipped import definitions
from companion.programme.segments.taking import LESS, MISSED, lists, why
from companion.programme.segments.trend import Measure, Slope, Trend
from companion.reminders.supply.refills import look_at_supply
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from tests.programme.guide_shelf import add_pharmacist
from tests.web.loop.house import House
from tests.web.page_words import words_of

PAGE, BY_API = "/desk/patients", "/api/v1/taking-lists"
LOW = Sheet({Figure.TAKEN: 40.0, Figure.SYSTOLIC: 171.0}, trends=(Trend(Measure.TAKEN, Slope(-2, -3, -1), 8, 56),))


def pharmacist_with(house: House, *scopes: Scope) -> Person:
    """Named, and let see by Anna; who takes too little, and has high values."""
    sun = add_pharmacist(house)
    house.give_login(sun, "sun")
    with writing(house.engine) as session:
        keeping.keep(session, definitions(), [(house.anna.id, LOW)], house.now)
        for scope in scopes:
            link(session, patient=house.anna, member=sun, scope=scope, noted_by=house.doctor, now=house.now)
    return sun


def test_whom_a_patient_let_see_finds_them_by_doses_and_never_by_values(house: House) -> None:
    sun = pharmacist_with(house, Scope.MEDICINES)

    page = words_of(house.page(sun, PAGE))
    told: Any = house.browser(sun).get(BY_API).get_json()

    assert page.count(house.anna.name) == 2
    assert "doses taken 40 %; below 50" in page
    assert "doses taken -112.0 % in 56 days" in page
    assert "171" not in page
    assert [(each["id"], len(each["members"])) for each in told["lists"]] == [(MISSED, 1), (LESS, 1)]
    assert {each["figure"] for each in told["lists"][0]["members"][0]["because"]} == {"taken_percent"}
    assert {(each.who, each.patient) for each in house.all(ReadEntry)} == {(sun.public_id, house.anna.public_id)}


@pytest.mark.parametrize("consent", ["never", "ended"])
def test_without_consent_there_is_nobody(house: House, consent: str) -> None:
    sun = pharmacist_with(house, *([Scope.MEDICINES] if consent == "ended" else []))
    if consent == "ended":
        house.browser(house.anna).send(f"/my-data/who-may-see/{sun.public_id}/stop/medicines")

    page = words_of(house.page(sun, PAGE))
    told: Any = house.browser(sun).get(BY_API).get_json()

    assert house.anna.name not in page
    assert [told["patients"], told["low_packs"], *(each["members"] for each in told["lists"])] == [0, [], [], []]
    assert house.all(ReadEntry, who=sun.public_id) == []


def test_what_a_pharmacist_was_let_see_opens_no_page_of_the_patient(house: House) -> None:
    sun = pharmacist_with(house, Scope.MEDICINES)
    whose = house.anna.public_id

    paths = (f"/clinic/patients/{whose}", f"/api/v1/patients/{whose}/supply", f"/api/v1/patients/{whose}/readings")
    codes = {house.browser(sun).get(path).status_code for path in (*paths, "/api/v1/work-lists")}

    assert codes == {403}


def test_packs_that_run_low_are_named(house: House) -> None:
    sun = pharmacist_with(house, Scope.MEDICINES)
    regimen = house.prescribe()
    with writing(house.engine) as session:
        new = NewEntry(EntryKind.COUNTED, Decimal(30), house.now, "c")
        note_entry(session, regimen, new, by=house.anna, now=house.now)
        look_at_supply(session, regimen.id, house.now)

    page = words_of(house.page(sun, PAGE))
    (told,) = house.browser(sun).get(BY_API).get_json()["low_packs"]  # type: ignore[index]

    assert f"{regimen.drug}: " in page
    assert (told["patient"], told["drug"]) == (house.anna.public_id, regimen.drug)


# The lists themselves


def test_levels_that_a_clinic_makes_of_values_put_nobody_on_a_list() -> None:
    by_value = Level("low", (Limit(Figure.SYSTOLIC, True, 160, "house rule"),))
    by_both = Level("partial", (Limit(Figure.TAKEN, False, 80, "house rule"), by_value.limits[0]))
    own = Definitions("own", (Axis("adherence", (by_value, by_both), "good"),), ())

    needs = lists(own)[MISSED]

    assert needs.groups == (frozenset(),)
    assert why(own, MISSED, LOW).because == []


def test_a_worsening_value_is_no_reason_here() -> None:
    worse = Trend(Measure.SYSTOLIC, Slope(0.2, 0.1, 0.3), 40, 56)
    sheet = Sheet(trends=(worse, *LOW.trends))

    assert worse.is_worsening
    assert why(definitions(), LESS, sheet).trends == [LOW.trends[0]]
    assert why(definitions(), MISSED, sheet).trends == ()
