"""Every state of a dose, everything that can happen to it, at every moment that matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.doses.dose_life import UNDO_FOR, answer, earliest_intake, last_call_at, undo_ends_at
from companion.reminders.doses.dose_state import (
    ANSWERED,
    OPEN,
    Cancel,
    Correct,
    DoseState,
    DoseView,
    Due,
    Event,
    Refusal,
    Refused,
    Skipped,
    Snooze,
    Taken,
    Transition,
    Undo,
    WindowPassed,
    window_ends_at,
)

DUE = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
END = DUE + timedelta(minutes=60)
MINUTE = timedelta(minutes=1)
LAST_CALL = END - 5 * MINUTE
LAST_LOG = DUE + timedelta(hours=48)
HALF = Decimal("0.5")
S = DoseState
TEN = Snooze(10 * MINUTE)


def dose(state: DoseState, **fields: object) -> DoseView:
    return replace(DoseView(state, DUE, END), **fields)  # type: ignore[arg-type]


def test_a_window_is_the_grace_of_an_hour() -> None:
    assert window_ends_at(DUE) == DUE + timedelta(minutes=60)


@pytest.mark.parametrize(
    ("next_after", "expected"), [(30, 30), (60, 60), (90, 60), (0, 0)], ids=["sooner", "same", "later", "merged"]
)
def test_a_window_never_passes_the_next_dose_of_the_same_medicine(next_after: int, expected: int) -> None:
    end = window_ends_at(DUE, next_due_at=DUE + next_after * MINUTE)

    assert end == DUE + expected * MINUTE


def test_a_medicine_may_have_its_own_grace() -> None:
    assert window_ends_at(DUE, grace_minutes=180) == DUE + timedelta(hours=3)


@pytest.mark.parametrize(
    ("state", "event", "now", "expected"),
    [
        # its time comes
        (S.PLANNED, Due(), DUE, S.DUE),
        (S.PLANNED, Taken(), DUE, S.TAKEN),
        (S.PLANNED, WindowPassed(reached=False), END + MINUTE, S.MISSED_UNREACHED),
        (S.PLANNED, Cancel(), DUE - MINUTE, S.CANCELLED),
        # answers in the window, its last instant included
        (S.DUE, Taken(), DUE, S.TAKEN),
        (S.DUE, Taken(), END, S.TAKEN),
        (S.DUE, Skipped("nausea"), END, S.SKIPPED),
        (S.DUE, TEN, DUE, S.SNOOZED),
        (S.DUE, TEN, LAST_CALL - MINUTE, S.SNOOZED),
        (S.DUE, Cancel(), DUE, S.CANCELLED),
        (S.SNOOZED, Taken(), END, S.TAKEN),
        (S.SNOOZED, Skipped(), END, S.SKIPPED),
        (S.SNOOZED, TEN, DUE + MINUTE, S.SNOOZED),
        (S.SNOOZED, Cancel(), DUE, S.CANCELLED),
        # nobody answered
        (S.DUE, WindowPassed(reached=True), END + MINUTE, S.MISSED),
        (S.DUE, WindowPassed(reached=False), END + MINUTE, S.MISSED_UNREACHED),
        (S.SNOOZED, WindowPassed(reached=True), END + MINUTE, S.MISSED),
        # late log
        (S.MISSED, Taken(), END + MINUTE, S.TAKEN),
        (S.MISSED, Taken(), LAST_LOG, S.TAKEN),
        (S.MISSED, Skipped(), LAST_LOG, S.SKIPPED),
        (S.MISSED_UNREACHED, Taken(), LAST_LOG, S.TAKEN),
        # taken back: open again, and missed at the next look if its window is over
        (S.TAKEN, Undo(), END, S.DUE),
        (S.SKIPPED, Undo(), END, S.DUE),
        # corrected
        (S.TAKEN, Correct(Skipped("unwell")), LAST_LOG, S.SKIPPED),
        (S.SKIPPED, Correct(Taken(DUE)), LAST_LOG, S.TAKEN),
        (S.DUE, Correct(Taken()), DUE, S.TAKEN),
        (S.MISSED, Correct(Skipped()), LAST_LOG, S.SKIPPED),
    ],
)
def test_a_dose_moves_on(state: DoseState, event: Event, now: datetime, expected: DoseState) -> None:
    given_dose = dose(state)

    outcome = answer(given_dose, event, now)

    assert isinstance(outcome, Transition)
    assert (outcome.state, outcome.changes) == (expected, True)


@pytest.mark.parametrize(
    ("state", "event", "now", "reason"),
    [
        (S.PLANNED, Due(), DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, Due(), END + MINUTE, Refusal.WINDOW_OVER),
        (S.PLANNED, Taken(), DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, Skipped(), DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, TEN, DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, Correct(Taken()), DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, WindowPassed(reached=True), END, Refusal.WINDOW_OPEN),
        (S.DUE, TEN, LAST_CALL, Refusal.SNOOZE_NOT_AHEAD),
        (S.DUE, TEN, END + MINUTE, Refusal.WINDOW_OVER),
        (S.DUE, WindowPassed(reached=True), END, Refusal.WINDOW_OPEN),
        (S.DUE, Taken(DUE + MINUTE), DUE, Refusal.TAKEN_IN_THE_FUTURE),
        (S.DUE, Taken(DUE - timedelta(hours=13)), DUE, Refusal.TAKEN_TOO_EARLY),
        (S.MISSED, Taken(DUE - MINUTE), LAST_LOG, Refusal.TOO_LATE_TO_LOG),
        (S.DUE, Taken(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.DUE, Undo(), DUE, Refusal.NOTHING_TO_UNDO),
        (S.MISSED, Due(), END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, TEN, END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, Taken(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.MISSED, Skipped(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.MISSED, Cancel(), END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, Undo(), END + MINUTE, Refusal.NOTHING_TO_UNDO),
        (S.TAKEN, Due(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Skipped(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, TEN, DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Taken(DUE), DUE + MINUTE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Taken(amount=HALF), DUE + MINUTE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Correct(Skipped()), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.TAKEN, Correct(Taken(DUE + 2 * MINUTE)), DUE + MINUTE, Refusal.TAKEN_IN_THE_FUTURE),
        (S.CANCELLED, Correct(Taken()), DUE, Refusal.CANCELLED),
        (S.TAKEN, WindowPassed(reached=True), END + MINUTE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Cancel(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Undo(), END + MINUTE, Refusal.UNDO_OVER),
        (S.SKIPPED, Taken(), DUE, Refusal.ALREADY_ANSWERED),
        (S.CANCELLED, Due(), DUE, Refusal.CANCELLED),
        (S.CANCELLED, Taken(), DUE, Refusal.CANCELLED),
        (S.CANCELLED, WindowPassed(reached=True), END + MINUTE, Refusal.CANCELLED),
        (S.CANCELLED, Undo(), DUE, Refusal.NOTHING_TO_UNDO),
    ],
)
def test_what_does_not_apply_is_refused_with_its_reason(
    state: DoseState, event: Event, now: datetime, reason: Refusal
) -> None:
    given_dose = dose(state)

    outcome = answer(given_dose, event, now)

    assert outcome == Refused(reason)


@pytest.mark.parametrize(
    ("state", "event", "now"),
    [
        (S.DUE, Due(), DUE),
        (S.TAKEN, Taken(), DUE + MINUTE),
        (S.TAKEN, Taken(), LAST_LOG + MINUTE),
        (S.SKIPPED, Skipped(), DUE + MINUTE),
        (S.MISSED, WindowPassed(reached=True), END + MINUTE),
        (S.MISSED_UNREACHED, WindowPassed(reached=False), END + MINUTE),
        (S.CANCELLED, Cancel(), DUE),
    ],
)
def test_the_same_answer_twice_is_one(state: DoseState, event: Event, now: datetime) -> None:
    outcome = answer(dose(state), event, now)

    assert outcome == Transition(state, changes=False)


@pytest.mark.parametrize("seconds", [0, 59])
def test_later_pressed_twice_is_one(seconds: int) -> None:
    until = DUE + 10 * MINUTE

    outcome = answer(dose(S.SNOOZED, snoozed_until=until), TEN, DUE + timedelta(seconds=seconds))

    assert outcome == Transition(S.SNOOZED, snoozed_until=until, changes=False)


def test_later_said_again_a_minute_on_is_a_later_call() -> None:
    outcome = answer(dose(S.SNOOZED, snoozed_until=DUE + 10 * MINUTE), TEN, DUE + MINUTE)

    assert outcome == Transition(S.SNOOZED, snoozed_until=DUE + 11 * MINUTE)


@pytest.mark.parametrize(("wait", "until"), [(10, DUE + 10 * MINUTE), (30, DUE + 30 * MINUTE), (60, LAST_CALL)])
def test_later_leaves_time_to_answer_in_the_window(wait: int, until: datetime) -> None:
    outcome = answer(dose(S.DUE), Snooze(wait * MINUTE), DUE)

    assert outcome == Transition(S.SNOOZED, snoozed_until=until)


def test_later_ends_no_nearer_to_the_next_dose_than_to_this_one() -> None:
    every_four_hours = dose(S.DUE, window_ends_at=DUE + 240 * MINUTE, next_due_at=DUE + 240 * MINUTE)

    outcome = answer(every_four_hours, Snooze(60 * MINUTE), DUE + 90 * MINUTE)

    assert outcome == Transition(S.SNOOZED, snoozed_until=DUE + 120 * MINUTE)


def test_a_snoozed_dose_falls_due_when_the_snooze_is_over_and_not_before() -> None:
    snoozed = dose(S.SNOOZED, snoozed_until=DUE + 15 * MINUTE)

    before = answer(snoozed, Due(), DUE + 14 * MINUTE)
    after = answer(snoozed, Due(), DUE + 15 * MINUTE)

    assert before == Refused(Refusal.STILL_SNOOZED)
    assert after == Transition(S.DUE)


def test_an_answer_in_the_window_is_not_late_and_one_after_it_is() -> None:
    in_time = answer(dose(S.DUE), Taken(), END)
    late = answer(dose(S.MISSED), Taken(), END + MINUTE)
    before_the_sweep_noticed = answer(dose(S.DUE), Skipped("nausea"), END + MINUTE)

    assert in_time == Transition(S.TAKEN, taken_at=END)
    assert late == Transition(S.TAKEN, taken_at=END + MINUTE, is_late=True)
    assert before_the_sweep_noticed == Transition(S.SKIPPED, reason="nausea", is_late=True)


def test_a_late_log_may_say_when_it_was_really_taken() -> None:
    outcome = answer(dose(S.MISSED), Taken(DUE + 5 * MINUTE), END + MINUTE)

    assert outcome == Transition(S.TAKEN, taken_at=DUE + 5 * MINUTE, is_late=True)


@pytest.mark.parametrize(
    ("neighbours", "earliest"),
    [
        ({}, DUE - timedelta(hours=12)),
        ({"previous_due_at": DUE - timedelta(hours=24)}, DUE - timedelta(hours=12)),
        ({"previous_due_at": DUE - timedelta(hours=8)}, DUE - timedelta(hours=4)),
    ],
    ids=["alone", "once a day", "every eight hours"],
)
def test_an_intake_nearer_to_the_dose_before_is_of_that_one(
    neighbours: dict[str, datetime], earliest: datetime
) -> None:
    its_first, too_early = (answer(dose(S.DUE, **neighbours), Taken(at), DUE) for at in (earliest, earliest - MINUTE))

    assert earliest_intake(dose(S.DUE, **neighbours)) == earliest
    assert its_first == Transition(S.TAKEN, taken_at=earliest)
    assert too_early == Refused(Refusal.TAKEN_TOO_EARLY)


def test_an_intake_at_the_time_of_the_next_dose_is_of_that_one() -> None:
    followed = dose(S.MISSED, next_due_at=DUE + 240 * MINUTE)

    before, after = (answer(followed, Taken(DUE + at * MINUTE), DUE + 300 * MINUTE) for at in (239, 240))

    assert before == Transition(S.TAKEN, taken_at=DUE + 239 * MINUTE, is_late=True)
    assert after == Refused(Refusal.TAKEN_TOO_LATE)


def test_when_a_dose_before_the_last_was_taken_is_not_known_unless_it_is_said() -> None:
    followed = dose(S.MISSED, next_due_at=DUE + 240 * MINUTE)

    in_time, afterwards = (answer(followed, Taken(), DUE + at * MINUTE) for at in (239, 240))

    assert in_time == Transition(S.TAKEN, taken_at=DUE + 239 * MINUTE, is_late=True)
    assert afterwards == Transition(S.TAKEN, taken_at=None, is_late=True)


@pytest.mark.parametrize(
    ("amount", "kept"), [(None, None), (Decimal("1.0"), None), (HALF, HALF), (Decimal(2), Decimal(2))]
)
def test_an_amount_is_kept_where_it_was_another_one(amount: Decimal | None, kept: Decimal | None) -> None:
    outcome = answer(dose(S.DUE, amount=Decimal(1)), Taken(amount=amount), DUE)

    assert outcome == Transition(S.TAKEN, taken_at=DUE, amount_taken=kept)


# Taking back and correcting


@pytest.mark.parametrize(
    ("answered_at", "ends"),
    [
        (DUE, END),
        (END - MINUTE, END - MINUTE + UNDO_FOR),
        (END + 120 * MINUTE, END + 120 * MINUTE + UNDO_FOR),
        (LAST_LOG - MINUTE, LAST_LOG),
    ],
    ids=["in the window", "at its end", "late", "at the very end"],
)
def test_an_answer_can_be_taken_back_for_half_an_hour_and_while_the_window_is_open(
    answered_at: datetime, ends: datetime
) -> None:
    taken = dose(S.TAKEN, answered_at=answered_at, taken_at=answered_at)

    assert undo_ends_at(taken) == ends
    assert answer(taken, Undo(), ends) == Transition(S.DUE)
    assert answer(taken, Undo(), ends + MINUTE) == Refused(Refusal.UNDO_OVER)


def test_a_correction_replaces_the_whole_answer_and_an_answer_in_time_stays_in_time() -> None:
    taken = dose(S.TAKEN, answered_at=DUE, taken_at=DUE, amount_taken=HALF)

    outcome = answer(taken, Correct(Skipped("other", "fell on the floor")), END + 90 * MINUTE)

    assert outcome == Transition(S.SKIPPED, reason="other", remark="fell on the floor")


def test_a_corrected_late_answer_stays_late() -> None:
    skipped = dose(S.SKIPPED, answered_at=END + MINUTE, is_late=True)

    outcome = answer(skipped, Correct(Taken(DUE + MINUTE)), END + 90 * MINUTE)

    assert outcome == Transition(S.TAKEN, taken_at=DUE + MINUTE, is_late=True)


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (dose(S.TAKEN, answered_at=DUE, taken_at=DUE), Taken(DUE)),
        (dose(S.TAKEN, answered_at=DUE, taken_at=DUE), Taken()),
        (dose(S.TAKEN, answered_at=DUE, taken_at=DUE, amount_taken=HALF), Taken(DUE, HALF)),
        (dose(S.SKIPPED, answered_at=DUE, reason="unwell", remark="cold"), Skipped("unwell", "cold")),
    ],
    ids=["same time", "no time", "same amount", "same reason"],
)
def test_a_correction_to_what_stands_changes_nothing(stands: DoseView, said: Taken | Skipped) -> None:
    outcome = answer(stands, Correct(said), END + 90 * MINUTE)

    assert isinstance(outcome, Transition)
    assert (outcome.state, outcome.changes) == (stands.state, False)


def test_only_the_time_can_be_corrected() -> None:
    taken = dose(S.TAKEN, answered_at=DUE + 40 * MINUTE, taken_at=DUE + 40 * MINUTE)

    outcome = answer(taken, Correct(Taken(DUE + 10 * MINUTE)), END)

    assert outcome == Transition(S.TAKEN, taken_at=DUE + 10 * MINUTE)


moments = st.integers(-200, 3200).map(lambda minutes: DUE + minutes * MINUTE)
answers = st.one_of(st.builds(Taken, st.none() | moments, st.sampled_from([None, HALF])), st.builds(Skipped))
events: st.SearchStrategy[Event] = st.one_of(
    st.just(Due()),
    answers,
    st.builds(Correct, answers),
    st.builds(Snooze, st.integers(1, 90).map(lambda minutes: minutes * MINUTE)),
    st.builds(WindowPassed, st.booleans()),
    st.just(Cancel()),
    st.just(Undo()),
)
spans = st.none() | st.integers(30, 2000).map(lambda minutes: minutes * MINUTE)


@given(
    st.lists(st.tuples(moments, events), max_size=12).map(lambda steps: sorted(steps, key=lambda step: step[0])),
    spans,
    spans,
)
def test_no_course_of_events_leaves_the_window_or_rewrites_an_answer(
    steps: list[tuple[datetime, Event]], since: timedelta | None, until_next: timedelta | None
) -> None:
    seen = dose(
        S.PLANNED,
        amount=Decimal(1),
        previous_due_at=since and DUE - since,
        next_due_at=until_next and DUE + until_next,
    )

    for now, event in steps:
        outcome = answer(seen, event, now)
        if isinstance(outcome, Transition) and outcome.changes:
            assert_legal(seen, event, outcome, now)
            seen = after(seen, outcome, now)
        repeated = answer(seen, event, now)
        if isinstance(event, Taken | Skipped | Snooze | Correct) and isinstance(outcome, Transition):
            assert isinstance(repeated, Transition)
            assert not repeated.changes


def assert_legal(seen: DoseView, event: Event, outcome: Transition, now: datetime) -> None:
    """A change that no rule forbids."""
    if outcome.snoozed_until is not None:
        assert now < outcome.snoozed_until <= last_call_at(seen) < END
    if outcome.taken_at is not None:
        assert earliest_intake(seen) <= outcome.taken_at <= now
        assert seen.next_due_at is None or outcome.taken_at < seen.next_due_at
    if seen.state in ANSWERED:
        assert isinstance(event, Undo | Correct)
    if outcome.state in OPEN:
        assert now <= END or isinstance(event, Undo)
    if outcome.state in ANSWERED:
        assert DUE <= now <= LAST_LOG


def after(seen: DoseView, outcome: Transition, now: datetime) -> DoseView:
    """The dose as it is kept."""
    return replace(
        seen,
        state=outcome.state,
        snoozed_until=outcome.snoozed_until,
        answered_at=now if outcome.state in ANSWERED else None,
        is_late=outcome.is_late,
        taken_at=outcome.taken_at,
        amount_taken=outcome.amount_taken,
        reason=outcome.reason,
        remark=outcome.remark,
    )
