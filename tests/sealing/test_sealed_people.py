"""Names, numbers and addresses are sealed where they are kept, and found again by who knows them."""

import pytest
from sqlalchemy import Text, select, type_coerce, update
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, Kind, tail_of
from companion.care.contacts import add_contact, people_at
from companion.care.names import ids_by_name
from companion.care.people import Person
from companion.db import looking, reading, writing
from companion.messages.models import Delivery, Message
from companion.messages.sign_in_notices import ask_for_links
from companion.sealing import blind, older_texts, rotating
from companion.sealing.master import MasterKeyFile
from companion.sealing.texts import MARK
from tests.keys import from_before
from tests.world import World


def as_before(world: World) -> None:
    """Anna's name and number as they stood before there was sealing."""
    name, phone = world.anna.name, world.anna.phone or ""
    said = {"name": from_before(Person.name, name), "phone": from_before(Person.phone, phone)}
    point = {"address": from_before(ContactPoint.address, phone), "address_index": None, "address_tail": None}
    with writing(world.engine) as session:
        session.execute(update(Person).where(Person.id == world.anna.id).values(said))
        session.execute(update(ContactPoint).where(ContactPoint.person_id == world.anna.id).values(point))


def found(world: World) -> list[str]:
    with reading(world.engine) as session:
        return [person.name for person in people_at(session, Kind.SMS, world.anna.phone or "")]


def links_for(world: World, typed: str) -> int:
    with Session(world.engine) as session:
        return ask_for_links(session, typed, world.now)


def test_neither_name_nor_number_is_in_the_file_of_the_database(world: World) -> None:
    world.prescribe()
    name, phone = world.anna.name.encode(), (world.anna.phone or "").encode()

    files = [path.read_bytes() for path in world.folder.glob("companion.db*")]

    assert not any(name in content or phone in content for content in files)
    assert not any(phone[-8:] in content for content in files)


def test_whom_a_number_is_is_found_by_all_of_it_and_by_its_end(world: World) -> None:
    phone = world.anna.phone or ""

    assert found(world) == [world.anna.name]
    assert (links_for(world, phone), links_for(world, phone[-9:]), links_for(world, f"1{phone[-8:]}")) == (1, 1, 0)


def test_rows_from_before_are_found_too_and_sealed_in_place(world: World) -> None:
    as_before(world)
    phone = world.anna.phone or ""
    before = found(world), links_for(world, phone[-9:])
    with looking(world.engine) as connection:
        in_the_clear = older_texts.count(connection)

    sealed = sum(older_texts.steps(world.engine, world.clock))

    assert (in_the_clear["person.name"], in_the_clear["contact_point.address"], sealed) == (1, 1, 3)
    assert before == (found(world), links_for(world, phone[-9:])) == ([world.anna.name], 1)
    with looking(world.engine) as connection:
        assert not any(older_texts.count(connection).values())
        raw = connection.scalars(select(type_coerce(Person.name, Text)))
        assert all(each.startswith(MARK) for each in raw)


def test_an_address_from_before_is_not_added_twice(world: World) -> None:
    as_before(world)

    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        add_contact(session, anna, Kind.SMS, anna.phone or "", now=world.now)

    assert len(world.all(ContactPoint, person_id=world.anna.id, kind="sms")) == 1


def test_after_a_change_of_the_master_key_everybody_is_found_as_before(world: World) -> None:
    file = MasterKeyFile(world.folder / "master.key")
    file.add()

    rotating.wrap_anew(world.engine, lambda _n: None)
    rotating.forget_older(world.engine, file)

    assert found(world) == [world.anna.name]


def test_an_index_says_nothing_of_another_column_or_under_another_key() -> None:
    values = {
        blind.index(key, about, value) for key in (b"a" * 32, b"b" * 32) for about in "xy" for value in ("+491", "+492")
    }

    assert len(values) == 8


@pytest.mark.parametrize(
    ("address", "tail"),
    [("+8613800138000", "00138000"), ("+4917000", None), ("anna@example.org", None), ('{"endpoint":"x"}', None)],
)
def test_only_numbers_are_found_by_their_end(address: str, tail: str | None) -> None:
    assert tail_of(address) == tail


def test_people_are_found_by_part_of_a_name_in_any_capitals(world: World) -> None:
    part = world.anna.name[1:5].upper()

    with reading(world.engine) as session:
        assert world.anna.id in ids_by_name(session, Person.role == "patient", part)
        everybody = ids_by_name(session, Person.left_at.is_(None))
        names = [session.get_one(Person, person_id).name for person_id in everybody]
    assert names == sorted(names)


def test_where_a_message_is_sent_is_sealed_while_it_may_have_to_be_looked_up(world: World) -> None:
    with writing(world.engine) as session:
        message = Message(
            unique_key="m", purpose="refill", recipient_id=world.anna.id, patient_id=world.anna.id,
            created_at=world.now, next_try_at=world.now, expires_at=world.now,
        )  # fmt: skip
        session.add(message)
        session.flush()
        to = from_before(Delivery.sent_to, "+491700000001")
        said = {"sent_to": to, "correlation_id": "c", "started_at": world.now, "changed_at": world.now}
        session.add(Delivery(message_id=message.id, attempt=1, channel="console", state="sent", **said))

    sum(older_texts.steps(world.engine, world.clock))

    with looking(world.engine) as connection:
        [raw] = connection.scalars(select(type_coerce(Delivery.sent_to, Text)))
    assert raw.startswith(MARK)
    assert world.only(Delivery).sent_to == "+491700000001"
