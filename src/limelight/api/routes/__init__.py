"""The routes, by subject; v1 and v2 of a thing stand together."""

from limelight.api.routes import account, assets, catalogue, videos

ROUTERS = (videos.router, assets.router, catalogue.router, account.router)
