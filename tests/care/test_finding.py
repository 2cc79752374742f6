"""A patient is found by what only who is with them can say, and by nothing that would list several."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from companion.care.contact_models import Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.finding import Sought, find_one
from companion.care.people import Person
from companion.db import make_engine, reading, writing
from companion.errors import BadInput
from tests.empty_database import copy_empty_database
from tests.keys import with_keys
from tests.people import NOON, Cast, add_cast


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    copy_empty_database(tmp_path)
    engine = with_keys(make_engine(f"sqlite:///{tmp_path}/companion.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with writing(engine) as session:
        return add_cast(session)


def found(engine: Engine, sought: Sought) -> str | None:
    with reading(engine) as session:
        person = find_one(session, sought)
        return person.name if person else None


@pytest.mark.parametrize(
    "sought",
    [
        Sought(phone="+86 138 0013 8000"),
        Sought(name="Wang Aiyi", birth_on=date(1955, 3, 2)),
        Sought(name=" wang  AIYI", birth_on=date(1955, 3, 2)),
        Sought(phone="+8613800138000", name="Wang Aiyi"),
    ],
)
def test_one_patient_is_found_by_what_is_exact(engine: Engine, cast: Cast, sought: Sought) -> None:
    assert found(engine, sought) == cast.patient.name


def test_a_patient_is_found_by_their_number_here(engine: Engine, cast: Cast) -> None:
    assert found(engine, Sought(public_id=cast.patient.public_id)) == cast.patient.name


@pytest.mark.parametrize(
    "sought",
    [
        Sought(),
        Sought(name="Wang Aiyi"),
        Sought(birth_on=date(1955, 3, 2)),
        Sought(name="Wang", birth_on=date(1955, 3, 2)),
        Sought(name="Wang Aiyi", birth_on=date(1955, 3, 3)),
        Sought(phone="+8613800138001"),  # a caregiver's
        Sought(phone="+8613800138000", name="Zhang Bo"),
        Sought(public_id="pa_"),
        Sought(public_id="%"),
    ],
)
def test_what_is_not_exact_finds_nobody(engine: Engine, cast: Cast, sought: Sought) -> None:
    assert found(engine, sought) is None


def test_of_two_with_one_telephone_none_is_found_until_a_name_says_which(engine: Engine, cast: Cast) -> None:
    with writing(engine) as session:
        husband = session.get_one(Person, cast.other_patient.id)
        add_contact(session, husband, Kind.SMS, "+8613800138000", now=NOON, verified_by=VerifiedBy.CLINIC)

    assert found(engine, Sought(phone="+8613800138000")) is None
    assert found(engine, Sought(phone="+8613800138000", name="Zhang Bo")) == "Zhang Bo"


def test_who_left_is_not_found(engine: Engine, cast: Cast) -> None:
    with writing(engine) as session:
        session.get_one(Person, cast.patient.id).left_at = NOON

    assert found(engine, Sought(public_id=cast.patient.public_id)) is None


def test_what_is_no_number_to_call_is_said(engine: Engine, cast: Cast) -> None:
    with pytest.raises(BadInput, match="phone"):
        found(engine, Sought(phone="her daughter's"))
