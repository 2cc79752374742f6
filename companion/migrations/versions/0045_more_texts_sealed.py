"""Room for the rest of what people said, sealed: what a page shows of a file, what a conflict would take over, labels,
names of passkeys, reasons beside packs, and whom a patient asked the clinic to let see."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from companion.errors import BadInput

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

LENGTHS = {"contact_point": ("label", 60), "passkey": ("name", 60), "supply_entry": ("reason", 200)}
"""How long these texts were, before anybody sealed them."""
TOLD = {"uploaded_file": "preview", "record_conflict": "told"}
"""JSON before, and text of it now."""
WORDS = "task", "words"
TASK = sa.table("task", sa.column("id"), sa.column("kind"), sa.column("details", sa.JSON), sa.column("words", sa.Text))
ASKED = TASK.c.kind == "sharing_asked"
MARK = "\x1fs1:"
"""What a sealed text begins with."""


def upgrade() -> None:
    """Nothing is sealed here, where no key is at hand: the jobs process, and `companion keys seal`, do that."""
    _each_becomes(lambda _length: sa.Text())
    for table, column in TOLD.items():
        _retype(table, column, sa.JSON(), sa.Text())
    op.add_column("task", sa.Column("words", sa.Text(), nullable=True))
    for task_id, details, _ in _asked():
        kept = {name: value for name, value in details.items() if name != "who"}
        _change(task_id, details=kept, words=details.get("who"))


def downgrade() -> None:
    """Refused while anything is sealed: the older version would show it as it is kept, and it is not written back in
    the clear."""
    texts = [(table, column) for table, (column, _) in LENGTHS.items()]
    if any(_has_sealed(table, column) for table, column in [*texts, *TOLD.items(), WORDS]):
        raise BadInput(
            "what is sealed could not be read any more by the older version",
            where="downgrade to 0044",
            advice="restore the backup from before the upgrade instead",
        )
    for task_id, details, words in _asked():
        _change(task_id, details=details | {"who": words or ""}, words=None)
    op.drop_column(*WORDS)
    for table, column in TOLD.items():
        op.execute(f"UPDATE {table} SET {column} = '{{}}' WHERE {column} = ''")
        _retype(table, column, sa.Text(), sa.JSON())
    _each_becomes(lambda length: sa.String(length=length))


def _each_becomes(kind: Callable[[int], sa.types.TypeEngine[str]]) -> None:
    """SQLite bounds no text, and is left as it is."""
    if op.get_bind().dialect.name == "postgresql":
        for table, (column, length) in LENGTHS.items():
            op.alter_column(table, column, type_=kind(length))


def _retype(table: str, column: str, before: sa.types.TypeEngine[Any], after: sa.types.TypeEngine[Any]) -> None:
    to = "JSON" if isinstance(after, sa.JSON) else "TEXT"
    with op.batch_alter_table(table) as rows:
        rows.alter_column(
            column,
            existing_type=before,
            type_=after,
            existing_nullable=False,
            postgresql_using=f"CAST({column} AS {to})",
        )


def _asked() -> Iterator[tuple[int, dict[str, Any], str | None]]:
    """Tasks of patients who want somebody else to see."""
    found = op.get_bind().execute(sa.select(TASK.c.id, TASK.c.details, TASK.c.words).where(ASKED)).all()
    yield from ((task_id, details, words) for task_id, details, words in found)


def _change(task_id: int, **values: Any) -> None:
    op.get_bind().execute(sa.update(TASK).where(TASK.c.id == task_id).values(values))


def _has_sealed(table: str, column: str) -> bool:
    said: sa.ColumnClause[str] = sa.column(column)
    query = (
        sa.select(sa.literal(1)).select_from(sa.table(table)).where(sa.func.substr(said, 1, len(MARK)) == MARK).limit(1)
    )
    return op.get_bind().scalar(query) is not None
