"""Who has something on record now, asked of the database: for what concerns many patients at once."""

from collections.abc import Collection

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from companion.care.facts import Fact, FactKind


def whoever_has(kind: FactKind, values: Collection[str], name: str = "") -> Select[int]:
    """The numbers of the patients of whom the newest such fact (by day, then by entry, as `facts_of` goes) says one of
    those values."""
    newer = aliased(Fact)
    same = (newer.patient_id == Fact.patient_id) & (newer.kind == Fact.kind) & (newer.name == Fact.name)
    of_that_day = and_(newer.measured_on == Fact.measured_on, newer.id > Fact.id)
    is_over = select(newer.id).where(same, or_(newer.measured_on > Fact.measured_on, of_that_day)).exists()
    about = Fact.kind == kind.value, Fact.name == name, Fact.value.in_(sorted(values))
    return select(Fact.patient_id).where(*about, ~is_over)
