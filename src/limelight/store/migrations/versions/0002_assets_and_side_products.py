"""Uploads, and what is published beside a film."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_type", sa.String(16), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_assets_created_ms", "assets", ["created_ms"])
    with op.batch_alter_table("videos") as videos:
        videos.add_column(sa.Column("gif_key", sa.Text()))
        videos.add_column(sa.Column("captioned_key", sa.Text()))
        videos.add_column(sa.Column("subtitle_keys", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("videos") as videos:
        for name in ("subtitle_keys", "captioned_key", "gif_key"):
            videos.drop_column(name)
    op.drop_table("assets")
