"""Learning that happens on pages of other parts earns points here, unless the clinic switched them off."""

from sqlalchemy.orm import Session

from companion.programme.points.ledger import earn
from companion.programme.points.rules import Event
from companion.programme.points.shipped import load_rules
from companion.web.context import now, outside, subject


def guide_was_read(db: Session, guide_id: str) -> int:
    """Points for reading that guide, the first time; later versions of it earn none."""
    settings = outside().settings
    if not settings.points:
        return 0
    return earn(db, load_rules(settings.points_rules), subject().id, Event.GUIDE_READ, guide_id, now())
