"""What accounts want words to be called."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "words",
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("case_sensitive", sa.Boolean(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("say", sa.Text()),
        sa.Column("ipa", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("words")
