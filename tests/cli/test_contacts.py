"""`companion people contact`, as somebody at a terminal meets it."""

from pathlib import Path
from typing import Any

import pytest

from companion.care.audit import AuditEntry
from companion.db import Base, reading
from companion.errors import BadInput
from companion.services import build_services
from tests.cli.test_people import PATIENT, House

NUMBER = "+491700000009"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    assert build_services, "it brings every table with it"
    Base.metadata.create_all(house.engine)
    return house


@pytest.fixture
def patient(house: House) -> str:
    """Her id. She has no address yet."""
    told: str = house.told(*PATIENT)["id"]
    return told


def contacts(house: House, patient: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = house.told("people", "contact", "list", "--person", patient, "--json")["contacts"]
    return listed


def add(house: House, patient: str, *more: str, kind: str = "sms", address: str = NUMBER) -> dict[str, Any]:
    where = ("--person", patient, "--kind", kind, "--address", address)
    return house.told("people", "contact", "add", *where, "--json", *more)


def test_an_added_address_is_listed_and_vouched_for(house: House, patient: str) -> None:
    added = add(house, patient, "--label", "at home")

    assert contacts(house, patient) == [added]
    assert (added["address"], added["label"], added["verified_by"]) == (NUMBER, "at home", "clinic")


def test_an_unproven_one_is_vouched_for_later(house: House, patient: str) -> None:
    added = add(house, patient, "--unproven")

    house.told("people", "contact", "verify", "--person", patient, "--contact", added["id"], "--json")

    assert added["verified_by"] is None
    assert contacts(house, patient)[0]["verified_by"] == "clinic"


def test_a_removed_one_is_gone(house: House, patient: str) -> None:
    added = add(house, patient)

    result = house.run("people", "contact", "remove", "--person", patient, "--contact", added["id"])

    assert result.exit_code == 0
    assert contacts(house, patient) == []


def test_the_list_is_readable_without_json(house: House, patient: str) -> None:
    added = add(house, patient)

    lines = house.run("people", "contact", "list", "--person", patient).output.splitlines()

    assert [line.split() for line in lines] == [[added["id"], "sms", NUMBER, "ok", "clinic"]]


@pytest.mark.parametrize(("kind", "address"), [("sms", "0170"), ("email", "anna"), ("apprise", "json://example.org")])
def test_a_wrong_address_is_refused(house: House, patient: str, kind: str, address: str) -> None:
    where = ("--person", patient, "--kind", kind, "--address", address)

    result = house.run("people", "contact", "add", *where)

    assert isinstance(result.exception, BadInput)
    assert contacts(house, patient) == []


def test_somebody_elses_address_cannot_be_removed(house: House, patient: str) -> None:
    other = house.told(*PATIENT)["id"]
    added = add(house, patient)

    result = house.run("people", "contact", "remove", "--person", other, "--contact", added["id"])

    assert isinstance(result.exception, BadInput)
    assert len(contacts(house, patient)) == 1


def test_no_address_is_in_the_audit_trail(house: House, patient: str) -> None:
    add(house, patient)

    with reading(house.engine) as session:
        entries = session.query(AuditEntry).all()
    assert entries[-1].action == "added_address"
    assert NUMBER not in str([entry.details for entry in entries])
