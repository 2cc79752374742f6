"""How much every table has to be guarded: one level a table, by the most delicate thing in it. Pure.

What each level asks for stands in docs/security/levels.md; tests/retention/test_levels.py holds that no table is
forgotten, and that what was promised for a level is so.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from companion.retention.plan import (
    KEPT,
    OF_AUDIT,
    OF_BOARDS,
    OF_DEVICES,
    OF_DOCTORS,
    OF_PEOPLE,
    OF_POINTS,
    OF_PROGRAMME,
    OF_RUNNING,
    OF_TREATMENT,
    OF_WORK,
    SWEPT,
)


class Level(StrEnum):
    """The most delicate first."""

    SECRET = "secret"  # noqa: S105 — what lets somebody in, or opens what is sealed
    HEALTH = "health"  # of somebody's body, treatment, or what they said about it
    PERSONAL = "personal"  # who somebody is, and who did what
    HOUSE = "house"  # about no patient: rules, texts, prices, the service's own state


_BY_KIND = {
    OF_TREATMENT: Level.HEALTH,
    OF_DEVICES: Level.HEALTH,
    OF_PROGRAMME: Level.HEALTH,
    OF_BOARDS: Level.HEALTH,
    OF_POINTS: Level.HEALTH,
    OF_WORK: Level.HEALTH,
    OF_PEOPLE: Level.PERSONAL,
    OF_AUDIT: Level.PERSONAL,
    OF_DOCTORS: Level.HOUSE,
    OF_RUNNING: Level.HOUSE,
}
"""By why a table is kept (`retention.plan`). What is swept is mostly of how somebody came in."""


def _all(tables: Iterable[str], level: Level) -> dict[str, Level]:
    return dict.fromkeys(tables, level)


LEVELS: Mapping[str, Level] = {
    **_all((each.table for each in SWEPT), Level.SECRET),
    **{table: _BY_KIND[kept] for table, kept in KEPT.items()},
    **_all(("delivery", "conversation_line", "guide_read"), Level.HEALTH),
    **_all(("passkey", "code_app", "calendar_feed", "data_key", "hub", "account_link"), Level.SECRET),
    **_all(("record_client", "integration", "pharmacy"), Level.SECRET),
    **_all(("audit_anchor", "audit_checkup", "backup_made"), Level.HOUSE),
    **_all(("tip_review", "survey_round", "experiment"), Level.HOUSE),
}
"""The level of every table."""
