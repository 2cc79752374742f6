"""Any course of answers, texts, clocks and beats over two doses of one time: what must hold after every step."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from companion.care.due_work import DueWork, WorkKind
from companion.care.tasks import Alert
from companion.db import writing
from companion.messages.models import Message, MessageState, Purpose
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import (
    ANSWERED,
    LATE_LOG,
    MISSED,
    OPEN,
    Correct,
    Event,
    Refused,
    Skipped,
    Snooze,
    Taken,
    Undo,
)
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.telling.sweep import sweep
from tests.world import World

AHEAD = timedelta(hours=72)
minutes = st.integers(-90, 300).map(lambda n: timedelta(minutes=n))
amounts = st.sampled_from([None, Decimal(16), Decimal("0.5")])
skips = st.sampled_from([Skipped(), Skipped("unwell"), Skipped("other", "it fell")])


class LifeOfADose(RuleBasedStateMachine):
    """Anna's two medicines of eight o'clock on Thursday, from eight o'clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="companion-life-"))
        self.world = World(self.folder)
        self.world.prescribe()
        self.world.prescribe(public_id="rg_metformin", drug="Metformin", drug_class="metformin")
        self.world.beat()
        self.world.clock.instant = self.world.local("2026-03-05 08:00")
        self.seen: list[tuple[object, ...]] = []

    def teardown(self) -> None:
        self.world.engine.dispose()
        shutil.rmtree(self.folder)

    # What can happen

    @rule(which=st.integers(0, 1), at=st.none() | minutes, amount=amounts, corrects=st.booleans())
    def take(self, which: int, at: timedelta | None, amount: Decimal | None, *, corrects: bool) -> None:
        dose = self.doses()[which]
        taken = Taken(None if at is None else dose.due_at + at, amount)
        self.answer(dose, Correct(taken) if corrects else taken)

    @rule(which=st.integers(0, 1), skipped=skips, corrects=st.booleans())
    def skip(self, which: int, skipped: Skipped, *, corrects: bool) -> None:
        self.answer(self.doses()[which], Correct(skipped) if corrects else skipped)

    @rule(which=st.integers(0, 1), wait=st.sampled_from([10, 30, 60]))
    def put_off(self, which: int, wait: int) -> None:
        self.answer(self.doses()[which], Snooze(timedelta(minutes=wait)))

    @rule(which=st.integers(0, 1))
    def take_back(self, which: int) -> None:
        self.answer(self.doses()[which], Undo())

    @rule(body=st.sampled_from(["1", "2", "3", "已服", "no"]))
    def write(self, body: str) -> None:
        self.world.text(body)

    @rule(span=st.sampled_from([1, 7, 20, 61, 900]))
    def wait(self, span: int) -> None:
        self.world.clock.advance(minutes=span)

    @rule(sends=st.booleans())
    def beat(self, *, sends: bool) -> None:
        """The clock's turn; and the provider's, unless it cannot be reached."""
        if sends:
            self.world.beat()
        else:
            sweep(self.world.engine, self.world.now, AHEAD)

    def answer(self, dose: Dose, event: Event) -> None:
        with writing(self.world.engine) as session:
            result = answer_dose(session, dose.id, event, actor_id=self.world.anna.id, via="page", now=self.world.now)
        after = self.world.only(Dose, id=dose.id)
        if isinstance(result, Refused):
            assert (after.state, after.answered_at) == (dose.state, dose.answered_at)
        else:
            assert after.state == result.state

    # What holds

    @invariant()
    def history_is_only_added_to(self) -> None:
        told = [(e.id, e.dose_id, e.event, e.at, e.via, e.taken_at, e.note) for e in self.world.all(DoseEvent)]

        assert told[: len(self.seen)] == self.seen
        self.seen = list(told)

    @invariant()
    def the_history_comes_to_what_stands(self) -> None:
        for dose in self.doses():
            events = self.events_of(dose)
            last = events[-1].event if events else "planned"
            assert dose.state == ("due" if last == "undo" else last)

    @invariant()
    def an_answer_is_only_replaced_by_the_patient(self) -> None:
        """Never two finals: what follows an answer is a correction or its taking back, both by a person."""
        for dose in self.doses():
            events = self.events_of(dose)
            for before, after in pairwise(events):
                if before.event in ANSWERED:
                    assert after.actor_id == self.world.anna.id
                    assert after.event in ANSWERED or after.event == "undo"

    @invariant()
    def what_stands_is_possible(self) -> None:
        for dose in self.doses():
            assert (dose.answered_at is not None) is (dose.state in ANSWERED)
            assert (dose.snoozed_until is not None) is (dose.state == "snoozed")
            assert dose.taken_at is None or (dose.state == "taken" and dose.taken_at <= self.world.now)
            assert dose.snoozed_until is None or dose.snoozed_until < dose.window_ends_at
            if dose.answered_at is not None:
                assert dose.due_at <= dose.answered_at <= dose.due_at + LATE_LOG

    @invariant()
    def after_final_answers_no_message_waits(self) -> None:
        doses = self.doses()
        waiting = self.world.all(Message, state=MessageState.OPEN.value)
        if all(dose.state in ANSWERED for dose in doses):
            about_now = [m for m in waiting if m.params.get("due_ms") and m.created_at <= self.world.now]
            assert not [m for m in about_now if m.purpose == Purpose.REMINDER and self.is_of(m, doses)]
            assert not [m for m in about_now if m.purpose == Purpose.MISSED_DOSE and self.is_of(m, doses)]

    @invariant()
    def the_sweep_sees_what_is_open_and_nothing_else(self) -> None:
        looked_at = {work.subject_id for work in self.works()}
        for dose in self.doses():
            assert (dose.id in looked_at) is (dose.state in OPEN)

    @invariant()
    def an_alarm_is_open_only_while_nobody_answered(self) -> None:
        states = {dose.id: dose.state for dose in self.doses()}
        for alert in self.world.all(Alert):
            if alert.dose_id in states:
                assert (alert.state == "closed") is (states[alert.dose_id] in ANSWERED)
                assert alert.state == "closed" or states[alert.dose_id] in MISSED | OPEN

    def doses(self) -> Sequence[Dose]:
        return [dose for dose in self.world.all(Dose) if dose.due_at == self.world.local("2026-03-05 08:00")]

    def events_of(self, dose: Dose) -> list[DoseEvent]:
        return self.world.all(DoseEvent, dose_id=dose.id)

    def works(self) -> list[DueWork]:
        with writing(self.world.engine) as session:
            return session.query(DueWork).filter_by(kind=WorkKind.DOSE.value).all()

    def is_of(self, message: Message, doses: Sequence[Dose]) -> bool:
        return message.unique_key.split(":")[2] == str(int(doses[0].due_at.timestamp() * 1000))


TestLifeOfADose = LifeOfADose.TestCase
TestLifeOfADose.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
