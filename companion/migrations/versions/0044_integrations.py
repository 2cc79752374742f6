"""Programs that come by a token of one scope."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = "integration"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("reach", sa.String(length=12), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("person_role", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(reach = 'checkups' AND person_role = 'clinician') "
            "OR (reach IN ('pharmacies', 'programme') AND person_role = 'admin')",
            name=op.f(f"ck_{TABLE}_reach"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "person_role"],
            ["person.id", "person.role"],
            name=op.f(f"fk_{TABLE}_person_id_person_role_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{TABLE}_token_hash")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
