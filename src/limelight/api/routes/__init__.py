"""The routes, by subject; v1 and v2 of a thing stand together, v3 has a folder."""

from limelight.api.routes import (
    account,
    agent,
    assets,
    catalog,
    folders,
    pages,
    photos,
    speech,
    templates,
    v3,
    videos,
    webhooks,
    words,
)

ROUTERS = (
    videos.router,
    agent.router,
    templates.router,
    photos.router,
    assets.router,
    catalog.router,
    account.router,
    folders.router,
    pages.router,
    webhooks.router,
    words.router,
    speech.router,
    *v3.ROUTERS,
)
