"""Points, the coupons they buy, and boards of questions."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TRANSFER, COUPON, DAY = "point_transfer", "coupon", "points_day"
POST, NAME, REPORT = "board_post", "board_name", "board_report"
ACCOUNTS = (
    "(from_account = 'issued' AND to_account = 'patient') "
    "OR (from_account = 'patient' AND to_account IN ('spent', 'expired'))"
)
STATES = "state IN ('waiting', 'released', 'refused', 'withdrawn', 'taken_down')"


def upgrade() -> None:
    _add_ledger()
    _add_coupons()
    _add_posts()
    _add_names()
    _add_reports()


def _add_ledger() -> None:
    op.create_table(
        TRANSFER,
        _id(),
        sa.Column("unique_key", sa.String(length=120), nullable=False),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("from_account", sa.String(length=10), nullable=False),
        sa.Column("to_account", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f(f"ck_{TRANSFER}_points")),
        sa.CheckConstraint(ACCOUNTS, name=op.f(f"ck_{TRANSFER}_accounts")),
        _to_person(TRANSFER, "patient_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TRANSFER}")),
        sa.UniqueConstraint("unique_key", name=op.f(f"uq_{TRANSFER}_unique_key")),
    )
    op.create_index(f"ix_{TRANSFER}_patient_id_at", TRANSFER, ["patient_id", "at"], unique=False)
    op.create_table(
        DAY,
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("on_day", name=op.f(f"pk_{DAY}")),
    )


def _add_coupons() -> None:
    op.create_table(
        COUPON,
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("reward", sa.String(length=30), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("issued_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.Column("used_by", _row_id(), nullable=True),
        sa.Column("use_key", sa.String(length=60), nullable=True),
        sa.CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name=op.f(f"ck_{COUPON}_used")),
        sa.CheckConstraint("expires_at >= issued_at", name=op.f(f"ck_{COUPON}_span")),
        _to_person(COUPON, "patient_id"),
        _to_person(COUPON, "used_by"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{COUPON}")),
        sa.UniqueConstraint("code", name=op.f(f"uq_{COUPON}_code")),
        sa.UniqueConstraint("patient_id", "key", name=op.f(f"uq_{COUPON}_patient_id_key")),
    )


def _add_posts() -> None:
    op.create_table(
        POST,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("board", sa.String(length=20), nullable=False),
        sa.Column("author_id", _row_id(), nullable=False),
        sa.Column("question_id", _row_id(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("sent_at", db.UtcDateTime(), nullable=False),
        sa.Column("decided_at", db.UtcDateTime(), nullable=True),
        sa.Column("decided_by", _row_id(), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.CheckConstraint(STATES, name=op.f(f"ck_{POST}_state")),
        sa.CheckConstraint("state <> 'released' OR decided_by IS NOT NULL", name=op.f(f"ck_{POST}_released_by")),
        _to_person(POST, "author_id"),
        _to_person(POST, "decided_by"),
        sa.ForeignKeyConstraint(["question_id"], [f"{POST}.id"], name=op.f(f"fk_{POST}_question_id_{POST}")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{POST}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{POST}_public_id")),
    )
    op.create_index(op.f(f"ix_{POST}_author_id"), POST, ["author_id"], unique=False)
    op.create_index(op.f(f"ix_{POST}_question_id"), POST, ["question_id"], unique=False)
    op.create_index(f"ix_{POST}_board_state", POST, ["board", "state", "sent_at"], unique=False)


def _add_names() -> None:
    op.create_table(
        NAME,
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("board", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        _to_person(NAME, "patient_id"),
        sa.PrimaryKeyConstraint("patient_id", "board", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("board", "name", name=op.f(f"uq_{NAME}_board_name")),
    )


def _add_reports() -> None:
    op.create_table(
        REPORT,
        _id(),
        sa.Column("post_id", _row_id(), nullable=False),
        sa.Column("reporter_id", _row_id(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("settled_at", db.UtcDateTime(), nullable=True),
        sa.Column("settled_by", _row_id(), nullable=True),
        sa.CheckConstraint("reason IN ('danger', 'advert', 'unkind', 'private')", name=op.f(f"ck_{REPORT}_reason")),
        sa.ForeignKeyConstraint(["post_id"], [f"{POST}.id"], name=op.f(f"fk_{REPORT}_post_id_{POST}")),
        _to_person(REPORT, "reporter_id"),
        _to_person(REPORT, "settled_by"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REPORT}")),
        sa.UniqueConstraint("post_id", "reporter_id", name=op.f(f"uq_{REPORT}_post_id_reporter_id")),
    )
    op.create_index(op.f(f"ix_{REPORT}_reporter_id"), REPORT, ["reporter_id"], unique=False)


def downgrade() -> None:
    for table in (REPORT, NAME, POST, COUPON, DAY, TRANSFER):
        op.drop_table(table)


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
