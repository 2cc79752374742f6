"""Every state of a dose, everything that can happen to it, at every moment that matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.dose_state import (
    ANSWERED,
    OPEN,
    Cancel,
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
    answer,
    window_ends_at,
)

DUE = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
END = DUE + timedelta(minutes=60)
MINUTE = timedelta(minutes=1)
LAST_LOG = DUE + timedelta(hours=48)
S = DoseState


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
        (S.DUE, Snooze(END), DUE, S.SNOOZED),
        (S.DUE, Cancel(), DUE, S.CANCELLED),
        (S.SNOOZED, Taken(), END, S.TAKEN),
        (S.SNOOZED, Skipped(), END, S.SKIPPED),
        (S.SNOOZED, Snooze(END), DUE + MINUTE, S.SNOOZED),
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
        # corrected
        (S.TAKEN, Undo(), END, S.DUE),
        (S.SKIPPED, Undo(), END, S.DUE),
        (S.TAKEN, Undo(), END + MINUTE, S.MISSED),
        (S.TAKEN, Undo(), LAST_LOG, S.MISSED),
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
        (S.PLANNED, Snooze(END), DUE - MINUTE, Refusal.NOT_DUE_YET),
        (S.PLANNED, WindowPassed(reached=True), END, Refusal.WINDOW_OPEN),
        (S.DUE, Snooze(END + MINUTE), DUE, Refusal.SNOOZE_PASSES_WINDOW),
        (S.DUE, Snooze(DUE), DUE, Refusal.SNOOZE_NOT_AHEAD),
        (S.DUE, Snooze(END + 2 * MINUTE), END + MINUTE, Refusal.WINDOW_OVER),
        (S.DUE, WindowPassed(reached=True), END, Refusal.WINDOW_OPEN),
        (S.DUE, Taken(DUE + MINUTE), DUE, Refusal.TAKEN_IN_THE_FUTURE),
        (S.DUE, Taken(DUE - timedelta(hours=13)), DUE, Refusal.TAKEN_TOO_EARLY),
        (S.DUE, Taken(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.DUE, Undo(), DUE, Refusal.NOTHING_TO_UNDO),
        (S.MISSED, Due(), END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, Snooze(LAST_LOG), END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, Taken(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.MISSED, Skipped(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
        (S.MISSED, Cancel(), END + MINUTE, Refusal.WINDOW_OVER),
        (S.MISSED, Undo(), END + MINUTE, Refusal.NOTHING_TO_UNDO),
        (S.TAKEN, Due(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Skipped(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Snooze(END), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, WindowPassed(reached=True), END + MINUTE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Cancel(), DUE, Refusal.ALREADY_ANSWERED),
        (S.TAKEN, Undo(), LAST_LOG + MINUTE, Refusal.TOO_LATE_TO_LOG),
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


def test_the_same_snooze_twice_is_one() -> None:
    until = DUE + 15 * MINUTE

    outcome = answer(dose(S.SNOOZED, snoozed_until=until), Snooze(until), DUE + MINUTE)

    assert outcome == Transition(S.SNOOZED, snoozed_until=until, changes=False)


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


def test_undoing_a_late_answer_of_a_patient_nobody_reached_claims_no_miss() -> None:
    outcome = answer(dose(S.TAKEN, was_reached=False), Undo(), END + MINUTE)

    assert outcome == Transition(S.MISSED_UNREACHED)


moments = st.integers(-200, 3200).map(lambda minutes: DUE + minutes * MINUTE)
events = st.one_of(
    st.just(Due()),
    st.builds(Taken, st.none() | moments),
    st.builds(Skipped),
    st.builds(Snooze, moments),
    st.builds(WindowPassed, st.booleans()),
    st.just(Cancel()),
    st.just(Undo()),
)


@given(st.lists(st.tuples(moments, events), max_size=12).map(lambda steps: sorted(steps, key=lambda step: step[0])))
def test_no_course_of_events_leaves_the_window_or_rewrites_an_answer(steps: list[tuple[datetime, Event]]) -> None:
    seen = dose(S.PLANNED)

    for now, event in steps:
        outcome = answer(seen, event, now)
        if isinstance(outcome, Transition):
            assert outcome.changes is (outcome.state is not seen.state or outcome.snoozed_until != seen.snoozed_until)
            assert outcome.snoozed_until is None or outcome.snoozed_until <= END
            assert outcome.taken_at is None or outcome.taken_at <= now
            if seen.state in ANSWERED and outcome.changes:
                assert isinstance(event, Undo)
            if outcome.state in OPEN and outcome.changes:
                assert now <= END
            seen = replace(seen, state=outcome.state, snoozed_until=outcome.snoozed_until)
        assert answer(seen, event, now) == answer(seen, event, now)
