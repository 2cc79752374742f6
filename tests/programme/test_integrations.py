"""Programs of the clinic by their tokens: prices brought, reports sent, lists read; nothing twice, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from companion.care.audit import AuditEntry
from companion.care.facts import Fact
from companion.care.integrations import STANDS_FOR, Integration, Reach, add_integration, revoke_integration
from companion.care.people import Person, Role
from companion.care.read_log import ReadEntry
from companion.care.regimens import UNITS
from companion.cli import companion
from companion.db import writing
from companion.errors import BadInput
from companion.programme.board.writing import write
from companion.programme.checkups.checkup_models import Checkup, CheckupValue
from companion.programme.desk.asking import ask
from companion.programme.guides.publishing import SOON
from companion.programme.orders.pharmacies import Area, add_pharmacy
from companion.programme.orders.pharmacy_models import PriceList
from companion.programme.orders.price_file import KNOWN, PriceRow, as_file, read_prices
from companion.programme.surveys.rounds import open_round
from companion.programme.surveys.survey_models import SurveyAsk
from tests.programme.guide_shelf import add_pharmacist, draft, publish, sign_first_questions
from tests.web.loop.house import House

TABLETS = {"drug": "Metformin", "piece": "tablet", "pack_size": "30", "price": "4.50", "currency": "EUR"}
TABLE = b"date,test,value,unit\n2026-02-20,potassium,4.4,mmol/L\n"
PDF = b"%PDF-1.7\na letter\n%%EOF\n"


class Program:
    """Calls as a program with a token of that scope does."""

    def __init__(self, house: House, reach: Reach) -> None:
        person = house.doctor if STANDS_FOR[reach] is Role.CLINICIAN else house.admin
        until = house.now + timedelta(days=30)
        with writing(house.engine) as session:
            told: dict[str, Any] = {"expires_at": until, "by": "test", "now": house.now}
            made, token = add_integration(session, name="Laboratory North", reach=reach, person=person, **told)
        self.id, self.client = made.public_id, house.app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, **sent: Any) -> Any:
        headers = self.headers | sent.pop("headers", {})
        return self.client.post(f"/api/v1{path}", headers=headers, **sent)


def partner(house: House) -> str:
    """A pharmacy's way in the API."""
    with writing(house.engine) as session:
        told: dict[str, Any] = {"name": "Linden", "url": "https://linden.example/orders", "by": house.admin}
        made, _secret = add_pharmacy(session, areas=[Area("Berlin", 4, 48)], now=house.now, **told)
        return f"/pharmacies/{made.public_id}"


# Partner pharmacies


def test_a_price_list_comes_whole_is_read_again_and_played_again_changes_nothing(house: House) -> None:
    path, program = partner(house), Program(house, Reach.PHARMACIES)
    first = {"replaces": 0, "prices": [TABLETS | {"batch": "B1", "expires_on": "2027-01-31"}]}
    second = {"replaces": 1, "prices": [TABLETS | {"price": "5"}]}

    codes = [program.post(f"{path}/price-lists", json=sent).status_code for sent in (first, first, second, first)]
    shown = program.get(f"{path}/prices").json
    listed = program.get("/pharmacies").json["pharmacies"]

    assert codes == [201, 201, 201, 409]
    assert [(each.number, each.by_id) for each in house.all(PriceList)] == [(1, house.admin.id), (2, house.admin.id)]
    assert shown["prices"] == [TABLETS | {"price": "5", "batch": "", "expires_on": None}]
    assert (shown["price_list"]["version"], shown["has_more"]) == (2, False)
    assert [(each["name"], each["price_list"]["version"], each["areas"][0]["name"]) for each in listed] == [
        ("Linden", 2, "Berlin")
    ]
    assert "linden.example" not in json.dumps(listed)
    assert [each.details["integration"] for each in house.all(AuditEntry, action="pharmacy.prices")] == [program.id] * 2


def test_the_same_key_gets_the_same_answer_and_another_body_under_it_is_refused(house: House) -> None:
    path, program = f"{partner(house)}/price-lists", Program(house, Reach.PHARMACIES)
    key = {"Idempotency-Key": "night-1"}

    sent = [program.post(path, json={"replaces": 0, "prices": [TABLETS]}, headers=key) for _ in "ab"]
    other = program.post(path, json={"replaces": 0, "prices": [TABLETS | {"price": "9"}]}, headers=key)

    assert [each.json["is_new"] for each in sent] == [True, True]
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("prices", "pointer"),
    [
        ([], "/prices"),
        ([TABLETS | {"price": "0"}], "/prices/0/price"),
        ([TABLETS, TABLETS], "/prices/1/drug"),
        ([TABLETS, TABLETS | {"drug": "  "}], "/prices/1/drug"),
        ([TABLETS | {"drug": "\ud800"}], "/prices"),
        ([TABLETS | {"piece": "box"}], "/prices/0/piece"),
        ([TABLETS | {"secret": "x"}], "/prices/0/secret"),
    ],
)
def test_prices_that_cannot_be_are_refused_with_their_place(house: House, prices: list[Any], pointer: str) -> None:
    path, program = f"{partner(house)}/price-lists", Program(house, Reach.PHARMACIES)

    got = program.post(path, json={"replaces": 0, "prices": prices})

    assert (got.status_code, [each["pointer"] for each in got.json["errors"]]) == (422, [pointer])
    assert house.all(PriceList) == []


words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
amounts = st.decimals("0.01", 999_999, places=2)
rows = st.builds(
    PriceRow,
    drug=words,
    piece=st.sampled_from(UNITS),
    pack_size=amounts,
    price=amounts,
    currency=st.just("CNY"),
    batch=st.just("") | words,
    expires_on=st.none() | st.dates(),
)


@given(row=rows)
def test_what_is_written_as_a_file_is_read_as_it_was(row: PriceRow) -> None:
    assert read_prices(as_file([row._asdict()]), UNITS) == [row]
    assert as_file([]).decode().split(",")[-1].strip() == KNOWN[-1]


# A laboratory


@pytest.mark.parametrize(("content", "kind", "values"), [(TABLE, "csv", ["waits"]), (PDF, "pdf", [])])
def test_a_laboratorys_report_waits_for_a_person_and_comes_once(
    house: House, content: bytes, kind: str, values: list[str]
) -> None:
    program, path = Program(house, Reach.CHECKUPS), f"/patients/{house.anna.public_id}/checkups"

    first, again = (program.post(path, data=content) for _ in "ab")

    assert (first.status_code, first.json, again.json) == (201, again.json, first.json)
    assert (first.json["name"], first.json["format"]) == ("Laboratory North", kind)
    assert [each.state for each in house.all(CheckupValue)] == values
    assert len(house.all(Checkup)) == 1
    assert house.all(Fact) == []
    assert house.only(AuditEntry, action="checkup.sent").details["integration"] == program.id
    assert {each.who for each in house.all(ReadEntry)} == {program.id}


def test_a_laboratory_reads_no_reports_decides_on_none_and_reaches_no_other_doctors_patient(house: House) -> None:
    program, path = Program(house, Reach.CHECKUPS), f"/patients/{house.anna.public_id}/checkups"
    with writing(house.engine) as session:
        other = house.add(session, Role.PATIENT, "Of another doctor", None)
    value = program.post(path, data=TABLE).json["values"][0]["id"]

    codes = [
        program.get(path).status_code,
        program.post(f"/checkup-values/{value}/decision", json={"is_right": True}).status_code,
        program.post(path, data=b"").status_code,
        program.post(f"/patients/{other.public_id}/checkups", data=TABLE).status_code,
    ]

    assert codes == [403, 403, 422, 404]


@pytest.mark.parametrize("why", ["revoked", "over", "person left"])
def test_a_token_that_ended_opens_nothing(house: House, why: str) -> None:
    program = Program(house, Reach.CHECKUPS)
    with writing(house.engine) as session:
        if why == "revoked":
            revoke_integration(session, program.id, by="test", now=house.now)
        if why == "over":
            session.execute(update(Integration).values(expires_at=house.now))
        if why == "person left":
            session.get_one(Person, house.doctor.id).left_at = house.now

    got = program.post(f"/patients/{house.anna.public_id}/checkups", data=TABLE)

    assert (got.status_code, house.all(Checkup)) == (401, [])


# The programme's lists


def test_a_tool_of_the_clinic_sees_what_waits_and_nobodys_name_or_words(house: House) -> None:
    program, pharmacist = Program(house, Reach.PROGRAMME), add_pharmacist(house)
    sign_first_questions(house)
    with writing(house.engine) as session:
        publish(session, draft(session, house.doctor, house), pharmacist, house, house.today + SOON - timedelta(days=1))
        draft(session, house.doctor, house, key="another")
        write(session, house.anna, "diabetes", "Which shoes do you wear?", house.now)
        ask(session, house.anna, "injecting", "Does the needle hurt?", now=house.now - timedelta(hours=1))

    guides, desk, boards = (program.get(f"/programme/{what}").json for what in ("guides", "desk", "boards"))

    states = {each["key"]: (each["state"], each["review_by"] is None) for each in guides["guides"]}
    assert states == {"insulin-pen": ("soon_over", False), "another": ("draft", True)}
    assert [(each["subject"], each["waiting"], each["too_long"]) for each in desk["waiting"]] == [("injecting", 1, 1)]
    assert desk["next_wait_minutes"] is None
    assert boards["boards"][0] == {"board": "diabetes", "waiting": 1, "flagged": 0, "reported": 0}
    told = json.dumps([guides, desk, boards])
    assert not [each for each in (house.anna.name, house.anna.public_id, "shoes", "needle") if each in told]
    assert house.all(ReadEntry) == []


def test_a_round_is_told_with_small_numbers_hidden(house: House) -> None:
    with writing(house.engine) as session:
        this = open_round(session, by=house.admin, share=100, days=21, now=house.now)
        told_on = {"asked_at": house.now, "answered_at": house.now}
        session.add(SurveyAsk(public_id="sa_1", round_id=this.id, patient_id=house.anna.id, score=5, **told_on))

    (told,) = Program(house, Reach.PROGRAMME).get("/programme/rounds").json["rounds"]

    assert (told["quarter"], told["has_told_changes"]) == (this.quarter, False)
    assert [told[each] for each in ("asked", "answered", "satisfied", "low", "high")] == [None] * 5


# By the command line


def test_a_program_is_added_listed_and_shut_out_as_it_is_typed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)

    def run(*said: str) -> Any:
        return CliRunner().invoke(companion, ["integrations", *said], standalone_mode=False)

    words = ("add", "--name", "Shelf", "--scope", "programme", "--person")
    added = json.loads(run(*words, house.admin.public_id, "--json").output)
    refused = run(*words, house.doctor.public_id).exception
    run("revoke", added["id"])
    (listed,) = json.loads(run("list", "--json").output)["integrations"]

    assert added["token"].startswith("integration_")
    assert isinstance(refused, BadInput)
    assert (listed["scope"], listed["revoked_at"] is None) == ("programme", False)
    assert added["token"] not in str([vars(each) for each in house.all(Integration)])
