"""How rules do in use, and protocols that run in the shadow."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_suspension()
    _add_trial()
    _add_run()


def _add_suspension() -> None:
    op.create_table(
        "rule_suspension",
        _id(),
        sa.Column("protocol", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("last_review_id", _row_id(), nullable=False),
        sa.Column("suspended_at", db.UtcDateTime(), nullable=False),
        sa.Column("lifted_by", _row_id(), nullable=True),
        sa.Column("lifter_role", sa.String(length=10), nullable=False),
        sa.Column("lifted_at", db.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint("lifter_role = 'clinician'", name=op.f("ck_rule_suspension_by_clinician")),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_rule_suspension_lifted")),
        sa.ForeignKeyConstraint(
            ["last_review_id"], ["review.id"], name=op.f("fk_rule_suspension_last_review_id_review")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by", "lifter_role"], ["person.id", "person.role"], name=op.f("fk_rule_suspension_lifted_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_suspension")),
    )
    standing = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_rule_suspension_standing",
        "rule_suspension",
        ["protocol", "rule"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def _add_trial() -> None:
    op.create_table(
        "shadow_trial",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("protocol", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("started_by", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("started_at", db.UtcDateTime(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stopped_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f("ck_shadow_trial_by_clinician")),
        sa.ForeignKeyConstraint(
            ["started_by", "clinician_role"],
            ["person.id", "person.role"],
            name=op.f("fk_shadow_trial_started_by_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_trial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shadow_trial_public_id")),
    )


def _add_run() -> None:
    op.create_table(
        "shadow_run",
        _id(),
        sa.Column("trial_id", _row_id(), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("regimen_id", _row_id(), nullable=False),
        sa.Column("plan_id", _row_id(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("from_amount", db.DecimalText(), nullable=True),
        sa.Column("to_amount", db.DecimalText(), nullable=True),
        sa.Column("evaluated_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("action IN ('increase', 'decrease', 'none')", name=op.f("ck_shadow_run_action")),
        sa.ForeignKeyConstraint(["trial_id"], ["shadow_trial.id"], name=op.f("fk_shadow_run_trial_id_shadow_trial")),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f("fk_shadow_run_patient_id_person")),
        sa.ForeignKeyConstraint(["regimen_id"], ["regimen.id"], name=op.f("fk_shadow_run_regimen_id_regimen")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_shadow_run_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_run")),
        sa.UniqueConstraint(
            "trial_id", "regimen_id", "local_on", name=op.f("uq_shadow_run_trial_id_regimen_id_local_on")
        ),
    )
    op.create_index(op.f("ix_shadow_run_patient_id"), "shadow_run", ["patient_id"], unique=False)


def downgrade() -> None:
    for table in ("shadow_run", "shadow_trial", "rule_suspension"):
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
