"""Videos and their scenes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "videos",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("caption", sa.Boolean(), nullable=False),
        sa.Column("callback_id", sa.Text()),
        sa.Column("callback_url", sa.Text()),
        sa.Column("folder_id", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("completed_ms", sa.BigInteger()),
        sa.Column("duration_s", sa.Double()),
        sa.Column("video_key", sa.Text()),
        sa.Column("thumbnail_key", sa.Text()),
        sa.Column("failure_stage", sa.String(32)),
        sa.Column("failure_code", sa.String(64)),
        sa.Column("failure_message", sa.Text()),
        sa.Column("failure_scene", sa.Integer()),
    )
    op.create_index("ix_videos_status", "videos", ["status"])
    op.create_index("ix_videos_created_ms", "videos", ["created_ms"])
    op.create_table(
        "scenes",
        sa.Column("video_id", sa.String(32), sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(32)),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("scenes")
    op.drop_table("videos")
