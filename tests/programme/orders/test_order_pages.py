"""Orders through the public doors: Anna's pages, her doctor's, the administrator's, the pharmacy's, and the API."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from companion.care.audit import AuditEntry
from companion.care.regimens import Regimen
from companion.db import writing
from companion.programme.orders.order_models import MedicineOrder, OrderEvent
from companion.programme.orders.pharmacy_models import Pharmacy, PharmacyConsent, PriceList
from tests.fake_pharmacy import FakePharmacy
from tests.programme.orders.ordering import ADDRESS, agree, mark_tried, now_of, open_pharmacy, order, tablets
from tests.programme.orders.test_prices import GOOD
from tests.web.conftest import FORM_TOKEN, Browser
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, path_of, problem
from tests.web.page_words import words_of

KEY = re.compile(r'name="key" value="([^"]+)"')
SECRET = re.compile(r"whsec_[\w+/=]+")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def pharmacy(house: House) -> Pharmacy:
    return open_pharmacy(house)[0]


def fill_in(browser: Browser, page: str, **form: Any) -> Any:
    """The order's form as it stands on the page, with what is typed."""
    found = KEY.search(browser.get(page).get_data(as_text=True))
    assert found is not None
    given = {"key": found.group(1), "area": "Berlin", "address": ADDRESS, "medicines": ["rg_tablets"]}
    return browser.send(page, given | form)


# Anna


def test_anna_agrees_orders_and_sees_where_it_is(house: House, pharmacy: Pharmacy) -> None:
    tablets(house)
    browser, page = house.browser(house.anna), f"/orders/pharmacies/{pharmacy.public_id}"

    asked = words_of(browser.get(page).get_data(as_text=True))
    agreed = browser.send(f"{page}/agree", {"agrees": "yes"}, seen_on=page)
    answer = fill_in(browser, page)

    assert "tells Linden my name" in asked
    assert (agreed.status_code, answer.status_code) == (302, 302)
    shown = words_of(browser.get(answer.location).get_data(as_text=True))
    assert "on its way to the pharmacy" in shown
    assert "Metformin: 30 tablets" in shown
    assert ADDRESS in shown
    noted = [entry.action for entry in house.all(AuditEntry)]
    assert noted[-2:] == ["said_to_pharmacy", "order.placed"]


def test_a_form_with_faults_comes_back_with_each_field(house: House, pharmacy: Pharmacy) -> None:
    tablets(house)
    agree(house, pharmacy)
    browser, page = house.browser(house.anna), f"/orders/pharmacies/{pharmacy.public_id}"

    for field, typed in [("address", ""), ("area", "Mars"), ("medicines", []), ("medicines", ["rg_of_nobody"])]:
        answer = fill_in(browser, page, **{field: typed})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.get_data(as_text=True)

    assert house.all(MedicineOrder) == []


def test_a_medicine_whose_amount_is_in_doubt_can_not_be_ticked(house: House, pharmacy: Pharmacy) -> None:
    regimen = tablets(house)
    agree(house, pharmacy)
    with writing(house.engine) as session:
        session.get_one(Regimen, regimen.id).revisions[-1].withdrawn_at = house.now

    shown = house.page(house.anna, f"/orders/pharmacies/{pharmacy.public_id}")

    assert "about to change" in shown
    assert 'value="rg_tablets"' not in shown
    assert "30 tablets" not in words_of(shown)


def test_she_takes_an_order_back_while_nobody_has_it_and_not_after(house: House, pharmacy: Pharmacy) -> None:
    agree(house, pharmacy)
    placed = order(house, pharmacy, tablets(house))
    browser, page = house.browser(house.anna), f"/orders/{placed.public_id}"
    mark_tried(house, placed)

    browser.send(f"{page}/cancel", seen_on="/supply")
    too_late = now_of(house, placed).state
    with writing(house.engine) as session:
        session.get_one(MedicineOrder, placed.id).tries = 0
    browser.send(f"{page}/cancel", seen_on=page)

    assert (too_late, now_of(house, placed).state) == ("placed", "cancelled")


def test_prices_are_for_staff_unless_the_clinic_says_that_patients_may_see_them(
    house: House, pharmacy: Pharmacy
) -> None:
    tablets(house)
    agree(house, pharmacy)
    send_prices(house, pharmacy, GOOD)
    page = f"/orders/pharmacies/{pharmacy.public_id}"

    hers = words_of(house.page(house.anna, page))
    doctors = words_of(house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}{page}"))

    assert "4.50 EUR" in doctors
    assert "EUR" not in hers


# Her doctor


def test_the_doctor_orders_on_her_behalf_once_she_was_asked_and_it_is_in_the_audit(
    house: House, pharmacy: Pharmacy
) -> None:
    tablets(house)
    browser = house.browser(house.doctor)
    page = f"/clinic/patients/{house.anna.public_id}/orders/pharmacies/{pharmacy.public_id}"

    unheard = browser.send(f"{page}/agree", {"agrees": "yes"}, seen_on=page)
    browser.send(f"{page}/agree", {"agrees": "yes", "heard": "yes"}, seen_on=page)
    answer = fill_in(browser, page)

    assert unheard.status_code == 422
    assert house.only(PharmacyConsent).noted_by == house.doctor.id
    assert answer.status_code == 302
    entry = house.all(AuditEntry)[-1]
    assert (entry.action, entry.actor, entry.details["on_behalf"]) == ("order.placed", house.doctor.public_id, True)
    assert "Anna Berg" in words_of(house.page(house.doctor, "/clinic/orders"))


def test_a_stranger_sees_and_orders_nothing(house: House, pharmacy: Pharmacy) -> None:
    agree(house, pharmacy)
    placed = order(house, pharmacy, tablets(house))
    stranger = house.browser(house.other_doctor)

    for path in ("", f"/{placed.public_id}", f"/pharmacies/{pharmacy.public_id}"):
        assert stranger.get(f"/clinic/patients/{house.anna.public_id}/orders{path}").status_code == 404

    assert "Anna" not in words_of(house.page(house.other_doctor, "/clinic/orders"))
    assert house.browser(house.ben).get("/orders").status_code == 403


# The administrator


def send_prices(house: House, pharmacy: Pharmacy, text: str) -> Any:
    browser, page = house.browser(house.admin), f"/pharmacies/{pharmacy.public_id}"
    token = FORM_TOKEN.search(browser.get(page).get_data(as_text=True))
    assert token is not None
    form = {"csrf_token": token.group(1), "file": (BytesIO(text.encode()), "prices.csv")}
    return browser.client.post(f"{page}/prices", data=form)


def test_an_administrator_adds_a_pharmacy_and_is_told_its_secret_once(house: House) -> None:
    browser = house.browser(house.admin)
    form = {"name": "Rose", "url": "https://rose.example/in", "areas": "Berlin, 4, 48\nPotsdam, 8, 72"}

    made = browser.send("/pharmacies/new", form)

    secret = SECRET.search(made.get_data(as_text=True))
    assert secret is not None
    rose = house.only(Pharmacy)
    shown = house.page(house.admin, f"/pharmacies/{rose.public_id}")
    assert "Potsdam, 8, 72" in shown
    assert secret.group() not in shown
    assert f"/hooks/pharmacies/{rose.public_id}/events" in shown
    assert secret.group().encode() not in (house.folder / "companion.db").read_bytes()


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ""}, "name"), ({"url": "http://rose.example"}, "url"), ({"areas": "Berlin"}, "areas")],
)
def test_a_pharmacy_with_faults_is_refused_by_its_field(house: House, changed: dict[str, str], field: str) -> None:
    form = {"name": "Rose", "url": "https://rose.example/in", "areas": "Berlin, 4, 48"} | changed

    answer = house.browser(house.admin).send("/pharmacies/new", form)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    assert house.all(Pharmacy) == []


def test_prices_with_a_fault_are_refused_with_row_and_column_and_good_ones_stand_side_by_side(
    house: House, pharmacy: Pharmacy
) -> None:
    bad = send_prices(house, pharmacy, GOOD + "Aspirin,tablet,30,free,EUR,,\n")
    good = send_prices(house, pharmacy, GOOD)

    assert bad.status_code == 422
    assert "Row 4, column price" in words_of(bad.get_data(as_text=True))
    assert good.status_code == 302
    assert house.only(PriceList).number == 1
    shown = words_of(house.page(house.doctor, "/clinic/prices?drug=metf"))
    assert "0.15" in shown
    assert "Glargine" not in shown


def test_the_administrator_sees_how_many_came_in_time_and_closes_a_pharmacy(house: House, pharmacy: Pharmacy) -> None:
    agree(house, pharmacy)
    placed = order(house, pharmacy, tablets(house))
    with writing(house.engine) as session:
        row = session.get_one(MedicineOrder, placed.id)
        row.state, row.delivered_at = "delivered", house.now + timedelta(hours=1)
    house.clock.advance(days=3)
    page = f"/pharmacies/{pharmacy.public_id}"

    rates = words_of(house.page(house.admin, "/pharmacies"))
    house.browser(house.admin).send(page, {"name": "Linden", "url": pharmacy.url, "areas": "Berlin, 4, 48"})

    assert "1 of 1" in rates
    assert house.browser(house.anna).get(f"/orders{page}").status_code == 404


# The pharmacy


def test_only_what_the_pharmacy_signed_a_moment_ago_is_heard(house: House) -> None:
    pharmacy, secret = open_pharmacy(house)
    agree(house, pharmacy)
    placed = order(house, pharmacy, tablets(house))
    mark_tried(house, placed)
    partner, client = FakePharmacy(secret=secret), house.app.test_client()
    address = f"/hooks/pharmacies/{pharmacy.public_id}/events"
    body, signed = partner.tells(placed.public_id, "sent", house.now, "e1")

    answers = [
        client.post(address, data=body).status_code,
        client.post(address, data=body + b" ", headers=signed).status_code,
        client.post("/hooks/pharmacies/ph_nobody/events", data=body, headers=signed).status_code,
        client.post(address, data=body, headers=signed).get_json(),
        client.post(address, data=body, headers=signed).get_json(),
    ]
    house.clock.advance(minutes=6)
    stale = client.post(address, data=body, headers=signed).status_code

    assert answers == [403, 403, 403, {"result": "applied"}, {"result": "known"}]
    assert stale == 403
    assert now_of(house, placed).state == "sent"
    assert len(house.all(OrderEvent)) == 1


def test_what_cannot_be_is_refused_with_field_and_reason(house: House) -> None:
    pharmacy, secret = open_pharmacy(house)
    partner, client = FakePharmacy(secret=secret), house.app.test_client()
    body, signed = partner.tells("or_unknown", "sent", house.now, "e1")

    answer = client.post(f"/hooks/pharmacies/{pharmacy.public_id}/events", data=body, headers=signed)

    assert answer.status_code == 422
    assert answer.get_json()["field"] == "order"
    assert answer.get_json()["reason"] == "is no order of yours"


# The API


def test_orders_by_api_are_placed_once_for_each_key_and_listed(house: House, pharmacy: Pharmacy) -> None:
    tablets(house)
    agree(house, pharmacy)
    program, address = Program(house, house.anna), path_of(house, "orders")
    given = {"pharmacy": pharmacy.public_id, "area": "Berlin", "address": ADDRESS, "medicines": ["rg_tablets"]}

    answers = [program.post(address, given, Idempotency_Key="one") for _ in range(2)]
    listed = program.get(address).get_json()["orders"]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert [(each["state"], each["medicines"][0]["drug"]) for each in listed] == [("placed", "Metformin")]


@pytest.mark.parametrize("changed", [{"area": "Mars"}, {"pharmacy": "ph_0"}, {"medicines": ["rg_0"]}, {"address": " "}])
def test_an_order_by_api_that_cannot_be_is_refused(house: House, pharmacy: Pharmacy, changed: dict[str, Any]) -> None:
    tablets(house)
    agree(house, pharmacy)
    given = {"pharmacy": pharmacy.public_id, "area": "Berlin", "address": ADDRESS, "medicines": ["rg_tablets"]}

    response = Program(house, house.anna).post(path_of(house, "orders"), given | changed)

    assert problem(response)[0] in (400, 422)
    assert house.all(MedicineOrder) == []
