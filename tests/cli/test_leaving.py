"""`companion people invite | end | reopen`, as somebody at a terminal meets them."""

from pathlib import Path

import pytest
from sqlalchemy import select

from companion.care.invitations import use
from companion.care.people import Person
from companion.clock import system_clock
from companion.db import Base, reading, writing
from tests.cli.test_people import PATIENT, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    import companion.services  # noqa: F401 - brings every table with it

    Base.metadata.create_all(house.engine)
    return house


@pytest.fixture
def patient(house: House) -> str:
    return str(house.told(*PATIENT)["id"])


def test_an_invitation_lets_in_once(house: House, patient: str) -> None:
    told = house.told("people", "invite", "--person", patient, "--days", "1", "--json")

    with writing(house.engine) as session:
        found = use(session, told["code"], "k" * 40, system_clock())
        again = use(session, told["code"], "k" * 40, system_clock())
    assert (told["valid_days"], told["page"]) == (1, "http://127.0.0.1:8000/enter")
    assert found is not None
    assert (found[0].public_id, again) == (patient, None)


def test_care_ends_and_a_mistake_is_undone(house: House, patient: str) -> None:
    ended = house.told("people", "end", "--person", patient, "--reason", "died", "--on", "2026-01-31", "--json")
    listed = house.told("people", "list", "--json")
    undone = house.run("people", "reopen", "--person", patient)

    assert (ended["reason"], ended["kept_until"]) == ("died", "2041-01-31")
    assert listed["people"] == []
    assert undone.exit_code == 0
    with reading(house.engine) as session:
        assert session.scalars(select(Person.left_at)).one() is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("end", "--person", "pa_nobody", "--reason", "left", "--on", "2026-01-31"), "no person 'pa_nobody'"),
        (("end", "--person", "PATIENT", "--reason", "left", "--on", "yesterday"), "'yesterday' is not a day"),
        (("end", "--person", "PATIENT", "--reason", "left", "--on", "2999-01-31"), "is not a possible day"),
        (("reopen", "--person", "PATIENT"), "nobody who left"),
        (("invite", "--person", "pa_nobody"), "no person 'pa_nobody'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(house: House, patient: str, arguments: tuple[str, ...], said: str) -> None:
    result = house.run("people", *[patient if word == "PATIENT" else word for word in arguments])

    assert result.exit_code != 0
    assert said in str(result.exception)


def test_a_reason_that_is_none_is_wrong_usage(house: House, patient: str) -> None:
    result = house.run("people", "end", "--person", patient, "--reason", "bored", "--on", "2026-01-31")

    assert result.exit_code == 2
