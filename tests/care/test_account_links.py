"""A code on a person's page makes the account that says it an address of theirs."""

from datetime import timedelta

import pytest

from companion.care.account_links import GOOD_FOR, make_code, take_code
from companion.care.audit import AuditEntry
from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import contacts_of, people_at
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.db import reading, writing
from tests.world import World

ACCOUNT = "oAnna-0123456789"


def shown(world: World, person: Person) -> str:
    with writing(world.engine) as session:
        return make_code(session, session.get_one(Person, person.id), Kind.WECHAT, world.clock())


def said(world: World, words: str, *, account: str = ACCOUNT, kind: Kind = Kind.WECHAT) -> ContactPoint | None:
    with writing(world.engine) as session:
        return take_code(session, kind, account, words, world.clock())


def accounts(world: World, person: Person) -> list[ContactPoint]:
    with reading(world.engine) as session:
        return [point for point in contacts_of(session, [person.id])[person.id] if point.kind == Kind.WECHAT]


def test_the_account_that_says_the_code_is_reached_after_the_addresses_before_it(world: World) -> None:
    code = shown(world, world.anna)

    said(world, code)

    [point] = accounts(world, world.anna)
    assert (point.address, point.verified_by, point.verified_at) == (ACCOUNT, "device", world.clock())
    with reading(world.engine) as session:
        assert [each.kind for each in contacts_of(session, [world.anna.id])[world.anna.id]][-1] == "wechat"
        assert (world.anna.id, "wechat", "reminders") in consents_of(session, [world.anna.id])
        assert [person.id for person in people_at(session, Kind.WECHAT, ACCOUNT)] == [world.anna.id]


def test_it_is_written_down_who_linked_without_the_account(world: World) -> None:
    code = shown(world, world.anna)

    said(world, code)

    noted = [entry for entry in world.all(AuditEntry) if entry.action == "linked_account"]
    assert [entry.actor for entry in noted] == [world.anna.public_id]
    assert ACCOUNT not in str(noted[0].details)


@pytest.mark.parametrize("put", ["{0}", " {0} ", "{1} {2}", "{1}　{2}"])
def test_a_code_may_be_typed_with_blanks(world: World, put: str) -> None:
    code = shown(world, world.anna)

    assert said(world, put.format(code, code[:4], code[4:]))


def test_a_code_may_be_typed_in_full_width_digits(world: World) -> None:
    code = shown(world, world.anna)

    assert said(world, "".join(chr(ord(digit) + 0xFEE0) for digit in code))


@pytest.mark.parametrize("words", ["", "1", "hello", "1234567", "123456789", "1234567x"])
def test_other_words_are_no_code(world: World, words: str) -> None:
    shown(world, world.anna)

    assert said(world, words) is None


def test_a_code_works_once(world: World) -> None:
    code = shown(world, world.anna)
    said(world, code)

    assert said(world, code, account="oSomebodyElse") is None
    assert len(accounts(world, world.anna)) == 1


def test_a_code_ends_after_ten_minutes(world: World) -> None:
    code = shown(world, world.anna)
    world.clock.instant += GOOD_FOR

    assert said(world, code) is None


def test_a_new_code_voids_the_one_before(world: World) -> None:
    old = shown(world, world.anna)
    new = shown(world, world.anna)

    assert said(world, old) is None
    assert said(world, new)


def test_a_code_of_one_person_leaves_those_of_others(world: World) -> None:
    hers = shown(world, world.anna)
    shown(world, world.ben)

    said(world, hers)

    assert len(accounts(world, world.anna)) == 1
    assert not accounts(world, world.ben)


def test_a_code_for_one_kind_of_account_opens_no_other(world: World) -> None:
    code = shown(world, world.anna)

    assert said(world, code, kind=Kind.APPRISE) is None
    assert said(world, code)


def test_who_left_gets_no_new_address(world: World) -> None:
    code = shown(world, world.ben)
    with writing(world.engine) as session:
        session.get_one(Person, world.ben.id).left_at = world.clock() - timedelta(minutes=1)

    assert said(world, code) is None


def test_two_people_may_share_an_account(world: World) -> None:
    for person in (world.anna, world.ben):
        said(world, shown(world, person))

    with reading(world.engine) as session:
        assert len(people_at(session, Kind.WECHAT, ACCOUNT)) == 2
