"""The queue: in order of risk, masked, filtered by links, cut, and told of what others do without moving."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from companion.advice.models import Suggestion
from companion.care.consent import Scope
from companion.care.people import Person, Role
from companion.care.regimens import add_regimen
from companion.clock import to_ms
from companion.db import writing
from companion.web.for_doctors import queue_list
from tests.web.loop.house import House

QUEUE = "/doctor/queue"


@dataclass(frozen=True)
class Ward:
    """Anna's suggestion (16 → 18 U), and a way to have more of them."""

    house: House
    first: Suggestion

    def add(self, public_id: str, name: str, **changed: object) -> Person:
        """The same suggestion about somebody else, whom Dr. Roth treats."""
        house = self.house
        told = {column.name: getattr(self.first, column.name) for column in Suggestion.__table__.columns}
        told |= {"created_at": house.now, "public_id": public_id} | changed
        with writing(house.engine) as session:
            patient = house.add(session, Role.PATIENT, name, None)
            house.link(session, patient, house.doctor, Scope.CARE)
            regimen = add_regimen(
                session, public_id=f"rg_{public_id}", patient=patient, drug="Detemir", drug_class="basal_insulin",
                unit="U", now=house.now,
            )  # fmt: skip
            session.flush()
            told |= {"patient_id": patient.id, "regimen_id": regimen.id}
            session.add(Suggestion(**{name: value for name, value in told.items() if name != "id"}))
        return patient

    def queue(self, path: str = QUEUE) -> str:
        return self.house.page(self.house.doctor, path)


@pytest.fixture
def ward(house: House) -> Ward:
    house.titration()
    house.fast(150, 148, 155)
    return Ward(house, house.only(Suggestion))


def test_risk_comes_before_age_and_age_before_anything_else(ward: Ward) -> None:
    now = ward.house.now
    ward.add("su_urgent", "U U", is_urgent=True)
    ward.add("su_old", "O O", created_at=now - timedelta(days=1))
    ward.add("su_lower", "L L", action="decrease", to_amount=Decimal(14))

    page = ward.queue()

    places = [page.index(f'data-row="{each}"') for each in ("su_urgent", "su_lower", "su_old", ward.first.public_id)]
    assert places == sorted(places)


def test_nobodys_whole_name_is_in_the_list(ward: Ward) -> None:
    ward.add("su_wang", "王秀英")

    page = ward.queue()

    assert "王**" in page
    assert "王秀英" not in page
    assert "Berg" not in page


def test_a_row_says_what_it_is_about_and_by_how_much_it_was_measured(ward: Ward) -> None:
    page = ward.queue()

    assert "▲ fasting glucose high" in page
    assert "3 values, 3 days" in page


def test_evidence_is_searched_once_however_often_it_is_listed(ward: Ward) -> None:
    first, statements = ward.queue(), list[str]()
    event.listen(ward.house.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    again = ward.queue()

    assert "3 values, 3 days" in first
    assert "3 values, 3 days" in again
    assert not [each for each in statements if "suggestion.evidence" in each]


@pytest.mark.parametrize(
    ("show", "seen"),
    [("urgent", {"su_urgent"}), ("decreases", {"su_lower"}), ("increases", {"su_urgent", "first"}), ("covered", set())],
)
def test_filters_are_links_that_work_without_scripts(ward: Ward, show: str, seen: set[str]) -> None:
    ward.add("su_urgent", "U U", is_urgent=True)
    ward.add("su_lower", "L L", action="decrease", to_amount=Decimal(14))

    page = ward.queue(f"{QUEUE}?show={show}").replace(ward.first.public_id, "first")

    assert {each for each in ("su_urgent", "su_lower", "first") if f'data-row="{each}"' in page} == seen


def test_a_filter_that_nobody_knows_shows_all(ward: Ward) -> None:
    assert ward.first.public_id in ward.queue(f"{QUEUE}?show=everything&rows=-3")


@pytest.mark.parametrize(("text", "is_there"), [("anna", True), ("GLARG", True), ("王", False)])
def test_what_is_looked_for_is_sent_and_stands_in_no_address(ward: Ward, text: str, is_there: bool) -> None:
    browser = ward.house.browser(ward.house.doctor)

    found = browser.send(QUEUE, {"text": text})

    page = found.get_data(as_text=True)
    assert found.status_code == 200
    assert (ward.first.public_id in page) is is_there
    assert f"text={text}" not in page


def test_a_long_queue_is_cut_and_says_where_the_rest_is(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_list, "AT_ONCE", 2)
    for number in range(3):
        ward.add(f"su_{number}", "X X")

    page, longer = ward.queue(), ward.queue(f"{QUEUE}?rows=4")

    assert page.count("data-row=") == 2
    assert "Show more: 4 in all" in page
    assert longer.count("data-row=") == 4
    assert "Show more" not in longer


def test_the_list_stands_beside_the_opened_one_which_is_marked_in_it(ward: Ward) -> None:
    ward.add("su_next", "N N")

    page = ward.queue(f"/doctor/suggestions/{ward.first.public_id}")

    assert f'data-row="{ward.first.public_id}" aria-current="true"' in page
    assert 'href="/doctor/suggestions/su_next"' in page
    assert page.count('aria-keyshortcuts="J"') == 1


def test_a_list_that_opens_another_one_is_sent_that_one_only(ward: Ward) -> None:
    browser = ward.house.browser(ward.house.doctor)
    path = f"/doctor/suggestions/{ward.first.public_id}"

    part = browser.get(path, headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "What was found" in part
    assert "<html" not in part
    assert "data-row=" not in part


def test_after_the_session_ended_a_part_sends_the_whole_page_to_the_door(ward: Ward) -> None:
    browser = ward.house.browser(ward.house.doctor)
    ward.house.clock.advance(hours=2)

    asked = {"HX-Request": "true", "HX-Current-URL": "http://localhost/doctor/queue?show=urgent"}
    answer = browser.get(f"/doctor/suggestions/{ward.first.public_id}", headers=asked)

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].endswith("/sign-in?next=/doctor/queue")
    assert answer.get_data() == b""


# What happens meanwhile


def news(ward: Ward, since_minutes_ago: float = 0, known: str | None = None) -> str | None:
    """What an open page is told; None: nothing."""
    since = to_ms(ward.house.now - timedelta(minutes=since_minutes_ago))
    query = {"since": since} | ({"known": known} if known else {})
    answer = ward.house.browser(ward.house.doctor).get(f"{QUEUE}/news", query_string=query)
    return None if answer.status_code == 204 else answer.get_data(as_text=True)


def test_a_page_is_told_how_many_are_new_and_nothing_of_whom(ward: Ward) -> None:
    ward.house.clock.advance(minutes=1)
    ward.add("su_new", "Nora Neu")
    ward.house.clock.advance(minutes=1)

    told = news(ward, since_minutes_ago=1.5)

    assert told is not None
    assert "New: 1. Show" in told
    assert "N**" not in told
    assert "Detemir" not in told


def test_a_page_is_told_nothing_twice(ward: Ward) -> None:
    ward.house.clock.advance(minutes=1)
    ward.add("su_new", "Nora Neu")
    ward.house.clock.advance(minutes=1)
    told = news(ward, since_minutes_ago=1.5) or ""
    known = told.partition("known=")[2].partition('"')[0]

    assert news(ward, since_minutes_ago=1.5, known=known) is None
    assert news(ward) is None


def test_a_row_that_another_doctor_decides_on_is_marked_with_the_name(ward: Ward) -> None:
    house = ward.house
    with writing(house.engine) as session:
        house.link(session, house.anna, house.other_doctor, Scope.CARE)
    other = house.browser(house.other_doctor)
    path = f"/doctor/suggestions/{ward.first.public_id}"
    other.send(f"{path}/claim", {}, seen_on=path)
    held = news(ward) or ""
    house.clock.advance(minutes=1)
    house.decide(ward.first, house.act(ward.first), by=house.other_doctor)

    decided = news(ward, since_minutes_ago=0.5) or ""

    assert f'data-mark="{ward.first.public_id}">Dr. Stern is deciding on it' in held
    assert f'data-mark="{ward.first.public_id}">✓ decided by Dr. Stern' in decided


def test_of_patients_of_others_a_page_is_told_nothing(ward: Ward) -> None:
    ward.house.clock.advance(minutes=1)
    ward.add("su_new", "Nora Neu")

    answer = ward.house.browser(ward.house.other_doctor).get(f"{QUEUE}/news?since=0")

    assert answer.status_code == 204


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(ward: Ward) -> None:
    browser = ward.house.browser(ward.house.doctor)
    for _ in range(5):
        ward.house.clock.advance(minutes=14)
        browser.get(f"{QUEUE}/news")

    answer = browser.get(QUEUE)

    assert answer.status_code == 302
    assert "/sign-in" in answer.location


# Single keys


def test_single_keys_are_turned_off_for_one_person_and_on_again(ward: Ward) -> None:
    house = ward.house
    browser = house.browser(house.doctor)
    with_keys = browser.get(QUEUE).get_data(as_text=True)

    browser.send("/doctor/keys", {"keys": "off"}, seen_on=QUEUE)
    without = browser.get(QUEUE).get_data(as_text=True)
    browser.sign_in(house.other_doctor)
    another = browser.get(QUEUE).get_data(as_text=True)
    browser.sign_in(house.doctor)
    browser.send("/doctor/keys", {"keys": "on"}, seen_on=QUEUE)

    assert "keys.js" in with_keys
    assert "keys.js" not in without
    assert "aria-keyshortcuts" not in without
    assert "keys.js" in another
    assert "keys.js" in browser.get(QUEUE).get_data(as_text=True)


def test_on_postgresql_the_queue_and_its_news_say_the_same(tmp_path: Path, postgresql_database: str) -> None:
    house = House(tmp_path, database_url=postgresql_database)
    house.titration()
    house.fast(150, 148, 155)
    ward = Ward(house, house.only(Suggestion))
    house.clock.advance(minutes=1)
    ward.add("su_urgent", "Nora Neu", is_urgent=True)

    page, told = ward.queue(), news(ward, since_minutes_ago=0.5)
    house.engine.dispose()

    assert page.index("su_urgent") < page.index(ward.first.public_id)
    assert "3 values, 3 days" in page
    assert "New: 1. Show" in (told or "")


def test_beside_an_opened_suggestion_stand_only_those_around_it_in_fewer_words(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_list, "BESIDE", 3)
    for number in range(6):
        ward.add(f"su_{number}", "X X", created_at=ward.house.now + timedelta(seconds=number + 1))

    page = ward.queue("/doctor/suggestions/su_3")

    assert re.findall(r'data-row="(\w+)"', page) == ["su_2", "su_3", "su_4"]
    assert "Show more: 7 in all" in page
    assert "3 values, 3 days" not in page
    assert 'data-mark-of="su_2"' in page


@pytest.mark.parametrize(("opened", "rows"), [("su_5", ["su_3", "su_4", "su_5"]), ("first", ["first", "su_0", "su_1"])])
def test_at_an_end_of_the_list_as_many_stand_there(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, opened: str, rows: list[str]
) -> None:
    monkeypatch.setattr(queue_list, "BESIDE", 3)
    for number in range(6):
        ward.add(f"su_{number}", "X X", created_at=ward.house.now + timedelta(seconds=number + 1))
    address = ward.first.public_id if opened == "first" else opened

    page = ward.queue(f"/doctor/suggestions/{address}").replace(ward.first.public_id, "first")

    assert re.findall(r'data-row="(\w+)"', page) == rows


def test_keys_that_were_turned_off_stay_off_in_every_browser(ward: Ward) -> None:
    house = ward.house

    house.browser(house.doctor).send("/doctor/keys", {"keys": "off"}, QUEUE)

    here, colleague = house.page(house.doctor, QUEUE), house.page(house.other_doctor, QUEUE)
    assert "keys.js" not in here
    assert "keys.js" in colleague
    assert "Off: no single key does anything." in house.page(house.doctor, "/doctor/my-work")
