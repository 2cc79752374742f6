"""Room for what people wrote, sealed: a sealed text is longer than what it says."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from companion.errors import BadInput

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

LENGTHS = {
    "amendment": {"words": 280},
    "cds_feedback": {"comment": 400},
    "dose": {"remark": 200},
    "dose_event": {"remark": 200},
    "emergency_access": {"words": 400},
    "erasure_request": {"why_not": 500},
    "plan": {"reason": 400},
    "record_conflict": {"name": 120, "ours": 200, "theirs": 200, "reason": 300},
    "record_item": {"said": 300, "reason": 300},
    "regimen_pause": {"note": 200},
    "regimen_revision": {"reason": 400},
    "review": {"reason": 400},
    "second_opinion": {"reason": 400},
    "task": {"note": 400},
    "uploaded_file": {"filename": 200, "problem": 300},
    "withdrawal": {"reason": 400},
}
"""How long these texts were, before anybody sealed them."""
WITHOUT_A_LENGTH = "delivery", "sent_text"
TRIGGERS = sa.text(
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
)
MARK = "\x1fs1:"
"""What a sealed text begins with."""


def upgrade() -> None:
    """SQLite bounds no text, and is left as it is. Sealed is by the jobs process, which has the keys."""
    if op.get_bind().dialect.name == "postgresql":
        _each_becomes(lambda _length: sa.Text())


def downgrade() -> None:
    """Refused while anything is sealed: the older version would show it as it is kept, and it is not written back in
    the clear."""
    texts = [*((table, column) for table, columns in LENGTHS.items() for column in columns), WITHOUT_A_LENGTH]
    if any(_has_sealed(table, column) for table, column in texts):
        raise BadInput(
            "what is sealed could not be read any more by the older version",
            where="downgrade to 0042",
            advice="restore the backup from before the upgrade instead",
        )
    if op.get_bind().dialect.name == "postgresql":
        _each_becomes(lambda length: sa.String(length=length))


def _each_becomes(kind: Callable[[int], sa.types.TypeEngine[str]]) -> None:
    for table, columns in LENGTHS.items():
        triggers = op.get_bind().execute(TRIGGERS, {"table": table}).all()
        for name, _made_by in triggers:  # PostgreSQL changes no type of a column that a trigger names
            op.execute(f"DROP TRIGGER {name} ON {table}")
        for column, length in columns.items():
            op.alter_column(table, column, type_=kind(length))
        for _name, made_by in triggers:
            op.execute(made_by)


def _has_sealed(table: str, column: str) -> bool:
    said: sa.ColumnClause[str] = sa.column(column)
    query = (
        sa.select(sa.literal(1)).select_from(sa.table(table)).where(sa.func.substr(said, 1, len(MARK)) == MARK).limit(1)
    )
    return op.get_bind().scalar(query) is not None
