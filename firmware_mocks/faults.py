"""What goes wrong with a meter, one switch each. A record is counted from 0 in the order of sending."""

from dataclasses import dataclass, field


@dataclass
class Faults:
    """Nothing goes wrong unless it is switched on."""

    link_lost_after: int | None = None
    """The link is lost after so many records."""
    stalls_after: int | None = None
    """The meter falls silent after so many records and keeps the link."""
    malformed: dict[int, bytes] = field(default_factory=dict)
    """What is sent instead of a record."""
    duplicated: set[int] = field(default_factory=set)
    """Records that are sent twice."""
    lost: set[int] = field(default_factory=set)
    """Records that are never sent, though the procedure succeeds."""
    counted: int | None = None
    """The answer to a count, whatever the memory holds."""
    cannot_count: bool = False
    cannot_select: bool = False
    """Only "all records" is understood."""
    context_lost: bool = False
    """Contexts are announced and never sent."""
    garbled_answers: int = 0
    """So many times, nonsense is indicated before the answer."""
    refuses_pairing: bool = False
