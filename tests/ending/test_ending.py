"""Care ends: one test a door. Nothing reminds a dead patient, and nobody's family hears from a machine."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from companion.advice.models import Plan, Suggestion
from companion.care import due_work
from companion.care.audit import AuditEntry, broken_entries
from companion.care.consent import CareLink, Scope, find_link, members
from companion.care.due_work import WorkKind
from companion.care.endings import CareEnding, Ending
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.care.tasks import Alert, AlertKind, Task, TaskKind, add_alert, add_task
from companion.db import reading, writing
from companion.devices.models import Hub
from companion.ending.ending import end
from companion.ending.reopening import reopen
from companion.errors import BadInput
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import enqueue
from companion.reminders import feeds
from companion.reminders.doses.models import Dose
from companion.reminders.doses.one_tap import find_link as find_tap
from companion.reminders.doses.one_tap import one_tap_link, patient_of
from companion.web.door.hub_door import may_come_in
from tests.world import World


def over(world: World, reason: Ending = Ending.DIED, person: Person | None = None, days_ahead: int = 0) -> CareEnding:
    with writing(world.engine) as session:
        whom = session.get_one(Person, (person or world.anna).id)
        day = world.today + timedelta(days=days_ahead)
        return end(session, whom, reason, day, by="command line", now=world.now, keep_years=15)


def back(world: World, person: Person | None = None) -> None:
    with writing(world.engine) as session:
        reopen(session, session.get_one(Person, (person or world.anna).id), by="command line", now=world.now)


def left(world: World) -> list[str]:
    """To whom anything leaves in the next two days."""
    return [said.to for said in world.beat_until(world.now + timedelta(days=2), timedelta(hours=1))]


@pytest.fixture
def reminded(world: World) -> World:
    """Anna was reminded at 08:00 and has not answered; her next doses are planned."""
    world.clock.instant = world.local("2026-03-04 07:50")
    world.prescribe(times=("08:00", "20:00"))
    assert world.beat_until(world.local("2026-03-04 08:05"))
    return world


def test_after_a_death_nothing_leaves_any_more_for_anybody(reminded: World) -> None:
    over(reminded)

    assert left(reminded) == []


def test_without_it_reminders_and_words_to_the_family_would_have_left(reminded: World) -> None:
    assert {reminded.anna.phone, reminded.ben.phone} <= set(left(reminded))


@pytest.mark.parametrize("reason", [Ending.MOVED, Ending.LEFT])
def test_of_who_moved_or_left_each_caregiver_hears_once_and_not_why(reminded: World, reason: Ending) -> None:
    over(reminded, reason)

    said = reminded.beat_until(reminded.now + timedelta(days=2), timedelta(hours=1))

    assert sorted(one.to for one in said) == [reminded.ben.phone, reminded.cora.phone]
    assert {one.text for one in said} == {
        "You no longer get messages about Anna from companion. Questions? Please call +4930123456."
    }


def test_a_death_leaves_a_task_to_a_person(reminded: World) -> None:
    over(reminded)

    (task,) = reminded.all(Task, done_at=None)
    assert (task.kind, task.patient_id) == (TaskKind.CALL_FAMILY, reminded.anna.id)


def test_doses_plans_and_suggestions_end_and_the_past_stays(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    assert world.only(Suggestion).state == "pending"

    over(world)

    assert world.only(Suggestion).state == "superseded"
    assert world.only(Suggestion).ended_because == {"code": "patient_left", "changed": []}
    assert world.only(Plan).stopped_at == world.only(Regimen).stopped_at == world.now
    assert {dose.state for dose in world.all(Dose)} <= {"taken", "cancelled"}
    assert len(world.readings()) == 3


def test_a_message_that_waits_is_withdrawn(reminded: World) -> None:
    with writing(reminded.engine) as session:
        for recipient in (reminded.anna, reminded.ben):
            enqueue(
                session,
                unique_key=f"waits:{recipient.id}",
                purpose=Purpose.REFILL,
                recipient_id=recipient.id,
                patient_id=reminded.anna.id,
                params={},
                now=reminded.now,
                expires_at=reminded.now + timedelta(days=1),
            )

    over(reminded)

    waiting = [message for message in reminded.all(Message) if message.unique_key.startswith("waits")]
    assert {message.state for message in waiting} == {MessageState.CANCELLED}


def test_what_somebody_still_writes_about_the_dead_never_leaves(reminded: World) -> None:
    over(reminded)
    with writing(reminded.engine) as session:
        enqueue(
            session,
            unique_key="late",
            purpose=Purpose.NOT_REACHED,
            recipient_id=reminded.ben.id,
            patient_id=reminded.anna.id,
            params={"dose_id": reminded.all(Dose)[0].id},
            now=reminded.now,
            expires_at=reminded.now + timedelta(days=1),
        )

    assert left(reminded) == []
    assert reminded.only(Message, unique_key="late").state == MessageState.CANCELLED


def test_readings_that_waited_for_an_assessment_alarm_nobody(world: World) -> None:
    world.sign_instructions()
    world.measure(45)
    with writing(world.engine) as session:
        due_work.put_off(session, WorkKind.ASSESS, world.anna.id, world.now)
    over(world)
    world.measure(40)

    assert left(world) == []


def test_alerts_and_tasks_are_closed(reminded: World) -> None:
    with writing(reminded.engine) as session:
        whose, kind, now = reminded.anna.id, AlertKind.MISSED_DOSE, reminded.now
        add_alert(session, unique_key="a", kind=kind, patient_id=whose, recipient_id=reminded.ben.id, now=now)
        add_task(session, unique_key="t", kind=TaskKind.URGENT_READING, patient_id=whose, due_at=now, now=now)

    over(reminded)

    assert reminded.only(Alert, unique_key="a").state == "closed"
    assert reminded.only(Task, unique_key="t").done_at == reminded.now


def test_nobody_sees_them_any_more(reminded: World) -> None:
    over(reminded)

    with reading(reminded.engine) as session:
        assert {link.ends_at for link in session.scalars(select(CareLink))} == {reminded.now}
        assert members(session, reminded.anna.id, Scope.CARE, reminded.now) == []


def test_the_calendar_the_hub_and_the_links_of_reminders_open_nothing(reminded: World) -> None:
    with writing(reminded.engine) as session:
        anna = session.get_one(Person, reminded.anna.id)
        secret = feeds.make_feed(session, anna.id, with_names=False, now=reminded.now)
        tap = one_tap_link(session, anna.id, reminded.now, reminded.now).removeprefix("/tap/")
        session.add(
            Hub(
                public_id="hb_1", patient=anna, name="Hall", token_hash="h" * 64,
                paired_at=reminded.now, last_seen_at=reminded.now,
            )
        )  # fmt: skip

    over(reminded)

    with reading(reminded.engine) as session:
        link = find_tap(session, tap)
        assert link is not None
        assert patient_of(session, link, reminded.now) is None
        assert feeds.find_feed(session, secret) is None
        assert not may_come_in(session.scalars(select(Hub)).one())


def test_a_text_from_the_number_of_the_dead_is_answered_by_nobody(reminded: World) -> None:
    over(reminded)

    reminded.text("1")

    assert left(reminded) == []
    assert "taken" not in {dose.state for dose in reminded.all(Dose)}


def test_the_act_stands_in_the_audit_with_its_reason(world: World) -> None:
    over(world, Ending.MOVED)

    with reading(world.engine) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.patient, entry.details["reason"]) == ("ended_care", world.anna.public_id, "moved")
        assert list(broken_entries(session)) == []


def test_the_record_is_kept_for_the_years_the_law_asks(world: World) -> None:
    assert over(world).kept_until == world.today.replace(year=world.today.year + 15)


def test_what_ended_does_not_end_again(world: World) -> None:
    over(world)

    with pytest.raises(BadInput, match="ended already"):
        over(world)


@pytest.mark.parametrize("days", [-365 * 80, 3])
def test_nobody_left_before_they_were_born_or_on_a_day_to_come(world: World, days: int) -> None:
    with pytest.raises(BadInput, match="not a possible day"):
        over(world, days_ahead=days)


# A mistake


def test_after_a_mistake_reminders_come_from_then_on_and_none_is_late(reminded: World) -> None:
    over(reminded)
    reminded.beat_until(reminded.local("2026-03-06 09:30"), timedelta(minutes=30))

    back(reminded)
    said = reminded.beat_until(reminded.local("2026-03-07 07:00"), timedelta(minutes=30))

    (first, *_) = said
    assert (first.to, first.at) == (reminded.anna.phone, reminded.local("2026-03-06 20:00"))
    assert {one.to for one in said if one.at < reminded.local("2026-03-06 20:30")} == {reminded.anna.phone}


def test_after_a_mistake_on_the_same_day_the_evening_is_reminded_of(reminded: World) -> None:
    over(reminded)
    reminded.clock.advance(hours=1)

    back(reminded)

    said = reminded.beat_until(reminded.local("2026-03-04 20:10"), timedelta(minutes=30))
    assert [(one.to, one.at) for one in said] == [(reminded.anna.phone, reminded.local("2026-03-04 20:05"))]


def test_after_a_mistake_a_doctor_looks_and_no_plan_runs_by_itself(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    over(world)

    back(world)
    world.beat_until(world.now + timedelta(days=1), timedelta(hours=1))

    assert world.only(Plan).stopped_at is not None
    assert [task.kind for task in world.all(Task, done_at=None)] == [TaskKind.CARE_REOPENED]
    assert world.only(Suggestion).state == "superseded"


def test_after_a_mistake_the_same_people_see_them_by_new_links_under_the_old_consent(world: World) -> None:
    before = world.all(CareLink)
    over(world)
    world.clock.advance(days=1)

    back(world)

    new = world.all(CareLink)[len(before) :]
    assert [(link.member_id, link.scope, link.consent_given_at, link.hears, link.starts_at) for link in new] == [
        (link.member_id, link.scope, link.consent_given_at, link.hears, world.now) for link in before
    ]


def test_a_link_that_would_have_ended_ends_on_its_day(world: World) -> None:
    until = world.now + timedelta(days=5)
    with writing(world.engine) as session:
        link = find_link(session, world.anna.id, world.ben.id, Scope.READINGS, world.now)
        assert link is not None
        link.ends_at = until
    over(world)

    back(world)

    (again,) = world.all(CareLink, member_id=world.ben.id, scope="readings", starts_at=world.now)
    assert again.ends_at == until


def test_after_a_month_it_is_no_mistake_any_more(world: World) -> None:
    over(world)
    world.clock.advance(days=30, seconds=1)

    with pytest.raises(BadInput, match="cannot be taken up again"):
        back(world)


# Caregivers and colleagues


def test_a_caregiver_who_goes_hears_nothing_more(reminded: World) -> None:
    over(reminded, Ending.LEFT, reminded.ben)

    assert reminded.ben.phone not in left(reminded)


def test_the_only_doctor_of_a_patient_goes_after_a_colleague_was_found(world: World) -> None:
    with pytest.raises(BadInput, match="only doctor of some patients"):
        over(world, Ending.LEFT, world.doctor)

    with writing(world.engine) as session:
        world.link(session, world.anna, world.other_doctor, Scope.CARE)

    assert over(world, Ending.LEFT, world.doctor).stopped["counts"]["links"] == 1


def test_the_only_administrator_stays(world: World) -> None:
    with writing(world.engine) as session:
        only = world.add(session, Role.ADMIN, "Ada", None)

    with pytest.raises(BadInput, match="only administrator"):
        over(world, Ending.LEFT, only)
