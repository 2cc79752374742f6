"""E-mail as one of a person's ways: what arrives, and what becomes of an address nobody has."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from companion.care.contact_models import ContactPoint, Kind, VerifiedBy
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.db import writing
from companion.messages.channels.email import Email
from companion.messages.models import Delivery
from companion.messages.ways_out import WaysOut
from tests.apps import app_over
from tests.fake_mail import FakeMail
from tests.web.loop.house import House

ADDRESS = "anna@post.example"


@pytest.fixture
def server() -> Iterator[FakeMail]:
    with FakeMail() as server:
        yield server


@pytest.fixture
def mail_house(house: House, server: FakeMail) -> House:
    """Anna is reached by mail first, then by the console's texts."""
    ways = WaysOut({**house.services.ways.by_kind, Kind.EMAIL: Email(server.url)})
    house.services = replace(house.services, ways=ways)
    house.app = app_over(house.services)
    with writing(house.engine) as session:
        anna = session.get_one(Person, house.anna.id)
        point = add_contact(session, anna, Kind.EMAIL, ADDRESS, now=house.now, verified_by=VerifiedBy.CLINIC)
        session.execute(update(ContactPoint).where(ContactPoint.id == point.id).values(position=-1))
    return house


def remind(house: House) -> None:
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()


def test_a_reminder_comes_by_mail_with_a_link_that_answers_it(mail_house: House, server: FakeMail) -> None:
    remind(mail_house)

    [mail] = server.received
    text = mail.get_content()
    assert mail["To"] == ADDRESS
    assert "08:00" in mail["Subject"]
    assert "08:00" in text
    assert mail_house.settings.public_url in text
    assert [attempt.state for attempt in mail_house.all(Delivery)] == ["accepted"]
    assert not mail_house.outbox


def test_a_mail_names_no_medicine(mail_house: House, server: FakeMail) -> None:
    remind(mail_house)

    whole = server.received[0].as_string()
    assert "Glargine" not in whole
    assert "insulin" not in whole.lower()


def test_an_address_nobody_has_is_bad_and_the_next_way_is_taken(mail_house: House, server: FakeMail) -> None:
    server.refuses[ADDRESS] = "550 5.1.1 no such user"

    remind(mail_house)
    mail_house.beat()

    [bad] = mail_house.all(ContactPoint, kind="email")
    assert (bad.state, bad.fault_code) == ("bad", "550")
    assert mail_house.outbox[-1].to == mail_house.anna.phone
