"""A doctor decides: what each decision does, what stops it, and that nothing else can change a dose or speak of one."""

import ast
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, FreshSignInNeeded
from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry, broken_entries
from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen, RegimenRevision, awaiting_confirmation, confirm, in_force
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from companion.messages.outbox import enqueue
from companion.reminders.doses.models import Dose
from tests.world import World

ROOT = Path(__file__).parents[2]


@pytest.fixture
def increase(world: World) -> Suggestion:
    """16 → 18 U waits for a doctor; the next days' doses are planned."""
    world.titration()
    world.beat()
    world.fast(150, 155, 158)
    return world.only(Suggestion)


@pytest.fixture
def decrease(world: World) -> Suggestion:
    """16 → 12 U waits for a doctor, after a low of 50 mg/dL that was told and is dealt with."""
    world.titration()
    world.measure(50)
    world.beat()
    with writing(world.engine) as session:
        session.query(Task).update({Task.done_at: world.now})
    return world.only(Suggestion)


def nothing_was_decided(world: World) -> bool:
    return (
        world.only(Suggestion).state == "pending"
        and not world.all(Review)
        and len(world.all(RegimenRevision)) == 1
        and not world.all(Message, purpose=Purpose.ADVICE.value)
        and not world.all(AuditEntry)
    )


def regimen_of(world: World) -> Regimen:
    return world.only(Regimen)


# What each decision does


def test_an_approval_is_a_review_a_revision_a_message_and_an_entry_in_the_trail(
    world: World, increase: Suggestion
) -> None:
    act = world.act(increase)

    world.decide(increase, act)

    review, revision = world.only(Review), world.all(RegimenRevision)[-1]
    assert (review.decision, review.amount, review.shown_digest) == ("approved", 18, act.shown_digest)
    assert (revision.amount, revision.clinician_id, revision.review_id) == (18, world.doctor.id, review.id)
    assert world.only(Suggestion).state == "approved"
    assert world.only(Message).review_id == review.id
    assert world.only(AuditEntry).action == "suggestion.approved"
    assert world.all(DueWork, kind=WorkKind.SUGGESTION.value) == []


def test_the_patient_and_nobody_else_is_told_of_an_approval_without_medicine_or_amount(
    world: World, increase: Suggestion
) -> None:
    world.decide(increase, world.act(increase))

    (said,) = world.beat()
    assert said.to == world.anna.phone
    assert said.text.startswith("Dr Roth has changed one of your medicines.")
    assert not any(word in said.text for word in ("16", "18", "Glargine", " U "))


def test_an_increase_holds_only_after_the_patient_has_confirmed_it(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase))
    before = in_force(regimen_of(world), world.now)
    world.clock.advance(hours=2)

    with writing(world.engine) as session:
        regimen = session.query(Regimen).one()
        waiting = awaiting_confirmation(regimen)
        assert waiting is not None
        is_first = confirm(regimen, waiting, world.now)
        is_second = confirm(regimen, waiting, world.now)

    after = in_force(regimen_of(world), world.now)
    assert before is not None
    assert after is not None
    assert (before.amount, after.amount, after.effective_at) == (16, 18, world.now)
    assert (is_first, is_second) == (True, False)


def test_a_decrease_holds_at_once_and_somebody_has_to_call(world: World, decrease: Suggestion) -> None:
    world.decide(decrease, world.act(decrease))

    held = in_force(regimen_of(world), world.now)
    assert held is not None
    assert (held.amount, held.effective_at) == (12, world.now)
    assert [task.due_at for task in world.all(Task, kind=TaskKind.CALL_ABOUT_DECREASE.value)] == [world.now]


def test_after_a_decrease_no_reminder_and_no_planned_dose_knows_the_old_amount(
    world: World, decrease: Suggestion
) -> None:
    world.decide(decrease, world.act(decrease))
    world.beat()

    said = world.beat_until(world.local("2026-03-05 08:00"), timedelta(hours=1, minutes=30))

    reminders = [text for text in said if "medicine" in text.text and text.to == world.anna.phone]
    assert "dose changed, check first" in reminders[-1].text
    assert not any("16" in text.text for text in said)
    assert {dose.amount for dose in world.all(Dose) if dose.due_at > world.now} == {12}


def test_a_rejection_changes_no_dose_and_tells_nobody(world: World, increase: Suggestion) -> None:
    world.decide(
        increase, world.act(increase, Decision.REJECTED, code=Rejection.OTHER, reason="will see her on Friday")
    )

    assert (world.only(Review).decision, world.only(Review).amount) == ("rejected", None)
    assert len(world.all(RegimenRevision)) == 1
    assert world.all(Message) == []


def test_an_amended_amount_holds_instead_of_the_proposed_one(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase, Decision.AMENDED, amount=Decimal(17), reason="slowly"))

    assert world.only(Suggestion).state == "amended"
    assert world.all(RegimenRevision)[-1].amount == 17
    assert len(world.all(Message, purpose=Purpose.ADVICE.value)) == 1


def test_an_increase_that_is_amended_to_a_decrease_is_treated_as_a_decrease(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase, Decision.AMENDED, amount=Decimal(14), reason="too near to a low"))

    assert world.all(RegimenRevision)[-1].effective_at == world.now
    assert [task.kind for task in world.all(Task)] == [TaskKind.CALL_ABOUT_DECREASE]


# What stops a decision, and that nothing is changed then


@pytest.mark.parametrize("typed_ago", [None, timedelta(minutes=15, seconds=1)], ids=["never", "too_long_ago"])
def test_a_dose_is_decided_on_with_a_fresh_password(
    world: World, increase: Suggestion, typed_ago: timedelta | None
) -> None:
    act = world.act(increase, authenticated_at=None if typed_ago is None else world.now - typed_ago)

    with pytest.raises(FreshSignInNeeded):
        world.decide(increase, act)

    assert nothing_was_decided(world)


def test_a_password_of_fifteen_minutes_ago_is_fresh(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase, authenticated_at=world.now - timedelta(minutes=15)))

    assert world.only(Suggestion).state == "approved"


def test_a_reading_that_arrives_after_the_page_was_shown_has_to_be_read_first(
    world: World, increase: Suggestion
) -> None:
    act = world.act(increase)
    world.measure(140)

    with pytest.raises(DataChanged):
        world.decide(increase, act)

    assert nothing_was_decided(world)


def test_a_fact_that_changes_after_the_page_was_shown_has_to_be_read_first(world: World, increase: Suggestion) -> None:
    act = world.act(increase)
    world.note_facts(weight_kg="79")

    with pytest.raises(DataChanged):
        world.decide(increase, act)

    assert nothing_was_decided(world)


def test_a_suggestion_the_data_no_longer_support_cannot_be_approved_on_any_screen(
    world: World, increase: Suggestion
) -> None:
    world.note_facts(egfr="20")

    with pytest.raises(DataChanged):
        world.decide(increase, world.act(increase))

    assert nothing_was_decided(world)


def test_an_expired_suggestion_cannot_be_decided(world: World, increase: Suggestion) -> None:
    world.clock.advance(hours=72, seconds=1)

    with pytest.raises(AlreadyDecided):
        world.decide(increase, world.act(increase))

    assert nothing_was_decided(world)


def test_only_a_clinician_decides(world: World, increase: Suggestion) -> None:
    with pytest.raises(BadInput, match="clinician"):
        world.decide(increase, world.act(increase), by=world.ben)

    assert nothing_was_decided(world)


@pytest.mark.parametrize(
    ("amount", "reason", "what"),
    [
        ("41", "much faster", "max_daily_per_kg"),
        ("16", "stay", "present amount"),
        ("0", "stop", "not an amount"),
        ("-2", "?", "not an amount"),
        ("NaN", "?", "not an amount"),
        ("19", " ", "reason is needed"),
    ],
)
def test_an_amount_beyond_the_guardrails_is_refused(
    world: World, increase: Suggestion, amount: str, reason: str, what: str
) -> None:
    act = world.act(increase, Decision.AMENDED, amount=Decimal(amount), reason=reason)

    with pytest.raises(BadInput, match=what):
        world.decide(increase, act)

    assert nothing_was_decided(world)


def test_an_amount_beyond_the_plans_maximum_is_refused(world: World) -> None:
    world.titration(max_daily=Decimal(18))
    world.fast(150, 155, 158)
    suggestion = world.only(Suggestion)
    with writing(world.engine) as session:
        session.execute(text("UPDATE plan SET max_daily = '17'"))

    with pytest.raises((BadInput, DataChanged)):
        world.decide(suggestion, world.act(suggestion, Decision.AMENDED, amount=Decimal(18), reason="more"))

    assert nothing_was_decided(world)


def test_a_suggestion_for_a_medicine_that_was_stopped_cannot_be_approved(world: World, increase: Suggestion) -> None:
    with writing(world.engine) as session:
        session.query(Regimen).one().stopped_at = world.now

    with pytest.raises((DataChanged, BadInput)):
        world.decide(increase, world.act(increase))

    assert nothing_was_decided(world)


def test_a_rejection_needs_a_reason(world: World, increase: Suggestion) -> None:
    with pytest.raises(BadInput, match="reason"):
        world.decide(increase, world.act(increase, Decision.REJECTED))

    assert nothing_was_decided(world)


def test_of_two_doctors_at_one_instant_one_decides_and_the_other_is_told(world: World, increase: Suggestion) -> None:
    acts = {
        world.doctor.id: world.act(increase),
        world.other_doctor.id: world.act(increase, Decision.REJECTED, code=Rejection.PATIENTS_WISH),
    }
    start, ends = threading.Barrier(2), []

    def press(by: Any) -> None:
        start.wait()
        try:
            world.decide(increase, acts[by.id], by=by)
        except AlreadyDecided as told:
            ends.append(told.suggestion.state)
        else:
            ends.append("done")

    threads = [threading.Thread(target=press, args=(by,)) for by in (world.doctor, world.other_doctor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) in (["approved", "done"], ["done", "rejected"])
    assert len(world.all(Review)) == 1


def test_an_act_that_fails_at_its_end_leaves_neither_review_nor_message(world: World, increase: Suggestion) -> None:
    with writing(world.engine) as session:
        session.execute(
            text("CREATE TRIGGER no_trail BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'x'); END")
        )

    with pytest.raises(DatabaseError):
        world.decide(increase, world.act(increase))

    assert nothing_was_decided(world)


def test_the_trail_of_decisions_holds_together_and_shows_a_change(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase))
    with writing(world.engine) as session:
        whole = list(broken_entries(session))
        session.execute(text("DROP TRIGGER audit_entry_unchanged"))
        session.execute(text("UPDATE audit_entry SET actor = 'cl_somebody'"))

    with writing(world.engine) as session:
        assert (whole, list(broken_entries(session))) == ([], [1])


# What the database refuses, whoever asks


def advise(world: World, review: Any, recipient_id: int) -> None:
    with writing(world.engine) as session:
        enqueue(
            session,
            unique_key="advice:forged",
            purpose=Purpose.ADVICE,
            recipient_id=recipient_id,
            patient_id=world.anna.id,
            params={},
            now=world.now,
            expires_at=world.now + timedelta(days=1),
            review=review,
        )


def test_the_database_refuses_advice_without_a_review(world: World) -> None:
    with pytest.raises(IntegrityError):
        advise(world, None, world.anna.id)

    assert world.all(Message) == []


def test_the_database_refuses_advice_by_a_review_that_rejected(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase, Decision.REJECTED, code=Rejection.PATIENTS_WISH))
    rejected = world.only(Review)

    with pytest.raises(IntegrityError):
        advise(world, rejected, world.anna.id)


def test_the_database_refuses_a_rejection_dressed_up_as_an_approval(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase, Decision.REJECTED, code=Rejection.PATIENTS_WISH))
    dressed_up = world.only(Review)
    dressed_up.decision = "approved"

    with pytest.raises(IntegrityError):
        advise(world, dressed_up, world.anna.id)


def test_the_database_refuses_advice_to_anybody_but_the_patient(world: World, increase: Suggestion) -> None:
    world.decide(increase, world.act(increase))

    with pytest.raises(IntegrityError):
        advise(world, world.only(Review), world.ben.id)


def test_the_database_refuses_to_turn_a_reminder_into_advice(world: World, increase: Suggestion) -> None:
    world.beat_until(world.local("2026-03-05 08:00"), timedelta(hours=12))

    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.execute(text("UPDATE message SET purpose = 'advice'"))


def test_the_database_refuses_a_revision_by_anybody_but_a_clinician(world: World, increase: Suggestion) -> None:
    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.execute(
            text(
                "INSERT INTO regimen_revision (regimen_id, number, amount, rule, start_on, clinician_id, "
                "clinician_role, made_at, reason) SELECT regimen_id, 2, '18', rule, start_on, :ben, 'clinician', "
                "made_at, reason FROM regimen_revision"
            ),
            {"ben": world.ben.id},
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE regimen_revision SET amount = '99'",
        "UPDATE regimen_revision SET clinician_id = clinician_id + 1",
        "DELETE FROM regimen_revision",
        "UPDATE review SET amount = '99'",
        "DELETE FROM review",
        "UPDATE audit_entry SET actor = 'nobody'",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_refuses_to_rewrite_history(world: World, increase: Suggestion, statement: str) -> None:
    world.decide(increase, world.act(increase))

    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(text(statement))


# No other way


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Every call in the product, with its file."""
    return [
        (path.relative_to(ROOT).as_posix(), node)
        for path in sorted((ROOT / "companion").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def name_of(call: ast.Call) -> str:
    """What is called, without the module it is in."""
    return ast.unparse(call.func).split(".")[-1]


def test_only_the_review_makes_reviews_and_asks_for_advice_to_be_sent() -> None:
    def makers_of(is_it: Callable[[ast.Call], bool]) -> set[str]:
        return {path for path, call in calls() if is_it(call)}

    def names(call: ast.Call) -> set[str]:
        return {ast.unparse(value) for value in [*call.args, *(keyword.value for keyword in call.keywords)]}

    # An `Example` is a text on the page of all texts: it names a purpose, and nobody is told anything.
    asks_for_advice = makers_of(
        lambda call: (
            name_of(call) != "Example" and bool(names(call) & {"Purpose.ADVICE", "Purpose('advice')", "'advice'"})
        )
    )
    releases = makers_of(
        lambda call: name_of(call) == "enqueue" and any(keyword.arg == "review" for keyword in call.keywords)
    )
    makes_reviews = makers_of(lambda call: name_of(call) == "Review")

    assert asks_for_advice == {"companion/advice/deciding/concluding.py"}
    # A withdrawal names the review that it takes back; it asks for no advice, as the line before says.
    assert releases == {"companion/advice/deciding/concluding.py", "companion/advice/taking_back/withdrawing.py"}
    assert makes_reviews == {"companion/advice/deciding/concluding.py"}


def test_nothing_writes_messages_past_the_outbox() -> None:
    def writes(call: ast.Call) -> bool:
        given = {ast.unparse(value) for value in call.args}
        names_the_table = bool(given & {"Message", "Message.__table__"})
        return name_of(call) == "Message" or (name_of(call).startswith("insert") and names_the_table)

    writers = {path for path, call in calls() if writes(call)}
    in_sql = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "companion").rglob("*.py")
        # A benchmark's bare loop writes to a database of its own, from which nothing is sent.
        if "benches" not in path.parts and re.search(r"INSERT[^\n]* INTO message\b", path.read_text(encoding="utf-8"))
    }

    # What is said back while somebody is on the line is worded like a message, and kept in no session.
    aloud = "companion/answered_call.py"
    assert writers == {"companion/messages/outbox.py", aloud}
    assert not [call for path, call in calls() if path == aloud and name_of(call).startswith(("add", "merge"))]
    assert in_sql == set()


def test_no_text_leaves_but_by_a_claimed_message() -> None:
    senders = {path for path, call in calls() if ast.unparse(call.func) == "channel.send" and "/benches/" not in path}

    assert senders == {"companion/messages/dispatch.py"}


def test_a_suggestion_by_itself_never_becomes_a_text_however_long_it_waits(world: World, increase: Suggestion) -> None:
    said = world.beat_until(world.now + timedelta(days=4), timedelta(hours=6))

    assert world.all(Message, purpose=Purpose.ADVICE.value) == []
    assert not any("changed" in text.text for text in said)
    assert world.only(Suggestion).state in ("expired", "superseded")
