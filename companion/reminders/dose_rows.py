"""The dose rows of one medicine, brought in line with what it wants now. What a person was told never moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.regimens import Regimen
from companion.clock import tzdata_version
from companion.reminders.dose_state import DoseState
from companion.reminders.models import Dose

MINUTES_OF_A_DAY = 1440
AROUND = timedelta(days=3)
"""How far before the first wanted dose rows are looked at: no wall label is further from its instant than a day."""
UNTOLD = (DoseState.PLANNED.value, DoseState.CANCELLED.value)

PAUSED, HELD, CHANGED = "paused", "too_close", "changed"
"""Why a planned dose was cancelled, as its note says."""


@dataclass(frozen=True)
class Wanted:
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


class DoseRows:
    """The rows that planning may touch or has to mind: those due from `since` on, some before, and all followers
    that nobody was told of."""

    def __init__(self, session: Session, regimen: Regimen, since: datetime) -> None:
        self.session = session
        self.regimen = regimen
        query = select(Dose).where(
            Dose.regimen_id == regimen.id,
            or_(Dose.due_at >= since - AROUND, Dose.after_dose_id.is_not(None) & Dose.state.in_(UNTOLD)),
        )
        rows = session.scalars(query.order_by(Dose.due_at, Dose.slot)).all()
        self.told = [row for row in rows if row.state not in UNTOLD]
        self._untold = [row for row in rows if row.state in UNTOLD]
        self._used = {(row.local_on, row.slot) for row in rows}
        self._written: list[Dose] = []

    def is_told(self, wanted_at: datetime, local: datetime, gap: timedelta) -> bool:
        """Whether somebody was told of this very dose: the same label, or the same instant, however it was called."""
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

    def bring_in_line(self, wanted: Wanted) -> None:
        """Puts what is wanted into the row of its name that nobody was told of, or into a new one; see `write`."""
        row = self._take(wanted)
        if row is None:
            row = self._new(wanted)
        elif _is_in_line(row, wanted):
            return
        elif row.local_on != wanted.local.date() or _minute(row) != _minute_of(wanted.local):
            self._rename(row, wanted)
        row.revision_id = wanted.revision_id
        row.due_at = wanted.due_at
        row.window_ends_at = wanted.window_ends_at
        row.amount = wanted.amount
        row.tzdata = tzdata_version()
        row.state = (DoseState.CANCELLED if wanted.is_paused else DoseState.PLANNED).value
        row.note = PAUSED if wanted.is_paused else None
        self._written.append(row)

    def write(self) -> None:
        """Writes what was brought in line, and when each dose is looked at first: all of it in a few statements."""
        new = {row for row in self._written if row in self.session.new}
        self.session.flush()
        planned = [row for row in self._written if row.state == DoseState.PLANNED]
        first_looks = [(row.id, row.local_on, row.due_at) for row in planned if row in new]
        due_work.add_many(self.session, WorkKind.DOSE, first_looks)
        for row in self._written:
            if row.state == DoseState.CANCELLED:
                due_work.finish(self.session, WorkKind.DOSE, row.id)
            elif row not in new:
                due_work.put_off(self.session, WorkKind.DOSE, row.id, row.due_at, due_on=row.local_on)

    def cancel_the_rest(self, since: datetime, held: Iterable[datetime] = ()) -> None:
        """Cancels the doses still planned that nothing wants any more. `held`: the labels of those asked about."""
        labels = set(held)
        for row in self._untold:
            if row.state == DoseState.PLANNED and (row.due_at >= since or row.after_dose_id is not None):
                row.state = DoseState.CANCELLED.value
                row.note = HELD if label_of(row) in labels else CHANGED
                due_work.finish(self.session, WorkKind.DOSE, row.id)

    def _take(self, wanted: Wanted) -> Dose | None:
        """The row of the same name, or that follows the same dose; it is not taken twice."""
        for row in self._untold:
            same_name = row.after_dose_id is None and label_of(row) == wanted.local
            if same_name if wanted.after_dose_id is None else row.after_dose_id == wanted.after_dose_id:
                self._untold.remove(row)
                return row
        return None

    def _new(self, wanted: Wanted) -> Dose:
        row = Dose(
            patient_id=self.regimen.patient_id,
            regimen_id=self.regimen.id,
            after_dose_id=wanted.after_dose_id,
            local_on=wanted.local.date(),
            local_time=f"{wanted.local:%H:%M}",
            slot=self._free_slot(wanted),
        )
        self.session.add(row)
        return row

    def _rename(self, row: Dose, wanted: Wanted) -> None:
        """Its work belongs to its day: it is made anew for another one."""
        due_work.finish(self.session, WorkKind.DOSE, row.id)
        row.slot = self._free_slot(wanted)
        row.local_on = wanted.local.date()
        row.local_time = f"{wanted.local:%H:%M}"

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


def _minute_of(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _minute(row: Dose) -> int:
    return row.slot % MINUTES_OF_A_DAY


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
