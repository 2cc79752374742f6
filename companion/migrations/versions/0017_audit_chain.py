"""The audit under a key, its anchors, and the log of what was read.

Entries from before have no key; the first act after this seals them. SQLite lets INSERT OR REPLACE take a row out
without asking a trigger of DELETE: one of INSERT refuses it.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ENTRIES, ANCHORS, READS = "audit_entry", "audit_anchor", "read_log"
TAKEN = {
    ENTRIES: "id = NEW.id OR previous_hash = NEW.previous_hash",
    ANCHORS: "id = NEW.id OR day = NEW.day",
    READS: "id = NEW.id",
}
"""Which row of a table a new one would take the place of."""
HASHED = "action = 'reads.hashed'"


def upgrade() -> None:
    op.add_column(ENTRIES, sa.Column("key_id", sa.String(length=16), nullable=True))
    op.create_index(
        "ix_audit_entry_reads_hashed",
        ENTRIES,
        ["id"],
        unique=False,
        sqlite_where=sa.text(HASHED),
        postgresql_where=sa.text(HASHED),
    )
    op.create_table(
        ANCHORS,
        _id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("entry", _row_id(), nullable=False),
        sa.Column("entries", _row_id(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchor")),
        sa.UniqueConstraint("day", name=op.f("uq_audit_anchor_day")),
    )
    op.create_table(
        READS,
        _id(),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(length=20), nullable=False),
        sa.Column("patient", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("route", sa.String(length=60), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_read_log_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_log")),
    )
    op.create_index(op.f("ix_read_log_patient_at"), READS, ["patient", "at"], unique=False)
    if _is_sqlite():
        _protect_on_sqlite()
    else:
        _protect_on_postgresql()


def _protect_on_sqlite() -> None:
    for table in (ANCHORS, READS):
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
    for table, taken in TAKEN.items():
        op.execute(
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
        )


def _protect_on_postgresql() -> None:
    for table in (ANCHORS, READS):
        op.execute(
            f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is history'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
        )
    for table in TAKEN:
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_history()"
        )


def downgrade() -> None:
    """Entries that were made under a key stay; the version before cannot tell whether they hold."""
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {ENTRIES}_not_replaced")
    else:
        op.execute(f"DROP TRIGGER {ENTRIES}_not_emptied ON {ENTRIES}")
    for table in (READS, ANCHORS):
        op.drop_table(table)
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {table}_is_history()")
    op.drop_index("ix_audit_entry_reads_hashed", table_name=ENTRIES)
    op.drop_column(ENTRIES, "key_id")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
