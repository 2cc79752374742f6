"""What a message carries beside its words, by what its channel can do; and that a batch takes few statements."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from companion.advice.models import Suggestion
from companion.care.contact_models import Kind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.clock import to_ms
from companion.db import writing
from companion.messages.channel import Caps
from companion.messages.composed import Asked, Composed
from companion.messages.models import Message, Purpose
from companion.messages.outbox import NewMessage, enqueue_many
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Taken
from companion.reminders.doses.models import Dose, OneTapLink
from companion.reminders.doses.one_tap import find_link
from companion.reminders.effect.effect_models import Exposure
from companion.reminders.effect.exposures import start_trial
from tests.world import World

EIGHT = "2026-03-05 08:00"
LINKS = Caps(links=True)
PUBLIC = "https://companion.example"


@pytest.fixture
def morning(world: World) -> World:
    return morning_in(world)


def morning_in(world: World) -> World:
    """08:00: two medicines of Anna's are due, and her reminder has left."""
    world.settings = replace(world.settings, public_url=PUBLIC)
    world.services = replace(world.services, settings=world.settings)
    world.prescribe()
    world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin", unit="mg", amount="500")
    world.beat()
    world.clock.instant = world.local(EIGHT)
    world.beat()
    return world


def reminder(world: World) -> Message:
    return world.only(Message, purpose=Purpose.REMINDER.value)


def compose(world: World, messages: Sequence[Message], caps: Caps = LINKS, kind: Kind = Kind.PUSH) -> list[Any]:
    with writing(world.engine) as session:
        return world.services.compose(session, [Asked(message, caps, kind) for message in messages])


def composed(world: World, message: Message, caps: Caps = LINKS, kind: Kind = Kind.PUSH) -> Composed:
    [one] = compose(world, [message], caps, kind)
    assert isinstance(one, Composed)
    return one


def test_a_reminder_carries_a_link_that_answers_it_where_its_channel_carries_links(morning: World) -> None:
    said = composed(morning, reminder(morning))

    assert said.link.startswith(f"{PUBLIC}/tap/")
    with writing(morning.engine) as session:
        link = find_link(session, said.link.removeprefix(f"{PUBLIC}/tap/"))
        assert link is not None
        assert (link.patient_id, link.due_at) == (morning.anna.id, morning.local(EIGHT))
    assert said.link not in said.text


def test_and_none_elsewhere_nor_is_one_made(morning: World) -> None:
    links_before = len(morning.all(OneTapLink))

    said = composed(morning, reminder(morning), Caps(), Kind.SMS)

    assert said.link == ""
    assert len(morning.all(OneTapLink)) == links_before


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (Kind.SMS, "Reply 1 taken, 2 later, 3 skip."),
        (Kind.WECHAT, "Reply 1 taken, 2 later, 3 skip."),
        (Kind.PUSH, "Please answer: taken, later or skip."),
        (Kind.EMAIL, "Please answer: taken, later or skip."),
        (Kind.APPRISE, "Please answer: taken, later or skip."),
    ],
)
def test_digits_are_asked_for_only_where_they_can_be_typed(morning: World, kind: Kind, how: str) -> None:
    said = composed(morning, reminder(morning), kind=kind)

    assert said.text == f"Time for your 08:00 medicine. {how}"
    assert said.fields == {"time": "08:00", "what": "Your 08:00 medicine", "advice": how}
    assert said.asks


def test_a_later_call_takes_the_place_of_an_earlier_one_and_nothing_else_does(morning: World) -> None:
    first = reminder(morning)
    again = _another(morning, first, "again", due_ms=first.params["due_ms"])
    evening = _another(morning, first, "evening", due_ms=to_ms(_evening_dose(morning).due_at))

    topics = [composed(morning, message).topic for message in (first, again, evening)]

    assert topics[0] == topics[1] != topics[2]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic) for topic in topics)


def _another(world: World, like: Message, key: str, **params: Any) -> Message:
    with writing(world.engine) as session:
        new = NewMessage(
            key, Purpose(like.purpose), like.recipient_id, like.patient_id, like.params | params, like.expires_at
        )
        enqueue_many(session, [new], world.now)
    return world.only(Message, unique_key=key)


def _evening_dose(world: World) -> Dose:
    """A third medicine's, of another instant."""
    world.prescribe(public_id="rg_evening", times=("20:00",))
    world.beat()
    return next(dose for dose in world.all(Dose) if dose.local_time == "20:00")


def test_only_who_chose_so_reads_the_names_of_medicines(morning: World) -> None:
    plain = composed(morning, reminder(morning), kind=Kind.SMS)
    with writing(morning.engine) as session:
        session.get_one(Person, morning.anna.id).names_medicines = True

    named = composed(morning, reminder(morning), kind=Kind.SMS)

    said = (plain.text, plain.title, plain.spoken, *plain.fields.values())
    assert not re.search("Glargine|Metformin|16|500", str(said))
    assert "medicine: Glargine 16 units, Metformin 500 mg. Reply 1" in named.text
    assert named.title == plain.title


def test_what_was_answered_meanwhile_is_not_said(morning: World) -> None:
    with writing(morning.engine) as session:
        for dose in morning.all(Dose, local_on=morning.today):
            answer_dose(session, dose.id, Taken(), actor_id=morning.anna.id, via="page", now=morning.now)

    assert compose(morning, [reminder(morning)]) == [None]


@pytest.mark.parametrize("is_critical", [True, False])
def test_a_critical_medicine_cannot_wait(morning: World, is_critical: bool) -> None:
    with writing(morning.engine) as session:
        session.query(Regimen).filter_by(public_id="rg_metformin").one().is_critical = is_critical

    assert composed(morning, reminder(morning)).is_urgent is is_critical


def test_a_changed_dose_is_urgent_and_asks_for_no_answer_before_it_was_read(world: World) -> None:
    world.titration()
    world.fast(150, 152, 149, 155)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    world.beat_until(world.local(EIGHT))

    said = composed(world, reminder(world), kind=Kind.SMS)
    advice = composed(world, world.only(Message, purpose=Purpose.ADVICE.value))

    assert "dose changed, check first" in said.text
    assert (said.asks, said.is_urgent) == (False, True)
    assert (advice.link, advice.is_urgent, advice.asks) == ("http://127.0.0.1:8000/today", True, False)


def test_what_caregivers_are_told_leads_behind_the_sign_in(morning: World) -> None:
    morning.beat_until(morning.local("2026-03-05 09:10"))

    told = [composed(morning, message) for message in morning.all(Message, purpose=Purpose.MISSED_DOSE.value)]

    assert [one.link for one in told] == [f"{PUBLIC}/caregiver"] * 2
    assert [one.title for one in told] == ["Anna, 08:00 medicine"] * 2
    assert told[0].topic != told[1].topic


def test_urgent_instructions_are_urgent_for_the_patient_and_the_caregiver(world: World) -> None:
    world.sign_instructions()
    world.measure(45)

    told = [composed(world, message) for message in world.all(Message, purpose=Purpose.URGENT_READING.value)]

    assert [one.is_urgent for one in told] == [True, True]
    assert sorted(one.link.rpartition("/")[2] for one in told) == ["caregiver", "urgent"]
    assert [one.title for one in told] == ["Please act now", "Anna: please act now"]
    assert all("45" not in str(one).replace(one.link, "") for one in told)


def test_an_answer_is_said_back_without_a_link(morning: World) -> None:
    morning.text("1")

    said = composed(morning, morning.only(Message, purpose=Purpose.REPLY.value))

    assert (said.text, said.link, said.asks) == ("Noted: 08:00 taken.", "", False)
    assert said.spoken == "Noted: 8 AM taken."
    assert said.fields["time"] == "08:00"


def test_a_batch_is_worded_in_its_order_and_in_each_persons_language(morning: World) -> None:
    with writing(morning.engine) as session:
        session.get_one(Person, morning.ben.id).language = "zh"
    morning.beat_until(morning.local("2026-03-05 09:10"))
    batch = [*reversed(morning.all(Message))]

    said = compose(morning, batch)

    assert [one.language if one else None for one in said] == [
        None if message.purpose == Purpose.REMINDER else {morning.ben.id: "zh"}.get(message.recipient_id, "en")
        for message in batch
    ]


@pytest.mark.parametrize("caps", [Caps(), LINKS])
def test_however_many_there_are_a_batch_takes_the_same_statements(morning: World, caps: Caps) -> None:
    few, many = _reminders(morning, 2), _reminders(morning, 40)

    statements = [_statements(morning, batch, caps) for batch in (few, many)]

    assert statements[0] == statements[1] <= 8


def test_on_postgresql_it_is_the_same_and_a_trial_words_every_patient_once(world_on_postgresql: World) -> None:
    world = morning_in(world_on_postgresql)
    batch = _reminders(world, 5)
    with writing(world.engine) as session:
        terms: dict[str, Any] = {"shares": {"standard": 1, "thanks": 1}, "metric": "taken", "days": 28}
        admin = world.add(session, Role.ADMIN, "Office", None)
        start_trial(session, by=admin, now=world.now, new_patients_a_day=3, **terms)

    first, again = compose(world, batch), compose(world, batch)

    assert [one.text for one in first] == [one.text for one in again]
    assert [one.message_id for one in world.all(Exposure)] == [message.id for message in batch[:3]]
    assert len({one.link for one in first + again}) == 10


def _reminders(world: World, people: int) -> list[Message]:
    """Of so many patients, each with a dose that is due."""
    due_at = world.local(EIGHT)
    with writing(world.engine) as session:
        like = session.query(Dose).filter_by(due_at=due_at).first()
        assert like is not None
        new = []
        for number in range(people):
            patient = world.add(session, Role.PATIENT, f"Patient {number}", None)
            slot = 10_000 + patient.id
            session.add(
                Dose(
                    patient_id=patient.id,
                    regimen_id=like.regimen_id,
                    revision_id=like.revision_id,
                    local_on=like.local_on,
                    local_time="08:00",
                    slot=slot,
                    due_at=due_at,
                    window_ends_at=due_at + timedelta(hours=1),
                    amount=like.amount,
                    state="due",
                    tzdata="test",
                )
            )
            params = {"due_ms": to_ms(due_at), "local": "08:00"}
            key = f"due:{patient.id}"
            new.append(NewMessage(key, Purpose.REMINDER, patient.id, patient.id, params, due_at + timedelta(hours=1)))
        enqueue_many(session, new, world.now)
        keys = [one.unique_key for one in new]
    return [message for message in world.all(Message) if message.unique_key in keys]


def _statements(world: World, batch: Sequence[Message], caps: Caps) -> int:
    """So many SQL statements it takes to word them all."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    with writing(world.engine) as session:
        session.connection()
        event.listen(world.engine, "before_cursor_execute", note)
        said = world.services.compose(session, [Asked(message, caps, Kind.SMS) for message in batch])
        event.remove(world.engine, "before_cursor_execute", note)
    assert None not in said
    return len(seen)
