"""What a hub under load says, as docs/api-batch.md has it. For locust, too, which knows nothing of `companion`."""

from datetime import datetime, timedelta

GLUCOSE = "00002A18-0000-1000-8000-00805F9B34FB"
APART = timedelta(minutes=10)
FIRST_AGO = 2_000 * APART
"""Longer than any run needs: no record lies in the future."""


class Meter:
    """A meter at somebody's home; its clock is right, and its records are numbered."""

    def __init__(self, number: int, now: datetime) -> None:
        self._first_at, self._sequence = now - FIRST_AGO, 0
        self.device = {
            "kind": "meter",
            "address": ":".join(f"{byte:02X}" for byte in number.to_bytes(6, "big")),
            "manufacturer": "Maker",
            "model": "M1",
            "serial": str(number),
        }

    def batch(self, count: int, now: datetime) -> dict[str, object]:
        """So many records that nobody has sent yet."""
        return {
            "device": self.device,
            "clock": {"device_time": now.replace(tzinfo=None).isoformat(), "read_at": now.isoformat()},
            "items": [self._item(now) for _ in range(count)],
            "complete": True,
            "sent_at": now.isoformat(),
        }

    def _item(self, now: datetime) -> dict[str, str]:
        """Glucose Measurement: flags (concentration in kg/L, type), sequence, base time, SFLOAT, type and location."""
        self._sequence += 1
        at = self._first_at + self._sequence * APART
        mantissa = 100 + self._sequence % 60
        value = (0b10).to_bytes(1, "little") + (self._sequence % 65_536).to_bytes(2, "little")
        value += at.year.to_bytes(2, "little") + bytes((at.month, at.day, at.hour, at.minute, at.second))
        value += (mantissa | (-5 & 0xF) << 12).to_bytes(2, "little") + bytes((0x11,))
        return {"characteristic": GLUCOSE, "value": value.hex(), "received_at": now.isoformat()}
