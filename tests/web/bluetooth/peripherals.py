"""A meter, a sensor and a cuff as small as the pages need them: they share no code with what reads them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from struct import pack, unpack

from firmware_mocks.encode import BloodPressure, Context, Glucose, Sensor, current_time, date_time, session_start
from tests.web.bluetooth.radio import LINK_LOST, Peripheral, Value

INFORMATION = {"2a29": "read", "2a24": "read", "2a23": "read"}
CONTROL_POINT, MEASUREMENT, CONTEXT, PRESSURE = "2a52", "2a18", "2a34", "2a35"
COUNT, REPORT, FROM_NUMBER = 4, 1, 3
NO_RECORDS = 6


class Meter(Peripheral):
    """Counts and reports all of its records, or those from a number on. `breaks_after`: once, after so many values
    of a report, the link is lost."""

    def __init__(self, records: Iterable[Glucose], shows: datetime, breaks_after: int | None = None) -> None:
        super().__init__(
            "Meter",
            {
                "1808": {
                    MEASUREMENT: "notify read",
                    CONTEXT: "notify read",
                    "2a51": "read",
                    CONTROL_POINT: "write indicate read",
                },
                "1805": {"2a2b": "read"},
                "180a": INFORMATION,
                "180f": {"2a19": "read"},
            },
            {"2a29": b"Maker", "2a24": b"M1\0", "2a19": b"\x50", "2a2b": current_time(shows), "2a51": b"\0\0"},
        )
        self.records, self.breaks_after = list(records), breaks_after
        self.on_write = self._answer

    def _answer(self, request: bytes) -> list[Value]:
        chosen = self._chosen(request)
        if request[0] == COUNT:
            return [(CONTROL_POINT, bytes([5, 0]) + pack("<H", len(chosen)))]
        if request[0] == REPORT:
            return self._report(chosen)
        return [(CONTROL_POINT, bytes([6, 0, request[0], 1]))]

    def _chosen(self, request: bytes) -> list[Glucose]:
        if request[1] != FROM_NUMBER:
            return self.records
        (first,) = unpack("<H", request[3:5])
        return [record for record in self.records if record.sequence >= first]

    def _report(self, chosen: list[Glucose]) -> list[Value]:
        values: list[Value] = []
        for record in chosen:
            values.append((MEASUREMENT, record.encode()))
            if record.context:
                values.append((CONTEXT, record.context.encode(record.sequence)))
        if self.breaks_after is not None:
            values, self.breaks_after = values[: self.breaks_after], None
            return [*values, LINK_LOST]
        return [*values, (CONTROL_POINT, bytes([6, 0, REPORT, 1 if chosen else NO_RECORDS]))]


def values_until(last: datetime, *mg_dl: int) -> list[Glucose]:
    """One record an hour, the last one then; every other one with its meal."""
    first = last - timedelta(hours=len(mg_dl) - 1)
    return [
        Glucose(n, first + timedelta(hours=n), f"{value}e-5", context=Context(meal=1) if n % 2 else None)
        for n, value in enumerate(mg_dl)
    ]


def cuff(shows: datetime) -> Peripheral:
    """It sends by itself: put its values into the radio's row."""
    return Peripheral(
        "Cuff",
        {
            "1810": {PRESSURE: "indicate read", "2a49": "read", "2a08": "read"},
            "180a": INFORMATION,
        },
        {"2a29": b"Maker", "2a24": b"C1", "2a08": date_time(shows), "2a23": bytes.fromhex("debc9afeff563412")},
    )


def pressure(systolic: int, diastolic: int, at: datetime | None) -> Value:
    return PRESSURE, BloodPressure(str(systolic), str(diastolic), "NAN", time=at, pulse="71").encode()


def sensor(started_at: datetime, shows: datetime, *mg_dl: int) -> Peripheral:
    """One value every five minutes since its session started."""
    values = [("2aa7", Sensor(str(value), 5 * n).encode()) for n, value in enumerate(mg_dl, 1)]

    def answer(request: bytes) -> list[Value]:
        if request[0] == COUNT:
            return [(CONTROL_POINT, bytes([5, 0]) + pack("<H", len(values)))]
        return [*values, (CONTROL_POINT, bytes([6, 0, request[0], 1]))]

    return Peripheral(
        "Sensor",
        {
            "181f": {"2aa7": "notify read", "2aa8": "read", "2aaa": "read", CONTROL_POINT: "write indicate read"},
            "1805": {"2a2b": "read"},
        },
        {"2aa8": bytes([0, 0, 0, 0x19, 0xFF, 0xFF]), "2aaa": session_start(started_at), "2a2b": current_time(shows)},
        answer,
    )
