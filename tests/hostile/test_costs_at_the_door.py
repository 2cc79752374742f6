"""Who asks at the door learns nothing from how long it takes: each kind of refusal costs the same."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, event

from companion.care import people
from companion.care.people import Person
from companion.db import writing
from companion.web.door.sign_in import check_password
from tests.people import NOON, PASSWORD, Cast

WRONG = "not the password of anybody"


class CountingHasher(PasswordHasher):
    """Argon2 as ever, counted: with which parameters, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - as argon2 names it
        self.costs.append(str(hash).rsplit("$", 2)[0])
        matches: bool = super().verify(hash, password)
        return matches


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    counting = CountingHasher()
    monkeypatch.setattr(people, "_HASHER", counting)
    return counting


def wrong_password(cast: Cast) -> str:
    return cast.doctor.login or ""


def nobody(cast: Cast) -> str:
    return "nobody.here"


def without_password(cast: Cast) -> str:
    return cast.caregiver.login or ""


def gone(cast: Cast) -> str:
    return cast.patient.login or ""


@pytest.fixture
def house(engine: Engine, cast: Cast) -> Cast:
    """The caregiver has no password, and the patient left."""
    with writing(engine) as session:
        session.get_one(Person, cast.caregiver.id).password_hash = None
        session.get_one(Person, cast.patient.id).left_at = NOON - timedelta(days=1)
    return cast


@pytest.mark.parametrize("login_of", [nobody, without_password, gone])
def test_each_refusal_costs_one_comparison_and_the_same_statements(
    engine: Engine, house: Cast, hasher: CountingHasher, login_of: Callable[[Cast], str]
) -> None:
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(str(told[2])))

    known = check_password(engine, wrong_password(house), WRONG, "192.0.2.1", NOON), list(statements)
    statements.clear()
    other = check_password(engine, login_of(house), WRONG, "192.0.2.2", NOON), list(statements)

    assert known == other
    assert known[0] is None
    assert hasher.costs == [hasher.costs[0]] * 2


@pytest.mark.parametrize("login_of", [nobody, without_password, gone])
def test_even_the_right_password_of_who_may_not_come_in_tells_nothing(
    engine: Engine, house: Cast, hasher: CountingHasher, login_of: Callable[[Cast], str]
) -> None:
    person = check_password(engine, login_of(house), PASSWORD, "192.0.2.1", NOON)

    assert person is None
    assert len(hasher.costs) == 1


def test_a_password_without_end_is_cut_before_it_is_compared(engine: Engine, house: Cast) -> None:
    seen: list[int] = []

    class Measuring(CountingHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - as argon2 names it
            seen.append(len(password))
            return super().verify(hash, password)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_HASHER", Measuring())
        check_password(engine, wrong_password(house), "x" * 1_000_000, "192.0.2.1", NOON)

    assert seen == [people.MAX_PASSWORD_LENGTH + 1]
