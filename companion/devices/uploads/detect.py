"""Which format a file is, by its content alone. To add one, write its module and put it here.

A format that knows its file by more marks comes before one that knows it by fewer.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from companion.devices.uploads import (
    accu_chek,
    accu_chek_360,
    apple_health,
    bp_monitor_fl,
    carelink,
    contour,
    dexcom_clarity,
    diasend,
    fhir_r4,
    garmin_mydatahelps,
    generic_bp,
    glooko,
    glucometerutils,
    librelinkup,
    libreview,
    medisana,
    medtronic_ipro,
    mylife,
    mysugr,
    nightscout_json,
    nightscout_table,
    omblepy,
    omron_connect,
    onetouch_reveal,
    open_mhealth,
    plain_csv,
    samsung_health,
    sibionics,
    sinocare_ican,
    smart_pix,
    tandem,
    tidepool,
    withings,
    xdrip,
    yourloops,
)
from companion.devices.uploads.export import Export
from companion.devices.uploads.format import Format, Outcome
from companion.devices.uploads.json_export import JsonExport
from companion.devices.uploads.parts import AnyExport, Part, parts_of
from companion.devices.uploads.source import Source
from companion.devices.uploads.xml_export import XmlExport

FORMATS: tuple[Format[Export], ...] = (
    carelink,
    medtronic_ipro,
    dexcom_clarity,
    glooko,
    libreview,
    tandem,
    nightscout_table,
    yourloops,
    mylife,
    xdrip,
    mysugr,
    contour,
    onetouch_reveal,
    accu_chek,
    accu_chek_360,
    sinocare_ican,
    sibionics,
    samsung_health,
    garmin_mydatahelps,
    bp_monitor_fl,
    omblepy,
    omron_connect,
    withings,
    medisana,
    generic_bp,
    glucometerutils,
    diasend,
    plain_csv,
)
JSON_FORMATS: tuple[Format[JsonExport], ...] = (librelinkup, fhir_r4, tidepool, nightscout_json, open_mhealth)
XML_FORMATS: tuple[Format[XmlExport], ...] = (apple_health, smart_pix)


class Known(NamedTuple):
    """A part whose format is known. `name` is the member of an archive that it is, or ""."""

    name: str
    format: Format[Any]
    export: AnyExport

    def outcomes(self) -> Iterator[Outcome]:
        """Every data row once, in the order of the file."""
        return self.format.read(self.export)


class Detected(NamedTuple):
    """The parts that somebody knows, and the names of those that nobody knows."""

    known: tuple[Known, ...]
    unknown: tuple[str, ...]


def detect(source: Source, more: Sequence[Format[Export]] = ()) -> Detected:
    """Every part of the file. `more` are tables that a person explained."""
    parts = [(part.name, _known(part, more)) for part in parts_of(source)]
    known = tuple(found for _, found in parts if found)
    return Detected(known, tuple(name for name, found in parts if name and not found))


def _known(part: Part, more: Sequence[Format[Export]]) -> Known | None:
    for known in _formats_of(part, more):
        for look in part.looks:
            if known.detect(look):
                return Known(part.name, known, look)
    return None


def _formats_of(part: Part, more: Sequence[Format[Export]]) -> tuple[Format[Any], ...]:
    """The formats for this shape of content."""
    if not part.looks:
        return ()
    if isinstance(part.looks[0], JsonExport):
        return JSON_FORMATS
    return XML_FORMATS if isinstance(part.looks[0], XmlExport) else (*FORMATS, *more)
