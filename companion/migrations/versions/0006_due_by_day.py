"""Due work by day: partitioned on PostgreSQL, without a surrogate key on both; who sweeps where only one may."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NO_DAY = "0001-01-01"
COLUMNS = "kind, subject_id, next_check_at, lease_until, generation"


def upgrade() -> None:
    _put_the_old_aside()
    if op.get_bind().dialect.name == "sqlite":
        op.create_table("due_work", *_columns(), sqlite_with_rowid=False)
    else:
        op.create_table("due_work", *_columns(), postgresql_partition_by="RANGE (due_on)")
        op.execute("CREATE TABLE due_work_other PARTITION OF due_work DEFAULT")
    op.create_index("ix_due_work_next", "due_work", ["kind", "next_check_at", "subject_id"], unique=False)
    op.execute(
        f"INSERT INTO due_work (due_on, {COLUMNS}) "
        f"SELECT coalesce(dose.local_on, '{NO_DAY}'), {COLUMNS} FROM due_work_old "
        "LEFT JOIN dose ON kind = 'dose' AND dose.id = subject_id"
    )
    op.drop_table("due_work_old")
    op.create_table(
        "sweeper",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("lease_until", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeper")),
    )


def _columns() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        *_work(),
        sa.PrimaryKeyConstraint("kind", "subject_id", "due_on", name=op.f("pk_due_work")),
    ]


def _work() -> list[sa.Column[object]]:
    return [
        sa.Column("next_check_at", db.UtcDateTime(), nullable=False),
        sa.Column("lease_until", db.UtcDateTime(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
    ]


def _put_the_old_aside() -> None:
    """Under another name, and without the names that its successor bears."""
    op.drop_index("ix_due_work_next", table_name="due_work")
    op.rename_table("due_work", "due_work_old")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE due_work_old DROP CONSTRAINT pk_due_work")


def downgrade() -> None:
    op.drop_table("sweeper")
    _put_the_old_aside()
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "due_work",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", number, nullable=False),
        *_work(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_work")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_due_work_kind_subject_id")),
    )
    op.create_index("ix_due_work_next", "due_work", ["kind", "next_check_at", "id"], unique=False)
    op.execute(f"INSERT INTO due_work ({COLUMNS}) SELECT {COLUMNS} FROM due_work_old")
    op.drop_table("due_work_old")
