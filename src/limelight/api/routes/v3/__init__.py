"""The routes of v3, by subject. They are a door to the same rooms as those of v1 and v2."""

from limelight.api.routes.v3 import (
    account,
    agents,
    assets,
    avatars,
    batches,
    removals,
    templates,
    unsupported,
    videos,
    voices,
    webhooks,
)

#: Paths with words in them before those with ids in the same place.
ROUTERS = (
    unsupported.router,
    batches.router,
    videos.router,
    agents.router,
    templates.router,
    avatars.router,
    voices.router,
    assets.router,
    removals.router,
    webhooks.router,
    account.router,
)
