"""What is asked of the audit's pages: filters from the address, the page's place, and the note that somebody looked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request

from companion.care.audit_lookup import Wanted
from companion.care.read_log import note_reads
from companion.web.access import Action
from companion.web.context import actor, now, outside
from companion.web.row_numbers import row_number

LISTED = 50
NOBODY = "-"
"""Stands in the log of reads for a look at entries that are about no patient."""


FIRST_YEAR, LAST_YEAR = 2000, 2200
"""There is no entry of any other; nearer to the ends of the calendar no day has a midnight in every zone."""


@dataclass(frozen=True)
class Asked:
    """The filters as they were typed; `since_on` and `until_on` are days of the reader's zone, both included."""

    who: str
    patient: str
    kind: str
    since_on: date | None
    until_on: date | None
    hashes: bool

    def wanted(self, zone: ZoneInfo) -> Wanted:
        """What they mean for the tables."""
        after = self.until_on and self.until_on + timedelta(days=1)
        return Wanted(
            self.who, self.patient, self.kind, _midnight(self.since_on, zone), _midnight(after, zone), self.hashes
        )

    def as_query(self) -> dict[str, Any]:
        """What an address says of them."""
        said = {"who": self.who, "patient": self.patient, "kind": self.kind}
        days = {"from": self.since_on, "to": self.until_on}
        return {name: value for name, value in (said | days).items() if value} | ({"hashes": 1} if self.hashes else {})


def what_is_asked() -> Asked:
    said = request.args
    return Asked(
        said.get("who", "").strip(),
        said.get("patient", "").strip(),
        said.get("kind", "").strip(),
        _day("from"),
        _day("to"),
        bool(said.get("hashes")),
    )


def asked_plainly() -> dict[str, str]:
    return {name: str(value) for name, value in what_is_asked().as_query().items()}


def _day(name: str) -> date | None:
    typed = request.args.get(name, "")
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        abort(400)
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        abort(400)
    return day


def readers_zone() -> ZoneInfo:
    return ZoneInfo(actor().zone)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def page_begins_before() -> int | None:
    return request.args.get("before", type=row_number)


def older_than(found: Sequence[Any]) -> int | None:
    """Before which number the next page begins; None: there is none."""
    return found[LISTED - 1].id if len(found) > LISTED else None


def note_look(patients: Iterable[str | None]) -> None:
    """Durable before the page is there, as every look at health data."""
    about = sorted({patient for patient in patients if patient}) or [NOBODY]
    route = f"{request.method} {request.endpoint}"[:60]
    kind = Action.SEE_AUDIT.value
    note_reads(outside().engine, who=actor().public_id, patients=about, kind=kind, route=route, now=now())
