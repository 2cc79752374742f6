"""A FHIR R4 DiagnosticReport with its Observations: contained in it, or beside it in a Bundle. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.errors import BadInput
from companion.imported.labs import HOLDS, ON_REPORTS, observation
from companion.imported.report_told import Left, ReportTold, ValueTold, report_of
from companion.imported.resources import entries_of, subject_of, words_of
from companion.imported.told import FactTold, Refused

REPORT_HOLDS = HOLDS | {"appended"}
"""Statuses of a report that somebody stands for."""
Json = Mapping[str, Any]


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


def read_report(content: bytes, today: date, zone: str, birth_on: date | None) -> ReportTold:
    """Raises BadInput for what holds no report, one that nobody stands for, and one about several people or about
    somebody born on another day."""
    resources = [entry.resource for entry in entries_of(content, "report")]
    reports = _of_type(resources, "DiagnosticReport")
    if not reports:
        raise BadInput(_("holds no report"), where="resourceType", advice=_("send a DiagnosticReport, as FHIR R4"))
    for report in reports:
        if text_of(report.get("status")) not in REPORT_HOLDS:
            raise BadInput(_("is no finished report"), where="status", advice=_("send it when it is final"))
    contained = [mapping_in(each) for report in reports for each in list_in(report, "contained")]
    observations = _of_type([*resources, *contained], "Observation")
    _check_person([*reports, *observations], _of_type([*resources, *contained], "Patient"), birth_on)
    day = next(filter(None, (text_of(report.get("effectiveDateTime")) for report in reports)), "")
    return report_of(words_of(reports[0].get("code")), _told(observations, day, today, zone))


def _of_type(resources: Sequence[Json], kind: str) -> list[Json]:
    return [each for each in resources if text_of(each.get("resourceType")) == kind]


def _check_person(told: Sequence[Json], people: Sequence[Json], birth_on: date | None) -> None:
    if len({subject_of(each) for each in told} - {""}) > 1 or len(people) > 1:
        raise BadInput(_("is about several people"), where="subject", advice=_("send each report by itself"))
    born = text_of(people[0].get("birthDate")) if people else ""
    if born and birth_on and born != birth_on.isoformat():
        raise BadInput(_("is about somebody who was born on another day"), where="Patient.birthDate")


def _told(observations: Sequence[Json], day: str, today: date, zone: str) -> Iterator[ValueTold | Left]:
    """An Observation without a time of its own is of the report's."""
    for each in observations:
        dated = {"effectiveDateTime": day, **each} if day and not each.get("effectiveInstant") else each
        found = observation(dated, today, zone, ON_REPORTS)
        said = f"{words_of(each.get('code'))} {_quantity(each)}".strip()
        if isinstance(found, FactTold):
            yield ValueTold(found.kind, found.value, _quantity(each), found.measured_on)
        elif isinstance(found, Refused):
            yield Left(said, found.reason)
        else:
            yield Left(said, "a reading: send it as a file of readings")


def _quantity(resource: Json) -> str:
    """The value as it stands there, with its unit."""
    quantity = mapping_in(resource, "valueQuantity")
    unit = text_of(quantity.get("unit")) or text_of(quantity.get("code"))
    return f"{text_of(quantity.get('comparator'))}{text_of(quantity.get('value'))} {unit}".strip()
