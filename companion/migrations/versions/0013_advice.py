"""Protocols signed by name, and plans for blood pressure and two injections."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SIGNATURES = ("protocol_signature", "signature_withdrawal")
OF_GLUCOSE = ("target_low", "target_high", "max_daily")
"""What every plan had until now, and one for blood pressure has not."""
AMOUNT = "VARCHAR(40)"


def upgrade() -> None:
    _add_signatures()
    for table in SIGNATURES:
        _protect(table)
    for column in OF_GLUCOSE:
        _let_be_empty(column)
    op.add_column("plan", sa.Column("target_systolic", db.DecimalText(), nullable=True))
    op.add_column("plan", sa.Column("target_diastolic", db.DecimalText(), nullable=True))
    op.add_column("plan", sa.Column("measures_since_on", sa.Date(), nullable=True))
    _point("plan", "second_regimen_id", "regimen")
    _add_steps()
    _point("suggestion", "signature_id", "protocol_signature")


def _add_signatures() -> None:
    op.create_table(
        "protocol_signature",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("protocol", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.Column("signed_by", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("signed_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_protocol_signature_by_clinician")),
        sa.ForeignKeyConstraint(
            ["signed_by", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_protocol_signature_signed_by_clinician_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_signature")),
        sa.UniqueConstraint("public_id", name=op.f("uq_protocol_signature_public_id")),
    )
    op.create_index("ix_protocol_signature_text", "protocol_signature", ["protocol", "text_hash"], unique=False)
    op.create_table(
        "signature_withdrawal",
        _id(),
        sa.Column("signature_id", _row_id(), nullable=False),
        sa.Column("withdrawn_by", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_signature_withdrawal_by_clinician")),
        sa.ForeignKeyConstraint(
            ["signature_id"],
            ["protocol_signature.id"],
            name=op.f("fk_signature_withdrawal_signature_id_protocol_signature"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_signature_withdrawal_withdrawn_by_clinician_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_withdrawal")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_signature_withdrawal_signature_id")),
    )


def _add_steps() -> None:
    op.create_table(
        "plan_step",
        sa.Column("plan_id", _row_id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("amount", db.DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_step_plan_id_plan")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_plan_step_regimen_id_regimen")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_plan_step")),
    )
    op.create_index(op.f("ix_plan_step_regimen_id"), "plan_step", ["regimen_id"], unique=False)


def _protect(table: str) -> None:
    """As 0001 protects histories: neither changed nor taken out."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is history'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is history'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
    )


def _let_be_empty(column: str) -> None:
    if _is_sqlite():
        _replace(column, AMOUNT, column)
    else:
        op.alter_column("plan", column, nullable=True)


def _demand(column: str) -> None:
    """Every plan has it again; one for blood pressure, which never had it, is ended and says 0."""
    op.execute(f"UPDATE plan SET stopped_at = signed_at WHERE {column} IS NULL AND stopped_at IS NULL")
    if _is_sqlite():
        _replace(column, f"{AMOUNT} DEFAULT '0' NOT NULL", f"COALESCE({column}, '0')")
    else:
        op.execute(f"UPDATE plan SET {column} = '0' WHERE {column} IS NULL")
        op.alter_column("plan", column, nullable=False)


def _replace(column: str, kind: str, value: str) -> None:
    """The column of another kind, without a new table on SQLite."""
    op.execute(f"ALTER TABLE plan ADD COLUMN {column}_new {kind}")
    op.execute(f"UPDATE plan SET {column}_new = {value}")
    op.drop_column("plan", column)
    op.execute(f"ALTER TABLE plan RENAME COLUMN {column}_new TO {column}")


def _point(table: str, column: str, target: str) -> None:
    """Written out: SQLite takes a foreign key only together with its column, and Alembic does not write it so."""
    kind = "INTEGER" if _is_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    )


def downgrade() -> None:
    op.drop_column("suggestion", "signature_id")
    op.drop_index(op.f("ix_plan_step_regimen_id"), table_name="plan_step")
    op.drop_table("plan_step")
    for column in ("second_regimen_id", "measures_since_on", "target_diastolic", "target_systolic"):
        op.drop_column("plan", column)
    for column in OF_GLUCOSE:
        _demand(column)
    op.drop_table("signature_withdrawal")
    op.drop_index("ix_protocol_signature_text", table_name="protocol_signature")
    op.drop_table("protocol_signature")
    if not _is_sqlite():
        for table in SIGNATURES:
            op.execute(f"DROP FUNCTION {table}_is_history()")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
