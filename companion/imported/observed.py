"""The readings among the resources, read by the importer of uploads: code against unit, UCUM, the patient's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import simplejson

from companion.care.records import Outcome
from companion.devices.uploads import UploadedReading, read_export
from companion.imported.resources import Entry
from companion.imported.sorting import Verdict

UNREAD = "it holds no value of a moment"


@dataclass(frozen=True)
class Observed:
    """What was read, and by entry's number why nothing was."""

    file_format: str = ""
    rows: Sequence[UploadedReading] = ()
    refused: Mapping[int, str] = field(default_factory=dict)

    def after_reading(self, verdict: Verdict) -> Verdict:
        """A reading that could not be read is refused, with the importer's reason."""
        reason = self.refused.get(verdict.entry.number) if verdict.is_reading else None
        return replace(verdict, outcome=Outcome.REFUSED, reason=reason, is_reading=False) if reason else verdict


def observe(entries: Sequence[Entry], zone: ZoneInfo) -> Observed:
    """Reads them all at once, as a Bundle of their own: a row's number is a place in it."""
    if not entries:
        return Observed()
    bundle = {"resourceType": "Bundle", "entry": [{"resource": _alone(entry)} for entry in entries]}
    report = read_export(simplejson.dumps(bundle, use_decimal=True).encode(), zone=zone, unit=None, dates=None)
    rows = tuple(report.rows)
    read, reasons = {row.row for row in rows}, {bad.row: bad.reason for bad in report.rejected}
    unread = {
        entry.number: reasons.get(place, UNREAD) for place, entry in enumerate(entries, start=1) if place not in read
    }
    return Observed(report.format or "", rows, unread)


def _alone(entry: Entry) -> dict[str, object]:
    """Under the name that tells it from another record system's, and without whom it is about: that is settled."""
    resource = {name: value for name, value in entry.resource.items() if name not in ("subject", "contained")}
    return resource | {"id": entry.identity}
