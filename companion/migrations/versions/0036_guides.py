"""Guides with their versions, reviews, readers and pictures.

What patients are shown needs the review of somebody named, not its author, of a text that no longer changes.
"""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

GUIDE, VERSION, REVIEW, READ, PICTURE = "guide", "guide_version", "guide_review", "guide_read", "guide_picture"
REVIEWED = (
    "guide_id, number, title_en, title_zh, text_en, text_zh, sources, videos, changed_en, changed_zh, drafted_by, "
    "drafted_at"
)
"""What a review is of."""
ABOUT = "about IN ('drug', 'drug_class', 'condition', 'everybody')"


def upgrade() -> None:
    _add_guide()
    _add_version()
    _add_review()
    _add_read()
    _add_picture()
    _protect(VERSION, f"UPDATE OF {REVIEWED}")
    _protect(REVIEW, "UPDATE")


def _add_guide() -> None:
    op.create_table(
        GUIDE,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=10), nullable=False),
        sa.Column("made_by", _row_id(), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(ABOUT, name=op.f(f"ck_{GUIDE}_about")),
        sa.CheckConstraint("topic IN ('general', 'injection', 'inhaler')", name=op.f(f"ck_{GUIDE}_topic")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f(f"fk_{GUIDE}_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{GUIDE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{GUIDE}_public_id")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{GUIDE}_key")),
    )


def _add_version() -> None:
    titled = "(text_en = '') = (title_en = '') AND (text_zh = '') = (title_zh = '')"
    op.create_table(
        VERSION,
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("guide_id", _row_id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("title_zh", sa.String(length=120), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("sources", sa.String(length=1000), nullable=False),
        sa.Column("videos", sa.JSON(), nullable=False),
        sa.Column("changed_en", sa.String(length=600), nullable=False),
        sa.Column("changed_zh", sa.String(length=600), nullable=False),
        sa.Column("drafted_by", _row_id(), nullable=False),
        sa.Column("drafted_at", db.UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", _row_id(), nullable=True),
        sa.CheckConstraint("sources <> '' AND (text_en <> '' OR text_zh <> '')", name=op.f(f"ck_{VERSION}_sourced")),
        sa.CheckConstraint(titled, name=op.f(f"ck_{VERSION}_titled")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f(f"fk_{VERSION}_guide_id_guide")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f(f"fk_{VERSION}_drafted_by_person")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f(f"fk_{VERSION}_withdrawn_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{VERSION}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{VERSION}_public_id")),
        sa.UniqueConstraint("guide_id", "number", name=op.f(f"uq_{VERSION}_guide_id_number")),
        sa.UniqueConstraint("id", "drafted_by", name=op.f(f"uq_{VERSION}_id_drafted_by")),
    )


def _add_review() -> None:
    op.create_table(
        REVIEW,
        _id(),
        sa.Column("version_id", _row_id(), nullable=False),
        sa.Column("author_id", _row_id(), nullable=False),
        sa.Column("reviewer_id", _row_id(), nullable=False),
        sa.Column("reviewer_role", sa.String(length=10), nullable=False),
        sa.Column("reviewed_at", db.UtcDateTime(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.CheckConstraint("reviewer_role IN ('clinician', 'pharmacist')", name=op.f(f"ck_{REVIEW}_by_professional")),
        sa.CheckConstraint("reviewer_id <> author_id", name=op.f(f"ck_{REVIEW}_by_another")),
        sa.ForeignKeyConstraint(
            ["reviewer_id", "reviewer_role"],
            ["person.id", "person.role"],
            name=op.f(f"fk_{REVIEW}_reviewer_id_reviewer_role_person"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "author_id"],
            ["guide_version.id", "guide_version.drafted_by"],
            name=op.f(f"fk_{REVIEW}_version_id_author_id_guide_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REVIEW}")),
        sa.UniqueConstraint("version_id", name=op.f(f"uq_{REVIEW}_version_id")),
    )


def _add_read() -> None:
    op.create_table(
        READ,
        _id(),
        sa.Column("patient_id", _row_id(), nullable=False),
        sa.Column("version_id", _row_id(), nullable=False),
        sa.Column("read_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["person.id"], name=op.f(f"fk_{READ}_patient_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["guide_version.id"], name=op.f(f"fk_{READ}_version_id_guide_version")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{READ}")),
        sa.UniqueConstraint("patient_id", "version_id", name=op.f(f"uq_{READ}_patient_id_version_id")),
    )


def _add_picture() -> None:
    op.create_table(
        PICTURE,
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("added_by", _row_id(), nullable=False),
        sa.Column("added_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f(f"fk_{PICTURE}_added_by_person")),
        sa.PrimaryKeyConstraint("sha256", name=op.f(f"pk_{PICTURE}")),
    )


def _protect(table: str, change: str) -> None:
    """As 0001 protects histories: neither changed nor taken out."""
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", change)):
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
        f"CREATE TRIGGER {table}_unchanged BEFORE {change} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_history()"
    )


def downgrade() -> None:
    for table in (PICTURE, READ, REVIEW, VERSION, GUIDE):
        op.drop_table(table)
    if not _is_sqlite():
        for table in (VERSION, REVIEW):
            op.execute(f"DROP FUNCTION {table}_is_history()")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
