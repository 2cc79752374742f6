"""The first questions of the desk: nobody queues by them before a clinician signed them; and who knows about what."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from companion.care.audit import AuditEntry
from companion.care.consent import Scope
from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.errors import BadInput
from companion.programme.desk.desk_models import Conversation, ConversationLine, Subject, TriageSignature
from companion.programme.desk.inbox import take_text
from companion.programme.desk.specialties import WANTED, Specialty, matches, offered
from companion.programme.desk.staff import set_specialties
from companion.programme.desk.triage import Flag, triage_of
from companion.programme.desk.triage_file import SHIPPED, TRIAGE
from companion.programme.desk.triage_signing import holds_for, sign_triage, withdraw_signatures
from tests.programme.guide_shelf import add_pharmacist
from tests.web.loop.house import House
from tests.web.page_words import words_of
from tests.world import World

FILE = SHIPPED.read_text(encoding="utf-8")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
A_QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("there", "instead", "where"),
    [
        ('key = "too_much"', 'key = "symptoms"', "question"),
        ('zh = "我呕吐"', 'zh = ""', "question"),
        ('"我呕吐"\ngoes = "report"', '"我呕吐"\ngoes = "call"', "goes"),
        ("lease_minutes = 10", "lease_minutes = 0", "lease_minutes"),
        ('version = "1.0.0"', 'version = "new"', "triage.toml"),
    ],
)
def test_a_set_that_leaves_something_out_is_refused_with_its_place(there: str, instead: str, where: str) -> None:
    with pytest.raises(BadInput) as told:
        triage_of(FILE.replace(there, instead, 1), "triage.toml")

    assert where in told.value.where


def test_every_other_word_is_another_text_to_sign() -> None:
    assert triage_of(FILE + "\n# a remark", "x").digest != TRIAGE.digest
    assert set(TRIAGE.words("zh")) == set(TRIAGE.words("en")) == {flag.value for flag in Flag}


class Waiting(NamedTuple):
    id: int
    subject: str
    asked_at: datetime


waiting = st.lists(
    st.builds(
        Waiting,
        id=st.integers(1, 99),
        subject=st.sampled_from([subject.value for subject in Subject]),
        asked_at=st.integers(0, 60).map(lambda minutes: NOON - timedelta(minutes=minutes)),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(waiting=waiting, own=st.sets(st.sampled_from(list(Specialty))))
def test_what_is_meant_for_somebody_comes_first_and_nothing_waits_for_ever(
    waiting: list[Waiting], own: set[Specialty]
) -> None:
    found = offered(waiting, own, NOON, A_QUARTER)
    meant = [matches(each.subject, own) for each in found]

    assert meant == sorted(meant, reverse=True)
    assert {each.id for each in waiting if each.asked_at <= NOON - A_QUARTER} <= {each.id for each in found}
    assert all(matches(each.subject, own) or each.asked_at <= NOON - A_QUARTER for each in found)


def test_every_subject_says_who_is_wanted_and_who_has_no_specialty_gets_all() -> None:
    assert WANTED.keys() == {subject.value for subject in Subject}
    assert all(matches(subject, ()) for subject in WANTED)


def test_only_a_clinician_signs_and_only_what_was_read(world: World) -> None:
    with writing(world.engine) as session:
        for by, seen in ((add_pharmacist(world), TRIAGE.digest), (world.doctor, "another text")):
            with pytest.raises(BadInput):
                sign_triage(session, TRIAGE, seen=seen, by=by, now=world.now)
        assert not holds_for(session, TRIAGE, is_demo=True)


def test_a_demo_signature_counts_for_demo_people_only(world: World) -> None:
    with writing(world.engine) as session:
        session.execute(update(Person).where(Person.id == world.doctor.id).values(is_demo=True))
        demo_doctor = session.get_one(Person, world.doctor.id, populate_existing=True)
        sign_triage(session, TRIAGE, seen=TRIAGE.digest, by=demo_doctor, now=world.now)
        held = [holds_for(session, TRIAGE, is_demo=is_demo) for is_demo in (True, False)]
        withdraw_signatures(session, TRIAGE, by=demo_doctor, now=world.now)
        after = holds_for(session, TRIAGE, is_demo=True)

    assert (held, after) == ([True, False], False)


def test_unsigned_the_desk_names_whom_to_call_and_queues_nobody(house: House) -> None:
    anna = house.browser(house.anna)
    path = f"/api/v1/patients/{house.anna.public_id}/questions"

    page = anna.send("/ask", {"none": "yes"}, seen_on="/account").get_data(as_text=True)
    token = {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"')[0]}
    said = {"signs": [], "subject": "devices", "words": "It beeps."}
    by_api = anna.client.post(path, json=said, headers=token)
    urgent = anna.send("/ask", {"flag": "too_much"}, seen_on="/account").get_data(as_text=True)

    assert "No doctor of your clinic has signed" in words_of(page)
    assert 'href="tel:112"' in page
    assert (by_api.status_code, by_api.get_json()["code"]) == (409, "desk_not_signed")
    assert "Call the emergency number now." in words_of(urgent)
    assert house.all(Conversation) == []


def test_signed_by_a_named_doctor_the_questions_are_asked_and_taken_back_they_are_not(house: House) -> None:
    doctor, anna = house.browser(house.doctor), house.browser(house.anna)

    unread = doctor.send("/clinic/triage/sign", {"seen": TRIAGE.digest})
    doctor.send("/clinic/triage/sign", {"seen": TRIAGE.digest, "read": "yes"})
    signed, asked = house.page(house.doctor, "/clinic/triage"), anna.get("/ask").get_data(as_text=True)
    doctor.send("/clinic/triage/withdraw", seen_on="/clinic/triage")

    assert unread.status_code == 422
    assert house.doctor.name in words_of(signed)
    assert "I took or injected far too much" in words_of(asked)
    assert "has signed" in words_of(anna.get("/ask").get_data(as_text=True))
    with reading(house.engine) as session:
        assert session.scalars(select(TriageSignature.ended_by)).one() == house.doctor.id
        query = select(AuditEntry.action).where(AuditEntry.action.like("desk.%triage")).order_by(AuditEntry.id)
        assert session.scalars(query).all() == ["desk.signed_triage", "desk.withdrew_triage"]


def test_the_administrator_says_who_knows_about_what(house: House) -> None:
    sun = add_pharmacist(house)
    house.give_login(sun, "sun")
    path = f"/people/{sun.public_id}/specialties"

    house.browser(house.admin).send(path, {"specialties": "lungs"})
    refused = house.browser(house.admin).get(f"/people/{house.anna.public_id}/specialties")

    assert "lungs and inhaling" in words_of(house.page(sun, "/desk"))
    assert refused.status_code == 404
    with writing(house.engine) as session, pytest.raises(BadInput, match="pharmacists and doctors"):
        set_specialties(session, house.anna, ["lungs"])


def a_text(world: World, writer: Person, words: str) -> int:
    world.text(words, writer)
    with reading(world.engine) as session:
        return session.scalars(select(Task.id).where(Task.kind == TaskKind.UNCLEAR_REPLY.value)).one()


def test_what_the_family_writes_comes_to_the_same_inbox_in_their_name(house: House) -> None:
    sun = add_pharmacist(house)
    house.give_login(sun, "sun")
    task = a_text(house, house.ben, "her pen is stuck")

    answer = house.browser(sun).send(f"/desk/texts/{task}/take", seen_on="/desk")

    shown = words_of(house.page(sun, answer.location))
    assert "her pen is stuck" in shown
    assert f"{house.ben.name} (of the family)" in shown
    line = house.only(ConversationLine)
    assert (line.said_by, line.person_id, line.patient_id) == ("family", house.ben.id, house.anna.id)


def test_of_a_family_of_several_somebody_asks_whom_it_is_about(house: House) -> None:
    sun = add_pharmacist(house)
    house.give_login(sun, "sun")
    with writing(house.engine) as session:
        other = house.add(session, Role.PATIENT, "Otto Berg", None)
        house.link(session, other, house.ben, Scope.MISSED_DOSES)
    task, desk = a_text(house, house.ben, "the pen is stuck"), house.browser(sun)
    born = house.anna.birth_on

    led = desk.send(f"/desk/texts/{task}/take", seen_on="/desk").location
    wrong = desk.send(led, {"name": "Nobody", "birth_on": "1950-01-01"})
    right = desk.send(led, {"name": house.anna.name, "birth_on": born.isoformat() if born else ""})

    assert "the pen is stuck" not in wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "the pen is stuck" in words_of(house.page(sun, right.location))
    assert house.only(ConversationLine).patient_id == house.anna.id


def test_a_text_of_a_family_that_may_see_nobody_any_more_is_taken_for_nobody(world: World) -> None:
    sun = add_pharmacist(world)
    with writing(world.engine) as session:
        lonely = world.add(session, Role.CAREGIVER, "Lone Wolf", "+491700000099")
    task = a_text(world, lonely, "the pen is stuck")

    with writing(world.engine) as session, pytest.raises(BadInput, match="not known about which patient"):
        take_text(session, task, by=sun, now=world.now)
