"""Accu-Chek Smart Pix: what Roche's reader for its meters writes.

The unit stands in the meter's element; a value is a number, `LO`, `HI` or `---`.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.xml_export import XmlExport
from companion.readings.reading import Kind, Metric

NAME = "smart_pix"


def detect(export: XmlExport) -> bool:
    """Whether it is an IMPORT by the reader ACSPIX."""
    tags = [element.tag for element in export.head]
    return tags[:1] == ["IMPORT"] and "ACSPIX" in tags


def read(export: XmlExport) -> Iterator[Outcome]:
    """Every blood glucose, below the meter it came from."""
    meter = Element("DEVICE")
    for number, element in export.elements("DEVICE", "BG"):
        if element.tag == "DEVICE":
            meter = element
        else:
            yield _outcome(number, element, meter)


def _outcome(row: int, measured: Element, meter: Element) -> Outcome:
    time = f"{measured.get('Dt', '')} {measured.get('Tm', '')}".strip()
    value = measured.get("Val", "")
    if measured.get("Ctrl"):
        return Skipped(row, "control solution", time)
    if is_empty(value):
        return Skipped(row, "no value", time)
    device = " ".join(filter(None, (meter.get("Name", "").strip(), meter.get("SN", "").strip())))
    unit = glucose_unit_in(meter.get("BGUnit", ""))
    return Found(row, (Record(Metric.GLUCOSE, Kind.METER, time, value, unit, device=device),))
