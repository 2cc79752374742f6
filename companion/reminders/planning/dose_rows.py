"""The dose rows of one medicine, brought in line with what it wants now. What a person was told never moves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from companion.care.regimens import Regimen
from companion.clock import tzdata_version
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.expressions import Among, Ids

MINUTES_OF_A_DAY = 1440
AROUND = timedelta(days=3)
"""How far before the first wanted dose rows are looked at: no wall label is further from its instant than a day."""
UNTOLD = (DoseState.PLANNED.value, DoseState.CANCELLED.value)

PAUSED, HELD, CHANGED = "paused", "too_close", "changed"
"""Why a planned dose was cancelled, as its note says."""


class Wanted(NamedTuple):
    """One dose as its medicine wants it now. `local` is the naive label on the patient's wall.

    `is_second`: the label comes twice that night and this is the second time. `after_dose_id`: the dose it follows.
    """

    revision_id: int
    local: datetime
    due_at: datetime
    window_ends_at: datetime
    amount: Decimal
    is_second: bool = False
    is_paused: bool = False
    after_dose_id: int | None = None


class NewDose(NamedTuple):
    """A row to come; the names are the columns."""

    patient_id: int
    regimen_id: int
    revision_id: int
    local_on: date
    local_time: str
    slot: int
    due_at: datetime
    window_ends_at: datetime
    amount: Decimal
    state: str
    note: str | None
    tzdata: str
    after_dose_id: int | None
    reminders: int = 0


def load_rows(session: Session, since: Mapping[int, datetime], *, hold: bool = False) -> dict[int, list[Dose]]:
    """The rows of medicines that planning from those instants on may touch or has to mind: those due then, some
    before, and all followers that nobody was told of.

    `hold`: nobody else changes them until the end of the transaction, and no sweep takes one up.
    """
    query = select(Dose).where(
        Among(Dose.regimen_id, literal(list(since), Ids())),
        or_(
            Dose.due_at >= min(since.values()) - AROUND,
            Dose.after_dose_id.is_not(None) & Dose.state.in_(UNTOLD),
        ),
    )
    if hold:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    rows: defaultdict[int, list[Dose]] = defaultdict(list)
    for row in session.scalars(query.order_by(Dose.patient_id, Dose.due_at, Dose.id)):
        if row.due_at >= since[row.regimen_id] - AROUND or row.after_dose_id is not None:
            rows[row.regimen_id].append(row)
    return rows


class DoseRows:
    """The rows of one medicine, what nobody was told of brought in line; `dose_writes` writes what became of it."""

    def __init__(self, regimen: Regimen, rows: Sequence[Dose]) -> None:
        self.regimen = regimen
        self._patient_id, self._regimen_id = regimen.patient_id, regimen.id
        self.told = [row for row in rows if row.state not in UNTOLD]
        self.new: list[NewDose] = []
        self.kept: list[Dose] = []
        self.changed: list[Dose] = []
        self.moved: list[Dose] = []
        """Changed, and of another day than before."""
        self._untold = [row for row in rows if row.state in UNTOLD]
        self._used = {(row.local_on, row.slot) for row in rows}

    def is_told(self, wanted_at: datetime, local: datetime, gap: timedelta) -> bool:
        """Whether somebody was told of this very dose: the same label, or the same instant, however it was called."""
        if not self.told:
            return False
        name = (local.date(), _minute_of(local))
        return any(
            row.due_at == wanted_at or ((row.local_on, _minute(row)) == name and abs(row.due_at - wanted_at) < gap)
            for row in self.told
        )

    def planned_after(self, dose_id: int | None) -> Dose | None:
        """The planned dose that follows that one (None: that follows none)."""
        planned = (row for row in self._untold if row.state == DoseState.PLANNED)
        return next((row for row in planned if row.after_dose_id == dose_id), None)

    def planned_from(self, since: datetime) -> list[Dose]:
        """What is planned from then on."""
        return [row for row in self._untold if row.state == DoseState.PLANNED and row.due_at >= since]

    def window_ends(self) -> list[datetime]:
        """Of every dose that is not cancelled, also those to come."""
        stand = [
            row for row in (*self.told, *self._untold, *self.kept, *self.changed) if row.state != DoseState.CANCELLED
        ]
        return [row.window_ends_at for row in stand] + [row.window_ends_at for row in self.new]

    def bring_in_line(self, wanted: Wanted) -> None:
        """Puts what is wanted into the row of its name that nobody was told of, or into a new one."""
        row = self._take(wanted)
        if row is None:
            self.new.append(self._new(wanted))
            return
        if _is_in_line(row, wanted):
            self.kept.append(row)
            return
        if row.local_on != wanted.local.date() or _minute(row) != _minute_of(wanted.local):
            self._rename(row, wanted)
        row.revision_id = wanted.revision_id
        row.due_at = wanted.due_at
        row.window_ends_at = wanted.window_ends_at
        row.amount = wanted.amount
        row.tzdata = tzdata_version()
        row.state, row.note = _state_and_note(wanted)
        self.changed.append(row)

    def cancel_the_rest(self, since: datetime, held: Iterable[datetime] = ()) -> None:
        """Cancels the doses still planned that nothing wants any more. `held`: the labels of those asked about."""
        labels = set(held)
        for row in self._untold:
            if row.state == DoseState.PLANNED and (row.due_at >= since or row.after_dose_id is not None):
                row.state = DoseState.CANCELLED.value
                row.note = HELD if label_of(row) in labels else CHANGED
                self.changed.append(row)

    def _take(self, wanted: Wanted) -> Dose | None:
        """The row of the same name, or that follows the same dose; it is not taken twice."""
        for row in self._untold:
            same_name = row.after_dose_id is None and label_of(row) == wanted.local
            if same_name if wanted.after_dose_id is None else row.after_dose_id == wanted.after_dose_id:
                self._untold.remove(row)
                return row
        return None

    def _new(self, wanted: Wanted) -> NewDose:
        state, note = _state_and_note(wanted)
        return NewDose(
            patient_id=self._patient_id,
            regimen_id=self._regimen_id,
            revision_id=wanted.revision_id,
            local_on=wanted.local.date(),
            local_time=_time_of(wanted.local),
            slot=self._free_slot(wanted),
            due_at=wanted.due_at,
            window_ends_at=wanted.window_ends_at,
            amount=wanted.amount,
            state=state,
            note=note,
            tzdata=tzdata_version(),
            after_dose_id=wanted.after_dose_id,
        )

    def _rename(self, row: Dose, wanted: Wanted) -> None:
        if row.local_on != wanted.local.date():
            self.moved.append(row)
        row.slot = self._free_slot(wanted)
        row.local_on = wanted.local.date()
        row.local_time = _time_of(wanted.local)

    def _free_slot(self, wanted: Wanted) -> int:
        """The minute of the local day. Where that minute comes again (the clocks go back, a journey west) a day on."""
        day, slot = wanted.local.date(), _minute_of(wanted.local) + MINUTES_OF_A_DAY * wanted.is_second
        while (day, slot) in self._used:
            slot += MINUTES_OF_A_DAY
        self._used.add((day, slot))
        return slot


def label_of(row: Dose) -> datetime:
    """The naive wall label by which the dose was planned."""
    return _label(row.local_on, row.local_time)


def _label(day: date, local_time: str) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{local_time}")


def _time_of(local: datetime) -> str:
    return local.time().isoformat("minutes")


def _minute_of(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _minute(row: Dose) -> int:
    return row.slot % MINUTES_OF_A_DAY


def _state_and_note(wanted: Wanted) -> tuple[str, str | None]:
    return (DoseState.CANCELLED.value, PAUSED) if wanted.is_paused else (DoseState.PLANNED.value, None)


def _is_in_line(row: Dose, wanted: Wanted) -> bool:
    state = DoseState.CANCELLED if wanted.is_paused else DoseState.PLANNED
    return (row.state, row.revision_id, row.due_at, row.window_ends_at, row.amount, row.tzdata, label_of(row)) == (
        state,
        wanted.revision_id,
        wanted.due_at,
        wanted.window_ends_at,
        wanted.amount,
        tzdata_version(),
        wanted.local,
    ) and (not wanted.is_paused or row.note == PAUSED)
