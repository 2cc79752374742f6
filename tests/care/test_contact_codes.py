"""A code that went to an address proves it: for ten minutes, five tries, once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from companion.care.contact_codes import MOST_TRIES, VALID_FOR, Proof, make_code, prove
from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.db import writing
from tests.world import World


@pytest.fixture
def point(world: World) -> ContactPoint:
    """Anna's e-mail address, which nobody vouched for yet."""
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        return add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now)


def sent(world: World, point: ContactPoint) -> str:
    with writing(world.engine) as session:
        return make_code(session.get_one(ContactPoint, point.id), world.now)


def typed(world: World, point: ContactPoint, code: str) -> Proof:
    with writing(world.engine) as session:
        return prove(session, session.get_one(ContactPoint, point.id), code, world.now)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_proves_the_address(world: World, point: ContactPoint) -> None:
    code = sent(world, point)

    proof = typed(world, point, code)

    assert proof is Proof.PROVEN
    proven = world.only(ContactPoint, id=point.id)
    assert (proven.verified_at, proven.verified_by) == (world.now, "code")


def test_it_may_be_typed_in_two_halves(world: World, point: ContactPoint) -> None:
    code = sent(world, point)

    assert typed(world, point, f" {code[:3]} {code[3:]} ") is Proof.PROVEN


def test_only_its_hash_is_kept(world: World, point: ContactPoint) -> None:
    code = sent(world, point)

    kept = world.only(ContactPoint, id=point.id)

    assert len(code) == 6
    assert code not in (kept.code_hash or "")


def test_another_code_proves_nothing(world: World, point: ContactPoint) -> None:
    code = sent(world, point)

    assert typed(world, point, another(code)) is Proof.WRONG
    assert world.only(ContactPoint, id=point.id).verified_at is None


def test_after_five_wrong_tries_the_right_code_is_too_late(world: World, point: ContactPoint) -> None:
    code = sent(world, point)
    wrong = [typed(world, point, another(code)) for _ in range(MOST_TRIES)]

    assert wrong == [Proof.WRONG] * MOST_TRIES
    assert typed(world, point, code) is Proof.OVER


@pytest.mark.parametrize(
    ("after", "expected"), [(timedelta(0), Proof.OVER), (timedelta(milliseconds=-1), Proof.PROVEN)]
)
def test_it_is_good_for_ten_minutes(world: World, point: ContactPoint, after: timedelta, expected: Proof) -> None:
    code = sent(world, point)

    world.clock.instant += VALID_FOR + after

    assert typed(world, point, code) is expected


def test_it_is_good_once(world: World, point: ContactPoint) -> None:
    code = sent(world, point)
    typed(world, point, code)

    assert typed(world, point, code) is Proof.OVER


def test_a_later_code_takes_the_place_of_an_earlier_one(world: World, point: ContactPoint) -> None:
    first = sent(world, point)
    second = sent(world, point)

    assert first == second or typed(world, point, first) is Proof.WRONG
    assert typed(world, point, second) is Proof.PROVEN


def test_without_a_code_that_is_out_nothing_proves(world: World, point: ContactPoint) -> None:
    assert typed(world, point, "000000") is Proof.OVER


def test_the_code_of_one_address_is_not_the_code_of_another(world: World, point: ContactPoint) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        other = add_contact(session, anna, Kind.EMAIL, "anna2@example.org", now=world.now)
    code = sent(world, point)
    other_code = sent(world, other)

    assert code == other_code or typed(world, other, code) is Proof.WRONG


def test_tries_at_once_are_each_counted_on_postgresql(world_on_postgresql: World) -> None:
    world = world_on_postgresql
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        point = add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now)
    wrong = another(sent(world, point))

    with ThreadPoolExecutor(8) as pool:
        proofs = Counter(pool.map(lambda _: typed(world, point, wrong), range(12)))

    assert proofs == {Proof.WRONG: MOST_TRIES, Proof.OVER: 12 - MOST_TRIES}
