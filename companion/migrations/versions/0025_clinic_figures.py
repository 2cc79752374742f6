"""The clinic's figures, what became of checking the audit, and ways to look things up in it."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

LOOKED_UP = (
    ("audit_entry", ["actor", "id"]),
    ("audit_entry", ["action", "id"]),
    ("audit_entry", ["at"]),
    ("read_log", ["who", "id"]),
    ("read_log", ["at"]),
)


def upgrade() -> None:
    op.create_table(
        "clinic_figure",
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("of", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("until_on", "name", name=op.f("pk_clinic_figure")),
    )
    op.create_table(
        "audit_checkup",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checked_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_entry", _row_id(), nullable=False),
        sa.Column("entries", _row_id(), nullable=False),
        sa.Column("without_key", _row_id(), nullable=False),
        sa.Column("reads", _row_id(), nullable=False),
        sa.Column("anchors", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("first_wrong", _row_id(), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_checkup")),
    )
    for table, columns in LOOKED_UP:
        op.create_index(_name(table, columns), table, columns, unique=False)


def downgrade() -> None:
    for table, columns in LOOKED_UP:
        op.drop_index(_name(table, columns), table_name=table)
    op.drop_table("audit_checkup")
    op.drop_table("clinic_figure")


def _name(table: str, columns: list[str]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
