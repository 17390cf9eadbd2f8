"""Batches, and what a video was made of besides scenes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("videos", sa.Column("prompt", sa.Text()))
    op.add_column("videos", sa.Column("batch_id", sa.String(32)))
    op.create_index("ix_videos_batch_id", "videos", ["batch_id"])
    op.create_table(
        "batches",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("callback_url", sa.Text()),
        sa.Column("base_url", sa.Text()),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("told_ms", sa.BigInteger()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_batches_account_id", "batches", ["account_id"])


def downgrade() -> None:
    op.drop_table("batches")
    op.drop_index("ix_videos_batch_id", "videos")
    op.drop_column("videos", "batch_id")
    op.drop_column("videos", "prompt")
