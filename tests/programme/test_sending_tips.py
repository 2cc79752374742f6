"""Tips go to those who asked for them and are meant, not too often; one part gets none; answers change what follows."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from companion.care.contact_models import Kind, Topic
from companion.care.message_consent import say
from companion.care.people import Person, Role, set_quiet_hours
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from companion.programme.outreach.reading_tips import answer, note_opened, sent_to
from companion.programme.outreach.reviewing import end, review, reviewed
from companion.programme.outreach.sending import send_tips
from companion.programme.outreach.shipped import SHIPPED, tips
from companion.programme.outreach.tip_models import TipAnswer, TipChosen, TipEntry
from companion.programme.outreach.tips import Tip
from companion.programme.segments import keeping
from companion.programme.segments.placing import Sheet
from companion.programme.segments.sheet_models import PatientTrait
from companion.programme.segments.shipped import definitions
from companion.services import build_services
from tests.world import World

BY_KEY = {tip.key: tip for tip in tips()}
SEATED, HANDS, BACK = BY_KEY["seated_and_still"], BY_KEY["clean_hands"], BY_KEY["welcome_back"]
EVERYTHING = Sheet(said=frozenset({"class:acei", "diagnosis:diabetes_type2", "event:silent_14d"}))


def agree(world: World, *, agrees: bool = True) -> None:
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        say(session, anna, Kind.SMS, [Topic.PROGRAMME], agrees=agrees, now=world.now)


def known(world: World, sheet: Sheet = EVERYTHING) -> None:
    with writing(world.engine) as session:
        keeping.keep(session, definitions(), [(world.anna.id, sheet)], world.now)


def switch_on(world: World, *some: Tip) -> None:
    with writing(world.engine) as session:
        for tip in some:
            review(session, tip, seen=tip.digest, by=world.doctor, now=world.now)


def turn(world: World) -> None:
    """The jobs process looks at tips, and sends what waits."""
    send_tips(world.engine, tips(), world.now)


def chosen(world: World) -> list[str]:
    return [each.tip_key for each in world.all(TipChosen)]


def in_part(world: World, arm: str) -> None:
    with writing(world.engine) as session:
        session.execute(update(TipEntry).values(arm=arm))


def days(world: World, number: int) -> list[str]:
    """A turn on each of so many days; what was chosen on each."""
    found = []
    for _ in range(number):
        before = len(chosen(world))
        turn(world)
        found.append(",".join(chosen(world)[before:]))
        world.clock.advance(days=1, hours=1)
    return found


@pytest.fixture
def ready(world: World) -> World:
    """Anna asked for tips, is not held out, and everything is known of her."""
    agree(world)
    known(world)
    with writing(world.engine) as session:
        session.add(TipEntry(patient_id=world.anna.id, arm="sent", entered_at=world.now))
    return world


def test_a_reviewed_tip_leaves_as_a_message_that_says_nothing_of_it(ready: World) -> None:
    switch_on(ready, SEATED)

    turn(ready)
    [said] = ready.beat()

    assert said.to == ready.anna.phone
    assert said.text == "There is something new for you to read in companion."
    assert chosen(ready) == ["seated_and_still"]


def test_nothing_is_sent_before_somebody_stands_for_it_or_after(ready: World) -> None:
    turn(ready)
    none = chosen(ready)
    switch_on(ready, SEATED)
    with writing(ready.engine) as session:
        end(session, SEATED.key, by=ready.doctor, now=ready.now)

    turn(ready)

    assert none == chosen(ready) == []


def test_other_words_than_those_reviewed_are_not_sent(ready: World) -> None:
    switch_on(ready, SEATED)
    changed = [replace(tip, source="another") for tip in tips()]

    send_tips(ready.engine, changed, ready.now)

    assert chosen(ready) == []


def test_who_did_not_ask_gets_none_and_who_took_it_back_gets_no_more(world: World) -> None:
    known(world)
    switch_on(world, SEATED, HANDS, BACK)

    turn(world)
    unasked = chosen(world)
    agree(world)
    world.clock.advance(hours=2)
    turn(world)
    agree(world, agrees=False)
    later = days(world, 3)

    assert unasked == []
    assert len(chosen(world)) == 1
    assert later == ["", "", ""]


def test_the_agreement_to_everything_else_does_not_hold_for_tips(world: World) -> None:
    with writing(world.engine) as session:
        new = world.add(session, Role.PATIENT, "Neu", "+491700000099")
        keeping.keep(session, definitions(), [(new.id, EVERYTHING)], world.now)
    switch_on(world, SEATED)

    turn(world)

    assert world.all(TipEntry) == []


def test_two_a_week_and_one_a_day_at_most(ready: World) -> None:
    switch_on(ready, SEATED, HANDS, BACK)

    found = days(ready, 8)

    assert found == ["seated_and_still", "clean_hands", "", "", "", "", "", "welcome_back"]


def test_a_second_look_on_the_same_day_chooses_nothing(ready: World) -> None:
    switch_on(ready, SEATED, HANDS)

    turn(ready)
    ready.clock.advance(hours=2)
    turn(ready)

    assert chosen(ready) == ["seated_and_still"]


def test_the_part_that_gets_none_is_noted_and_sent_nothing(ready: World) -> None:
    switch_on(ready, SEATED)
    in_part(ready, "held_out")

    turn(ready)

    assert [each.arm for each in ready.all(TipChosen)] == ["held_out"]
    assert [each for each in ready.all(Message) if each.purpose == Purpose.PROGRAMME] == []
    with writing(ready.engine) as session:
        assert sent_to(session, ready.anna.id) == []


def test_not_for_me_rests_the_subject_and_useful_brings_it_forward(ready: World) -> None:
    switch_on(ready, BY_KEY["cold_months"], SEATED, HANDS)
    [first] = days(ready, 1)
    with writing(ready.engine) as session:
        [sent] = sent_to(session, ready.anna.id)
        answer(session, ready.anna.id, sent.chosen.public_id, TipAnswer.NOT_FOR_ME.value, ready.now)
        session.add(
            TipChosen(
                public_id="tp_old",
                patient_id=ready.anna.id,
                review_id=sent.chosen.review_id,
                tip_key="old",
                subject=HANDS.subject,
                arm="sent",
                chosen_at=ready.now - timedelta(days=100),
                answer="useful",
                answered_at=ready.now - timedelta(days=99),
            )
        )

    ready.clock.advance(days=200)
    [liked] = days(ready, 1)
    ready.clock.advance(days=7)
    after = days(ready, 2)

    assert first == "seated_and_still"
    assert liked == "clean_hands"
    assert after == ["", ""]  # the other one rests a year, and it is summer


def test_quiet_hours_are_kept(ready: World) -> None:
    with writing(ready.engine) as session:
        set_quiet_hours(session.get_one(Person, ready.anna.id), "09:00", "12:00")
    switch_on(ready, SEATED)

    turn(ready)
    quiet = ready.beat()
    ready.clock.advance(hours=2)

    assert quiet == []
    assert [said.text for said in ready.beat()] == ["There is something new for you to read in companion."]


def test_a_tip_that_cannot_be_delivered_makes_no_work_for_the_clinic(ready: World) -> None:
    switch_on(ready, SEATED)
    turn(ready)
    agree(ready, agrees=False)

    assert ready.beat() == []
    assert [task for task in ready.all(Task) if task.kind == TaskKind.MESSAGE_FAILED] == []


def test_what_was_opened_before_the_message_left_is_not_told_again(ready: World) -> None:
    switch_on(ready, SEATED)
    turn(ready)
    with writing(ready.engine) as session:
        first = note_opened(session, ready.anna.id, sent_to(session, ready.anna.id), ready.now)
        again = note_opened(session, ready.anna.id, sent_to(session, ready.anna.id), ready.now)

    assert (first, again) == (1, 0)
    assert ready.beat() == []


def test_only_a_doctor_or_pharmacist_reviews_and_only_what_was_read(world: World) -> None:
    with writing(world.engine) as session:
        with pytest.raises(BadInput, match="only a doctor"):
            review(session, SEATED, seen=SEATED.digest, by=world.ben, now=world.now)
        with pytest.raises(BadInput, match="changed since"):
            review(session, SEATED, seen=HANDS.digest, by=world.doctor, now=world.now)
        assert not any(each.is_on for each in reviewed(session, tips()))


def test_a_tip_that_names_a_medicine_of_the_clinic_cannot_be_switched_on(world: World) -> None:
    world.prescribe(drug="Feet 5 mg")

    with writing(world.engine) as session, pytest.raises(BadInput, match="names a medicine"):
        review(session, SEATED, seen=SEATED.digest, by=world.doctor, now=world.now)


@pytest.mark.parametrize(("whose", "said", "where"), [("ben", "useful", "tip"), ("anna", "great", "answer")])
def test_an_answer_is_one_of_two_words_about_ones_own_tip(ready: World, whose: str, said: str, where: str) -> None:
    switch_on(ready, SEATED)
    days(ready, 1)
    [row] = ready.all(TipChosen)

    with writing(ready.engine) as session, pytest.raises(BadInput) as refused:
        answer(session, getattr(ready, whose).id, row.public_id, said, ready.now)

    assert refused.value.where == where


def test_a_file_that_says_what_no_tip_may_keeps_the_service_from_starting(world: World, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(SHIPPED.read_text("utf-8").replace("Look around in peace", "Take two tablets"), "utf-8")

    with pytest.raises(BadInput, match="speaks of an amount"):
        build_services(replace(world.settings, tips_file=own), world.clock)


def test_the_jobs_process_does_all_of_it_beside_its_beats(ready: World) -> None:
    switch_on(ready, HANDS)
    ready.clock.advance(days=2)

    ready.services.keep_programme()

    assert chosen(ready) == []  # the sheet was worked out anew, and nothing is known of her
    assert [row.trait for row in ready.all(PatientTrait)] == ["adherence:unknown", "engagement:unknown", "risk:unknown"]
