"""When a device that is heard is read: as it wakes, and not again and again while it stays awake."""

from dataclasses import dataclass, field

WOKE_AFTER_S = 30.0
"""A device that was silent for so long, and is heard again, has woken."""
STAYS_AWAKE_S = 15 * 60.0
"""One that never falls silent is read so often."""
AGAIN_AFTER_FAILURE_S = 60.0


@dataclass
class _Rest:
    heard_at: float
    read_at: float | None = None
    went_well: bool = False
    woke: bool = True


@dataclass
class Rests:
    """Of each device by its address. Instants are uptimes in seconds: setting the clock changes nothing."""

    _rests: dict[str, _Rest] = field(default_factory=dict)

    def hear(self, address: str, uptime: float) -> bool:
        """Notes that it was heard; tells whether it is time to read it."""
        rest = self._rests.setdefault(address, _Rest(uptime))
        rest.woke |= uptime - rest.heard_at >= WOKE_AFTER_S
        rest.heard_at = uptime
        if rest.read_at is None or (rest.woke and rest.went_well):
            return True
        return uptime - rest.read_at >= (STAYS_AWAKE_S if rest.went_well else AGAIN_AFTER_FAILURE_S)

    def note_read(self, address: str, uptime: float, *, went_well: bool) -> None:
        """It was read to the end, or as far as it went."""
        self._rests[address] = _Rest(uptime, uptime, went_well, woke=False)
