"""Who at the clinic knows about what; by whose signature the desk's first questions are asked; quizzes that are signed
with their guide; to whom news of a guide was sent; and what a patient's family wrote."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SPECIALTY, SUBJECT, SIGNATURE, NEWS, LINE = (
    "staff_specialty",
    "desk_subject",
    "triage_signature",
    "guide_news",
    "conversation_line",
)
KNOWN = "specialty IN ('medicines', 'diabetes', 'heart', 'lungs', 'devices')"
SAID_BY = "'patient', 'pharmacist', 'service'"
NEEDS = {"medicines": "medicines", "injecting": "diabetes", "inhaling": "lungs", "devices": "devices"}
"""What pharmacists called theirs before, and what it is called now; whoever answered anything else answers all."""


def upgrade() -> None:
    op.create_table(
        SPECIALTY,
        sa.Column("person_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("specialty", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role IN ('clinician', 'pharmacist')", name=op.f(f"ck_{SPECIALTY}_professional")),
        sa.CheckConstraint(KNOWN, name=op.f(f"ck_{SPECIALTY}_specialty")),
        _to_role(SPECIALTY, "person_id", "role"),
        sa.PrimaryKeyConstraint("person_id", "specialty", name=op.f(f"pk_{SPECIALTY}")),
    )
    for subject, specialty in NEEDS.items():
        op.execute(
            f"INSERT INTO {SPECIALTY} (person_id, role, specialty) SELECT person.id, person.role, '{specialty}' "
            f"FROM {SUBJECT} JOIN person ON person.id = {SUBJECT}.person_id WHERE {SUBJECT}.subject = '{subject}' "
            "AND person.role IN ('clinician', 'pharmacist')"
        )
    op.drop_table(SUBJECT)
    _add_signature()
    _add_news()
    op.add_column("guide_review", sa.Column("quiz_digest", sa.String(length=64), nullable=True))
    _let_say(f"{SAID_BY}, 'family'")


def _add_signature() -> None:
    op.create_table(
        SIGNATURE,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_by", _row_id(), nullable=False),
        sa.Column("clinician_role", sa.String(length=10), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("signed_at", db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(), nullable=True),
        sa.Column("ended_by", _row_id(), nullable=True),
        sa.CheckConstraint("clinician_role = 'clinician'", name=op.f(f"ck_{SIGNATURE}_by_clinician")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f(f"ck_{SIGNATURE}_ended")),
        _to_role(SIGNATURE, "signed_by", "clinician_role"),
        _to_person(SIGNATURE, "ended_by"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SIGNATURE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{SIGNATURE}_public_id")),
    )
    op.create_index(op.f(f"ix_{SIGNATURE}_digest"), SIGNATURE, ["digest"], unique=False)


def _add_news() -> None:
    op.create_table(
        NEWS,
        sa.Column("patient_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("version_id", _row_id(), autoincrement=False, nullable=False),
        sa.Column("sent_at", db.UtcDateTime(), nullable=False),
        _to_person(NEWS, "patient_id"),
        sa.ForeignKeyConstraint(["version_id"], ["guide_version.id"], name=op.f(f"fk_{NEWS}_version_id_guide_version")),
        sa.PrimaryKeyConstraint("patient_id", "version_id", name=op.f(f"pk_{NEWS}")),
    )


def downgrade() -> None:
    # Their words stay, and whose they are stands beside them.
    op.execute(f"UPDATE {LINE} SET said_by = 'patient' WHERE said_by = 'family'")
    _let_say(SAID_BY)
    op.drop_column("guide_review", "quiz_digest")
    op.drop_table(NEWS)
    op.drop_table(SIGNATURE)
    op.create_table(
        SUBJECT,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        _to_person(SUBJECT, "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SUBJECT}")),
        sa.UniqueConstraint("person_id", "subject", name=op.f(f"uq_{SUBJECT}_person_id_subject")),
    )
    for subject, specialty in NEEDS.items():
        op.execute(
            f"INSERT INTO {SUBJECT} (person_id, subject) SELECT person_id, '{subject}' "
            f"FROM {SPECIALTY} WHERE specialty = '{specialty}' AND role = 'pharmacist'"
        )
    op.drop_table(SPECIALTY)


def _let_say(who: str) -> None:
    name = op.f(f"ck_{LINE}_said_by")
    with op.batch_alter_table(LINE) as lines:
        lines.drop_constraint(name, type_="check")
        lines.create_check_constraint(name, f"said_by IN ({who})")


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def _to_role(table: str, column: str, role: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, role], ["person.id", "person.role"], name=op.f(f"fk_{table}_{column}_person")
    )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
