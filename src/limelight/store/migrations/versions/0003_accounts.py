"""Accounts, and what belongs to them: keys, folders, templates, photos, webhooks, requests sent twice.

What was there before belongs to the owner of the server.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OWNER = "0" * 32


def _owned() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
    )


def upgrade() -> None:
    accounts = op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("left_s", sa.Integer()),
        sa.Column("used_s", sa.Integer(), nullable=False),
        sa.Column("concurrency", sa.Integer()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    videos = sa.table("videos", sa.column("duration_s", sa.Double), sa.column("status"), sa.column("test"))
    finished = sa.select(videos.c.duration_s).where(videos.c.status == "completed", videos.c.test.is_(sa.false()))
    used = sum(-int(-(seconds or 0) // 1) for seconds in op.get_bind().scalars(finished))
    owner = {"id": _OWNER, "name": "owner", "email": "", "plan": "enterprise", "used_s": used}
    op.bulk_insert(accounts, [{**owner, "created_ms": time.time_ns() // 1_000_000}])
    op.create_table(
        "api_keys",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("start", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("error_style", sa.String(16)),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger()),
    )
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id"])
    with op.batch_alter_table("videos") as table:
        table.add_column(sa.Column("account_id", sa.String(32), nullable=False, server_default=_OWNER))
        table.add_column(sa.Column("base_url", sa.Text()))
        table.add_column(sa.Column("reserved_s", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("share_token", sa.String(32)))
        table.add_column(sa.Column("admitted_ms", sa.BigInteger()))
    op.create_index("ix_videos_account_id", "videos", ["account_id", "created_ms"])
    op.create_index("ix_videos_share_token", "videos", ["share_token"], unique=True)
    op.execute("UPDATE videos SET admitted_ms = created_ms")
    with op.batch_alter_table("assets") as table:
        table.add_column(sa.Column("account_id", sa.String(32), nullable=False, server_default=_OWNER))
        table.add_column(sa.Column("folder_id", sa.Text()))
    op.create_index("ix_assets_account_id", "assets", ["account_id"])
    op.create_table(
        "folders",
        *_owned(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(32)),
        sa.Column("project_type", sa.String(32), nullable=False),
        sa.Column("is_trash", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_folders_account_id", "folders", ["account_id", "created_ms"])
    op.create_table(
        "templates",
        *_owned(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_templates_account_id", "templates", ["account_id", "created_ms"])
    op.create_table(
        "photos",
        *_owned(),
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.String(32), nullable=False),
        sa.Column("trained_ms", sa.BigInteger()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_photos_account_id", "photos", ["account_id", "created_ms"])
    op.create_table(
        "webhook_endpoints",
        *_owned(),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON()),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_webhook_endpoints_account_id", "webhook_endpoints", ["account_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("event_type", sa.String(64), nullable=False),
        sa.Column("video_id", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_ms", sa.BigInteger()),
    )
    op.create_index("ix_webhook_deliveries_next_ms", "webhook_deliveries", ["next_ms"])
    op.create_index("ix_webhook_deliveries_account_id", "webhook_deliveries", ["account_id", "created_ms"])
    op.create_table(
        "webhook_attempts",
        sa.Column(
            "delivery_id", sa.String(32), sa.ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_idempotency_keys_created_ms", "idempotency_keys", ["created_ms"])


def downgrade() -> None:
    for name in ("idempotency_keys", "webhook_attempts", "webhook_deliveries", "webhook_endpoints", "photos"):
        op.drop_table(name)
    op.drop_table("templates")
    op.drop_table("folders")
    op.drop_index("ix_assets_account_id", "assets")
    with op.batch_alter_table("assets") as table:
        table.drop_column("folder_id")
        table.drop_column("account_id")
    op.drop_index("ix_videos_share_token", "videos")
    op.drop_index("ix_videos_account_id", "videos")
    with op.batch_alter_table("videos") as table:
        for name in ("admitted_ms", "share_token", "reserved_s", "base_url", "account_id"):
            table.drop_column(name)
    op.drop_table("api_keys")
    op.drop_table("accounts")
