"""Keys of data at rest, and where sealed values stand beside the plain ones of before."""

import sqlalchemy as sa
from alembic import op

from companion import db
from companion.errors import BadInput

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SEALED = ("quarantined", "refused_batch", "inbound", "code_app")


def upgrade() -> None:
    """Nothing is sealed here, where no key is at hand: the jobs process, and `companion keys seal`, do that."""
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("master", sa.String(length=120), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_data_key_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
        sa.UniqueConstraint("person_id", name=op.f("uq_data_key_person_id")),
    )
    op.create_index(op.f("ix_data_key_master"), "data_key", ["master"], unique=False)
    for table in SEALED:
        op.add_column(table, sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Refused while there is a key: without it nobody opens what it sealed, files of patients among it, and it is not
    written back as plain text."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM data_key WHERE wrapped IS NOT NULL")):
        raise BadInput(
            "what is sealed could not be read any more by the older version",
            where="downgrade to 0027",
            advice="restore the backup from before the upgrade instead",
        )
    for table in SEALED:
        op.drop_column(table, "sealed")
    op.drop_index(op.f("ix_data_key_master"), table_name="data_key")
    op.drop_table("data_key")


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
