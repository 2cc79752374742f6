"""A real process, killed by SIGKILL at every named point, on real files: nothing is lost and nothing is doubled.

In each story a deed is begun and killed; then a fresh process starts, and the deed is asked for again, as a hub, a
doctor or the heartbeat would.
"""

import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion, Withdrawal
from companion.care.audit import AuditEntry, broken_entries
from companion.care.change_answers import ChangeAnswer
from companion.care.consent import Scope
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Role
from companion.care.regimens import RegimenRevision
from companion.care.task_notices import TaskNotice
from companion.care.tasks import Alert, Task, TaskKind
from companion.crash_points import Point
from companion.db import reading as looking
from companion.db import writing
from companion.devices.models import Device, Intake
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.erasing.models import Erasure, ErasureState
from companion.messages.models import Message, MessageState, Purpose
from companion.programme.orders.order_life import OrderState
from companion.programme.orders.order_models import MedicineOrder
from companion.reminders.doses.models import Dose, DoseEvent
from tests.approvals import approve_increase, newest, say
from tests.crashes.scenes import (
    Deed,
    GoOn,
    TakeIn,
    approve,
    ask_for_a_second,
    beat,
    do_long_work,
    erase_anna,
    hand_orders_over,
    perform,
    reply_taken,
    say_change_back,
    send_file,
    sign_as_the_second,
    take_change_back,
    work_on_files,
)
from tests.forking import PROCESSES, forked_knowing
from tests.programme.orders.ordering import ordered
from tests.world import World

knowing = forked_knowing("tests.crashes.rehearsed")

LEASES_ARE_OVER = timedelta(minutes=3)
"""Longer than the lease of due work (60 s), and of a message with its look-up (30 s + 60 s)."""

Check = Callable[[World], None]


def run(world: World, deed: Deed, killed_at: Point | None = None) -> int | None:
    """The deed in a process of its own, at the world's instant; gives its exit code."""
    separate = "COMPANION_READINGS_URL" in world.environment
    process = PROCESSES.Process(target=perform, args=(world.folder, world.now, separate, deed, killed_at))
    process.start()
    process.join(60)
    return process.exitcode


def kill_and_go_on(world: World, deed: Deed, point: Point) -> None:
    """Begun and killed; then a fresh process goes on."""
    world.engine.dispose()
    assert run(world, deed, killed_at=point) == -signal.SIGKILL, f"{point} was not reached"
    assert run(world, GoOn(deed, LEASES_ARE_OVER)) == 0


def texts_to(world: World) -> Counter[str]:
    return Counter(line["to"] for line in world.outbox_lines())


# A download with three high fasting values and a serious low


def begin_take_in(world: World) -> Deed:
    world.titration()
    return TakeIn(world.fasting_payloads(150, 155, 158) + world.payloads(50, world.now))


def everything_was_taken_in_once(world: World) -> None:
    assert sorted(reading.value for reading in world.readings() if reading.value) == [50, 150, 155, 158]
    assert [(s.state, s.action) for s in world.all(Suggestion)] == [("pending", "decrease")]
    assert [task.kind for task in world.all(Task)] == [TaskKind.URGENT_READING]
    assert texts_to(world) == {world.anna.phone: 1, world.ben.phone: 1}
    assert world.only(Device).last_sequence == 4
    assert world.all(DueWork, kind=WorkKind.ASSESS.value) == []


# An approval


def begin_approval(world: World) -> Deed:
    world.titration()
    world.fast(150, 155, 158)
    return approve


def the_approval_was_made_once(world: World) -> None:
    assert [suggestion.state for suggestion in world.all(Suggestion)] == ["approved"]
    assert [review.amount for review in world.all(Review)] == [18]
    assert [revision.amount for revision in world.all(RegimenRevision)] == [16, 18]
    assert [message.purpose for message in world.all(Message)] == [Purpose.ADVICE]
    assert texts_to(world) == {world.anna.phone: 1}


# An amendment that two doctors sign: the question, and the signature


def begin_question(world: World) -> Deed:
    begin_approval(world)
    return ask_for_a_second


def it_was_asked_once_and_nothing_is_changed(world: World) -> None:
    assert [opinion.ended_at for opinion in world.all(SecondOpinion)] == [None]
    assert [suggestion.state for suggestion in world.all(Suggestion)] == ["pending"]
    assert world.all(Review) == []
    assert len(world.all(RegimenRevision)) == 1
    assert world.all(Message, purpose=Purpose.ADVICE.value) == []


def begin_signature(world: World) -> Deed:
    begin_approval(world)
    ask_for_a_second(world)
    return sign_as_the_second


def it_was_signed_once(world: World) -> None:
    assert [opinion.ended_how for opinion in world.all(SecondOpinion)] == ["signed"]
    assert [(review.decision, review.amount) for review in world.all(Review)] == [("amended", 20)]
    assert [revision.amount for revision in world.all(RegimenRevision)] == [16, 20]
    assert len(world.all(Message, purpose=Purpose.ADVICE.value)) == 1


# The patient says the change back; the doctor takes it back after that


def begin_saying_back(world: World) -> Deed:
    approve_increase(world)
    return say_change_back


def it_was_said_back_once(world: World) -> None:
    assert [answer.heard for answer in world.all(ChangeAnswer)] == ["right"]
    assert newest(world).effective_at is not None
    assert len(world.all(AuditEntry, action="confirmed_change")) == 1
    assert world.all(DueWork, kind=WorkKind.CHANGE.value) == []


def begin_withdrawal(world: World) -> Deed:
    approve_increase(world)
    say(world, "18")
    return take_change_back


def it_was_taken_back_once(world: World) -> None:
    assert [suggestion.state for suggestion in world.all(Suggestion)] == ["withdrawn"]
    assert [revision.amount for revision in world.all(RegimenRevision)] == [16, 18, 16]
    assert len(world.all(Withdrawal)) == 1
    assert [task.kind for task in world.all(Task) if task.kind != TaskKind.TEACH_BACK] == ["call_about_withdrawal"]
    assert texts_to(world) == {world.anna.phone: 2}


# Doses are planned


def begin_order(world: World) -> Deed:
    ordered(world)
    return hand_orders_over


def it_was_ordered_once(world: World) -> None:
    order = world.only(MedicineOrder)
    assert order.state == OrderState.HANDED_OVER
    assert set((world.folder / "pharmacy.txt").read_text("utf-8").split()) == {order.public_id}


def begin_planning(world: World) -> Deed:
    world.prescribe(times=("08:00", "20:00"))
    world.prescribe(public_id="rg_2", times=("09:00",))
    return beat


def each_dose_was_planned_once(world: World) -> None:
    doses = world.all(Dose)
    assert len(doses) == len({(dose.regimen_id, dose.local_on, dose.slot) for dose in doses}) == 9
    assert {work.subject_id for work in world.all(DueWork, kind=WorkKind.DOSE.value)} == {dose.id for dose in doses}


# A dose falls due; a dose is missed


def begin_reminder(world: World) -> Deed:
    world.clock.instant = world.local("2026-03-04 06:00")
    world.prescribe()
    world.beat()
    world.clock.instant = world.local("2026-03-04 08:00")
    return beat


def the_reminder_left_once(world: World) -> None:
    dose = world.all(Dose)[0]
    assert (dose.state, dose.reminders) == ("due", 1)
    assert [event.event for event in world.all(DoseEvent)] == ["due"]
    assert texts_to(world) == {world.anna.phone: 1}
    assert {message.state for message in world.all(Message)} == {MessageState.HANDED_OVER}


def begin_missed(world: World) -> Deed:
    begin_reminder(world)
    world.beat()
    world.clock.instant = world.local("2026-03-04 09:00") + timedelta(seconds=10)
    return beat


def the_family_heard_once(world: World) -> None:
    assert world.all(Dose)[0].state == "missed"
    assert [event.event for event in world.all(DoseEvent)] == ["due", "missed"]
    assert [alert.recipient_id for alert in world.all(Alert)] == [world.ben.id, world.cora.id]
    assert texts_to(world) == {world.anna.phone: 1, world.ben.phone: 1, world.cora.phone: 1}


# A dose is answered: in time, and after the family heard that it was missed


def begin_answer(world: World) -> Deed:
    begin_reminder(world)
    world.beat()
    return reply_taken


def it_was_answered_once(world: World) -> None:
    assert world.all(Dose)[0].state == "taken"
    assert [event.event for event in world.all(DoseEvent)] == ["due", "taken"]
    assert texts_to(world) == {world.anna.phone: 2}


def begin_late_answer(world: World) -> Deed:
    begin_missed(world)
    world.beat()
    return reply_taken


def the_family_heard_how_it_ended_once(world: World) -> None:
    dose = world.all(Dose)[0]
    assert (dose.state, dose.is_late) == ("taken", True)
    assert [event.event for event in world.all(DoseEvent)] == ["due", "missed", "taken"]
    assert {alert.state for alert in world.all(Alert)} == {"closed"}
    assert texts_to(world) == {world.anna.phone: 2, world.ben.phone: 2, world.cora.phone: 2}


# A file with two values, taken in by the jobs process


def begin_upload(world: World) -> Deed:
    send_file(world)
    return work_on_files


def the_file_was_taken_in_once(world: World) -> None:
    file, intake = world.only(UploadedFile), world.only(Intake)
    assert (file.state, file.done) == (FileState.TAKEN, 2)
    assert (intake.new, intake.known) == (2, 0)
    assert sorted(reading.value for reading in world.readings() if reading.value) == [140, 150]
    assert world.all(DueWork, kind=WorkKind.UPLOAD.value) == []


# A patient is erased, with values, a file and a suggestion that waits


def begin_erasure(world: World) -> Deed:
    world.titration()
    world.fast(150, 155, 158)
    send_file(world)
    return erase_anna


def she_was_erased_once(world: World) -> None:
    (erasure,) = world.all(Erasure)
    assert erasure.state == ErasureState.DONE
    assert [told["counts"] for told in erasure.proof["readings"]] == [{"glucose": 3}]
    assert [told["count"] for told in erasure.proof["files"]] == [1]
    assert [told["intake"]["rows"] for told in erasure.proof["rows"]] == [1]
    assert world.readings() == []
    assert world.services.originals.names(world.anna.public_id) == []
    assert world.all(Suggestion) == world.all(Intake) == world.all(UploadedFile) == world.all(DueWork) == []
    assert world.all(AuditEntry, action="erased") != []
    with looking(world.engine) as session:
        assert list(broken_entries(session)) == []


# Nobody takes an urgent task


def begin_escalation(world: World) -> Deed:
    with writing(world.engine) as session:
        for number, name in enumerate(("Dr. Young", "Dr. Old"), start=21):
            doctor = world.add(session, Role.CLINICIAN, name, f"+4917000000{number}")
            world.link(session, world.anna, doctor, Scope.CARE)
    world.measure(50)
    world.beat()
    world.clock.advance(minutes=15)
    return beat


def each_doctor_was_told_once(world: World) -> None:
    assert len(world.all(TaskNotice)) == 2
    assert texts_to(world) == {world.anna.phone: 1, world.ben.phone: 1, "+491700000021": 1, "+491700000022": 1}
    assert world.all(DueWork, kind=WorkKind.TASK.value) == []


Story = tuple[Callable[[World], Deed], Check]
STORIES: dict[str, list[Story]] = {
    "take_in": [(begin_take_in, everything_was_taken_in_once)],
    "upload": [(begin_upload, the_file_was_taken_in_once)],
    "approval": [
        (begin_approval, the_approval_was_made_once),
        (begin_question, it_was_asked_once_and_nothing_is_changed),
        (begin_signature, it_was_signed_once),
    ],
    "teach_back": [(begin_saying_back, it_was_said_back_once)],
    "withdrawal": [(begin_withdrawal, it_was_taken_back_once)],
    "erase": [(begin_erasure, she_was_erased_once)],
    "plan": [(begin_planning, each_dose_was_planned_once)],
    "task": [(begin_escalation, each_doctor_was_told_once)],
    "sweep": [(begin_reminder, the_reminder_left_once), (begin_missed, the_family_heard_once)],
    "answer": [(begin_answer, it_was_answered_once), (begin_late_answer, the_family_heard_how_it_ended_once)],
    "order": [(begin_order, it_was_ordered_once)],
    "dispatch": [(begin_reminder, the_reminder_left_once), (begin_missed, the_family_heard_once)],
}
"""What may be going on when a point of that part is reached."""

CASES = [(point, *story) for point in Point for story in STORIES.get(point.value.partition(".")[0], [])]


def test_every_point_has_a_story() -> None:
    told = {point for point, *_ in CASES}
    elsewhere = {point for point in Point if point.startswith(("hub.", "restore."))}  # in tests/hub, tests/backups

    assert told | elsewhere == set(Point)


@pytest.mark.slow
@pytest.mark.parametrize("separate_readings", [False, True], ids=["one_database", "own_readings_database"])
@pytest.mark.parametrize(("point", "begin", "check"), CASES, ids=[f"{p}-{c.__name__}" for p, _, c in CASES])
def test_killed_at_any_point_nothing_is_lost_or_doubled(
    tmp_path: Path, point: Point, begin: Callable[[World], Deed], check: Check, separate_readings: bool
) -> None:
    world = World(tmp_path, separate_readings=separate_readings)
    deed = begin(world)

    kill_and_go_on(world, deed, point)

    check(world)


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", [Point.TAKE_IN_AFTER_LEDGER, Point.TAKE_IN_AFTER_APPEND, Point.TAKE_IN_AFTER_ASSESSMENT]
)
def test_what_was_kept_is_assessed_by_the_heartbeat_though_nobody_sends_it_again(tmp_path: Path, point: Point) -> None:
    world = World(tmp_path)
    deed = begin_take_in(world)
    world.engine.dispose()

    died = run(world, deed, killed_at=point)
    run(world, beat)

    assert died == -signal.SIGKILL
    assert [(s.state, s.action) for s in world.all(Suggestion)] == [("pending", "decrease")]
    assert texts_to(world) == {world.anna.phone: 1, world.ben.phone: 1}


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in Point if point.startswith("erase.")])
def test_an_erasure_that_was_cut_off_is_finished_by_the_jobs_process(tmp_path: Path, point: Point) -> None:
    world = World(tmp_path)
    deed = begin_erasure(world)
    world.engine.dispose()

    died = run(world, deed, killed_at=point)
    went_on = run(world, do_long_work)

    assert (died, went_on) == (-signal.SIGKILL, 0)
    she_was_erased_once(world)
