"""Passkeys, codes of an app, recovery codes, and sign-ins that wait for their second half."""

import sqlalchemy as sa
from alembic import op

from companion import db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SESSION = "web_session"
OPENED_BY = "opened_by IN ('password', 'link')"
OPENED_BY_NOW = "opened_by IN ('password', 'link', 'passkey')"
CEREMONIES = "ceremony IN ('register', 'sign_in', 'confirm')"
NEW = ("half_open", "recovery_code", "code_app", "passkey_challenge", "passkey")


def upgrade() -> None:
    _add_passkey()
    _add_passkey_challenge()
    _add_code_app()
    _add_recovery_code()
    _add_half_open()
    _change_sessions()


def _add_passkey() -> None:
    op.create_table(
        "passkey",
        _id(),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        _of_person("passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
    )
    _index("passkey", "person_id")


def _add_passkey_challenge() -> None:
    op.create_table(
        "passkey_challenge",
        _id(),
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("ceremony", sa.String(length=10), nullable=False),
        sa.Column("person_id", _row_id(), nullable=True),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(CEREMONIES, name=op.f("ck_passkey_challenge_ceremony")),
        _of_person("passkey_challenge"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
        sa.UniqueConstraint("challenge_hash", name=op.f("uq_passkey_challenge_challenge_hash")),
    )
    _index("passkey_challenge", "person_id")
    _index("passkey_challenge", "expires_at")


def _add_code_app() -> None:
    op.create_table(
        "code_app",
        _id(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", db.UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        _of_person("code_app"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_app")),
        sa.UniqueConstraint("person_id", name=op.f("uq_code_app_person_id")),
    )


def _add_recovery_code() -> None:
    op.create_table(
        "recovery_code",
        _id(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        _of_person("recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    _index("recovery_code", "person_id")


def _add_half_open() -> None:
    op.create_table(
        "half_open",
        _id(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("opened_by", sa.String(length=10), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(OPENED_BY, name=op.f("ck_half_open_opened_by")),
        _of_person("half_open"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_open")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_half_open_token_hash")),
    )
    _index("half_open", "person_id")
    _index("half_open", "expires_at")


def _change_sessions() -> None:
    """SQLite makes the table anew; it has no triggers that would be lost."""
    with op.batch_alter_table(SESSION) as session:
        session.drop_constraint(op.f("ck_web_session_opened_by"), type_="check")
        session.create_check_constraint(op.f("ck_web_session_opened_by"), OPENED_BY_NOW)
        session.add_column(sa.Column("needs_factor", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Who came in by a passkey has to come in again: the older service knows of no such sessions."""
    op.execute(f"DELETE FROM {SESSION} WHERE opened_by = 'passkey'")
    with op.batch_alter_table(SESSION) as session:
        session.drop_column("needs_factor")
        session.drop_constraint(op.f("ck_web_session_opened_by"), type_="check")
        session.create_check_constraint(op.f("ck_web_session_opened_by"), OPENED_BY)
    for table in NEW:
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), nullable=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
