"""A person's addresses: noted, in their order, and what is known of each."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState, Kind, MessageConsent, VerifiedBy
from companion.care.contacts import (
    add_contact,
    checked_address,
    contacts_of,
    find_contact,
    move_contact,
    note_state,
    people_at,
    remove_contact,
)
from companion.care.message_consent import opt_out
from companion.care.people import Person
from companion.db import reading, writing
from companion.errors import BadInput
from tests.world import World

MAIL = "anna@example.org"


def add(world: World, kind: Kind, address: str, *, person: Person | None = None, vouched: bool = True) -> ContactPoint:
    with writing(world.engine) as session:
        whose = session.get_one(Person, (person or world.anna).id)
        by = VerifiedBy.CLINIC if vouched else None
        return add_contact(session, whose, kind, address, now=world.now, verified_by=by)


def addresses(world: World) -> list[str]:
    with reading(world.engine) as session:
        return [point.address for point in contacts_of(session, [world.anna.id])[world.anna.id]]


def anna_in(session: Session, world: World) -> Person:
    return session.get_one(Person, world.anna.id)


def test_the_number_given_at_enrolment_is_an_address_that_the_clinic_vouches_for(world: World) -> None:
    [point] = world.all(ContactPoint)[:1]

    assert (point.person_id, point.kind, point.address) == (world.anna.id, "sms", world.anna.phone)
    assert (point.verified_by, point.state, point.position) == ("clinic", "ok", 1)


def test_who_has_no_number_has_no_address(world: World) -> None:
    assert not [point for point in world.all(ContactPoint) if point.person_id == world.doctor.id]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.SMS, " +49 170 (000) 00-09 ", "+491700000009"),
        (Kind.VOICE, "+49.170.0000009", "+491700000009"),
        (Kind.EMAIL, " anna@example.org ", "anna@example.org"),
        (Kind.EMAIL, "anna.b+pills@mail.example.co.uk", "anna.b+pills@mail.example.co.uk"),
        (Kind.APPRISE, "ntfy://ntfy.example.org/anna", "ntfy://ntfy.example.org/anna"),
        (Kind.WECHAT, "oAnna-0123", "oAnna-0123"),
    ],
)
def test_an_address_is_kept_in_one_form(kind: Kind, typed: str, kept: str) -> None:
    assert checked_address(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.SMS, "0170 1234567"),
        (Kind.VOICE, "call me"),
        (Kind.SMS, " "),
        (Kind.EMAIL, "anna"),
        (Kind.EMAIL, "anna@"),
        (Kind.EMAIL, "anna@localhost"),
        (Kind.EMAIL, "anna@example.org,ben@example.org"),
        (Kind.EMAIL, "anna@example.org?smtp=evil"),
        (Kind.EMAIL, "anna\n@example.org"),
        (Kind.EMAIL, "a" * 60 + "@" + "b." * 100 + "org"),
        (Kind.WECHAT, ""),
    ],
)
def test_what_cannot_be_an_address_is_refused(kind: Kind, typed: str) -> None:
    with pytest.raises(BadInput):
        checked_address(kind, typed)


@given(st.text(max_size=40))
def test_an_e_mail_address_is_one_word_with_one_at(typed: str) -> None:
    try:
        kept = checked_address(Kind.EMAIL, typed)
    except BadInput:
        return

    assert kept.count("@") == 1
    assert not set(kept) & set(' \t\r\n,;:<>"?&#')


def test_a_new_address_comes_last_and_an_address_twice_is_one(world: World) -> None:
    add(world, Kind.EMAIL, MAIL)

    add(world, Kind.EMAIL, MAIL)

    assert addresses(world) == [world.anna.phone, MAIL]


def test_addresses_are_moved_past_each_other(world: World) -> None:
    add(world, Kind.EMAIL, MAIL)
    third = add(world, Kind.VOICE, "+491700000009")

    with writing(world.engine) as session:
        move_contact(session, anna_in(session, world), session.get_one(ContactPoint, third.id), -1, world.now)

    assert addresses(world) == [world.anna.phone, "+491700000009", MAIL]


@pytest.mark.parametrize(("place", "by"), [(0, -1), (1, 1)])
def test_the_first_cannot_go_further_up_nor_the_last_further_down(world: World, place: int, by: int) -> None:
    add(world, Kind.EMAIL, MAIL)
    before = addresses(world)

    with writing(world.engine) as session:
        anna = anna_in(session, world)
        move_contact(session, anna, contacts_of(session, [anna.id])[anna.id][place], by, world.now)

    assert addresses(world) == before


def test_the_number_to_dial_is_the_first_among_the_addresses(world: World) -> None:
    second = add(world, Kind.VOICE, "+491700000009")

    with writing(world.engine) as session:
        move_contact(session, anna_in(session, world), session.get_one(ContactPoint, second.id), -1, world.now)

    assert world.only(Person, id=world.anna.id).phone == "+491700000009"


def test_a_removed_address_is_used_for_nothing_and_not_forgotten(world: World) -> None:
    point = add(world, Kind.EMAIL, MAIL)

    with writing(world.engine) as session:
        remove_contact(session, anna_in(session, world), session.get_one(ContactPoint, point.id), world.now)

    with reading(world.engine) as session:
        assert find_contact(session, world.anna, point.public_id) is None
        assert people_at(session, Kind.EMAIL, MAIL) == []
    assert world.only(ContactPoint, id=point.id).removed_at == world.now


def test_an_address_that_comes_back_has_to_be_proven_again(world: World) -> None:
    point = add(world, Kind.EMAIL, MAIL)
    with writing(world.engine) as session:
        remove_contact(session, anna_in(session, world), session.get_one(ContactPoint, point.id), world.now)

    again = add(world, Kind.EMAIL, MAIL, vouched=False)

    assert again.id == point.id
    assert (again.removed_at, again.verified_at, again.verified_by) == (None, None, None)


def test_nobody_is_reached_at_an_address_that_nobody_vouched_for(world: World) -> None:
    add(world, Kind.SMS, world.ben.phone or "", vouched=False)

    with reading(world.engine) as session:
        found = [person.id for person in people_at(session, Kind.SMS, world.ben.phone or "")]

    assert found == [world.ben.id]


def test_an_address_is_looked_for_among_the_persons_own(world: World) -> None:
    point = add(world, Kind.EMAIL, MAIL)

    with reading(world.engine) as session:
        found = [find_contact(session, person, point.public_id) for person in (world.anna, world.ben)]

    assert [each and each.id for each in found] == [point.id, None]


def test_what_a_provider_says_of_an_address_is_kept_until_it_says_otherwise(world: World) -> None:
    point = add(world, Kind.EMAIL, MAIL)

    with writing(world.engine) as session:
        note_state(session, point.id, ContactState.BAD, "30005", world.now)
    bad = world.only(ContactPoint, id=point.id)
    with writing(world.engine) as session:
        note_state(session, point.id, ContactState.OK, None, world.now)
    good = world.only(ContactPoint, id=point.id)

    assert [(each.state, each.fault_code) for each in (bad, good)] == [("bad", "30005"), ("ok", None)]


def test_no_provider_starts_again_what_a_person_stopped(world: World) -> None:
    with writing(world.engine) as session:
        opt_out(session, Kind.SMS, world.anna.phone or "", "STOP", world.now)
    stopped = world.all(ContactPoint)[0]

    with writing(world.engine) as session:
        note_state(session, stopped.id, ContactState.OK, None, world.now)

    assert world.only(ContactPoint, id=stopped.id).state == "opted_out"


def test_a_button_pressed_twice_adds_one_address_on_postgresql(world_on_postgresql: World) -> None:
    world = world_on_postgresql

    with ThreadPoolExecutor(8) as pool:
        points = list(pool.map(lambda _: add(world, Kind.EMAIL, MAIL), range(8)))

    assert len({point.id for point in points}) == 1
    assert addresses(world) == [world.anna.phone, MAIL]
    assert len([row for row in world.all(MessageConsent) if row.kind == "email"]) == 4
