"""How packs are counted, and the ledger of what came and what went: append-only."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LEDGER = "supply_entry"
OF_ERASED = (
    "EXISTS (SELECT 1 FROM erasure JOIN person ON person.public_id = erasure.patient "
    "JOIN regimen ON regimen.patient_id = person.id WHERE regimen.id = OLD.regimen_id)"
)
"""Whether the line that goes is a patient's who is erased."""


def upgrade() -> None:
    _add_supply()
    _add_supply_entry()
    _protect_ledger()


def _add_supply() -> None:
    op.create_table(
        "supply",
        _id(),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("piece", sa.String(length=12), nullable=False),
        sa.Column("per_piece", db.DecimalText(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("safety_days", sa.Integer(), nullable=False),
        sa.Column("low_since", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("lead_days BETWEEN 0 AND 90", name=op.f("ck_supply_lead_days")),
        sa.CheckConstraint("safety_days BETWEEN 0 AND 90", name=op.f("ck_supply_safety_days")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_supply_regimen_id_regimen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply")),
        sa.UniqueConstraint("regimen_id", name=op.f("uq_supply_regimen_id")),
    )


def _add_supply_entry() -> None:
    op.create_table(
        LEDGER,
        _id(),
        sa.Column("unique_key", sa.String(length=80), nullable=False),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount", db.DecimalText(), nullable=False),
        sa.Column("difference", db.DecimalText(), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=True),
        sa.Column("pack_size", db.DecimalText(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("by_id", _row_id(), nullable=False),
        sa.Column("noted_at", db.UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'counted', 'wasted', 'lost', 'returned')", name=op.f("ck_supply_entry_kind")
        ),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_supply_entry_regimen_id_regimen")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_supply_entry_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_entry")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_supply_entry_unique_key")),
    )
    op.create_index("ix_supply_entry_regimen_at", LEDGER, ["regimen_id", "at"], unique=False)


def _protect_ledger() -> None:
    """As 0001 protects histories: lines are neither changed nor taken out, but for a patient who is erased."""
    if _is_sqlite():
        for name, act in (("kept", f"DELETE ON {LEDGER} WHEN NOT {OF_ERASED}"), ("unchanged", f"UPDATE ON {LEDGER}")):
            op.execute(
                f"CREATE TRIGGER {LEDGER}_{name} BEFORE {act} BEGIN SELECT RAISE(ABORT, '{LEDGER} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {LEDGER}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'DELETE' AND {OF_ERASED} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{LEDGER} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {LEDGER}_unchanged BEFORE UPDATE OR DELETE ON {LEDGER} "
        f"FOR EACH ROW EXECUTE FUNCTION {LEDGER}_is_history()"
    )


def downgrade() -> None:
    if _is_sqlite():
        for name in ("kept", "unchanged"):
            op.execute(f"DROP TRIGGER {LEDGER}_{name}")
    op.drop_table(LEDGER)
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {LEDGER}_is_history()")
    op.drop_table("supply")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
