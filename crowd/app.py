"""The web application, made from settings."""

from __future__ import annotations

from config import Settings
from crowd import api, db, logs
from crowd.api.bodies import IdempotentFlask
from crowd.servers import addresses


def create_app(settings: Settings) -> IdempotentFlask:
    """Build the application; connects to nothing until the first request."""
    logs.configure(settings.log_level)
    database_url, redis_url = addresses(settings)
    db.connect(database_url, pool_size=settings.web_threads)
    app = IdempotentFlask("crowd", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_IMPORT_BYTES=settings.max_import_bytes,
        REDIS_URL=redis_url,
        WEBHOOKS_ALLOW_PRIVATE=settings.webhooks_allow_private,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    api.register(app)
    return app
