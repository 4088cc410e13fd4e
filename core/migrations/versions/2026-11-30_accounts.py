"""Accounts, separate from users: the user of a Clerk id, its tombstone and its early ban."""

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "accounts"
down_revision = "provisional_titles_2_searches"
branch_labels = None
depends_on = None

UNIQUE = "uq_users_clerk_id"
HASH = {
    "sqlite": "sha256_hex(clerk_id)",
    "postgresql": "encode(sha256(convert_to(clerk_id, 'UTF8')), 'hex')",
}


def upgrade() -> None:
    _lock("users, erased_users")
    op.create_table(
        "accounts",
        sa.Column("clerk_id_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("erased_at_s", sa.BigInteger(), nullable=False),
        sa.Column("banned_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("clerk_id_hash", name="pk_accounts"),
        sqlite_with_rowid=False,
    )
    _copy_users()
    # A user who was erased and came back is in both tables. WHERE: else SQLite reads ON as a join.
    op.execute(
        "INSERT INTO accounts (clerk_id_hash, user_id, erased_at_s, banned_ms)"
        " SELECT clerk_id_hash, NULL, erased_at_s, banned_ms FROM erased_users WHERE true"
        " ON CONFLICT (clerk_id_hash) DO UPDATE"
        " SET erased_at_s = excluded.erased_at_s, banned_ms = excluded.banned_ms"
    )
    op.drop_table("erased_users")
    # On SQLite this copies the table, which is small; foreign keys are off in a migration.
    with op.batch_alter_table("users") as users:
        users.drop_constraint(UNIQUE, type_="unique")


def downgrade() -> None:
    _lock("users, accounts")
    op.create_table(
        "erased_users",
        sa.Column("clerk_id_hash", sa.String(64), nullable=False),
        sa.Column("erased_at_s", sa.BigInteger(), nullable=False),
        sa.Column("banned_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("clerk_id_hash", name="pk_erased_users"),
    )
    op.execute(
        "INSERT INTO erased_users (clerk_id_hash, erased_at_s, banned_ms)"
        " SELECT clerk_id_hash, erased_at_s, banned_ms FROM accounts"
        " WHERE erased_at_s <> 0 OR banned_ms IS NOT NULL"
    )
    op.drop_table("accounts")
    with op.batch_alter_table("users") as users:
        users.create_unique_constraint(UNIQUE, ["clerk_id"])


def _lock(tables: str) -> None:
    """Block inserts and erasures of users until the end; reads continue."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def _copy_users() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    if dialect == "sqlite":  # it has no SHA-256
        driver: Any = connection.connection.driver_connection
        driver.create_function("sha256_hex", 1, _sha256_hex, deterministic=True)
    copied = f"SELECT {HASH[dialect]}, id, 0 FROM users"  # noqa: S608  our own names
    op.execute(f"INSERT INTO accounts (clerk_id_hash, user_id, erased_at_s) {copied}")


def _sha256_hex(clerk_id: str) -> str:
    return hashlib.sha256(clerk_id.encode()).hexdigest()
