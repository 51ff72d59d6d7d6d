"""The web application, made from settings."""

from __future__ import annotations

from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from crowd import api, db, logs, web
from crowd.api import limits
from crowd.api.bodies import IdempotentFlask
from crowd.api.json import FastJson
from crowd.servers import addresses


def create_app(settings: Settings) -> IdempotentFlask:
    """Build the application; connects to nothing until the first request."""
    logs.configure(settings.log_level)
    database_url, redis_url = addresses(settings)
    db.connect(database_url, pool_size=settings.web_threads, options=db.BY_INDEX)
    app = IdempotentFlask("crowd", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_IMPORT_BYTES=settings.max_import_bytes,
        REDIS_URL=redis_url,
        PUBLIC_URL=settings.public_url,
        KEYS_KEPT_S=settings.keys_kept_s,
        MTURK_ORIGINS=settings.mturk_origins,
        WEBHOOKS_ALLOW_PRIVATE=settings.webhooks_allow_private,
    )
    app.json = FastJson(app)
    limits.register(app, settings, redis_url)
    if settings.proxies:
        # only as many of the addresses a request names as there are proxies of ours can be trusted
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies
        )
    api.register(app)
    web.register(app)
    return app
