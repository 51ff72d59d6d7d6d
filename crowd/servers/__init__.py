"""PostgreSQL and Redis for a machine that has none: real ones, started from wheels."""

from __future__ import annotations

import os
from typing import Self

from config import Settings
from crowd.servers.folder import Folder, ServerError
from crowd.servers.postgres import EmbeddedPostgres
from crowd.servers.redis import EmbeddedRedis

__all__ = ["ServerError", "Servers", "addresses"]


def addresses(settings: Settings) -> tuple[str, str]:
    """Tell where PostgreSQL and Redis are: the operator's own, or those in the data folder.

    Raises ServerError when an embedded one is meant and has never been started.
    """
    folder = Folder(settings.data_dir)
    return settings.database_url or folder.database_url, settings.redis_url or folder.redis_url


class Servers:
    """The embedded servers a set of settings asks for, running inside a `with` block."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        folder = Folder(settings.data_dir)
        self._folder = folder
        self._lock: int | None = None
        self._servers: list[EmbeddedPostgres | EmbeddedRedis] = []
        if settings.database_url is None:
            self._servers.append(EmbeddedPostgres(folder, durable=durable))
        if settings.redis_url is None:
            self._servers.append(EmbeddedRedis(folder))
        self._settings = settings

    @property
    def database_url(self) -> str:
        """Where PostgreSQL is."""
        return addresses(self._settings)[0]

    @property
    def redis_url(self) -> str:
        """Where Redis is."""
        return addresses(self._settings)[1]

    def env(self) -> dict[str, str]:
        """The environment in which another process finds these servers."""
        found = {
            "CROWD_DATABASE_URL": self.database_url,
            "CROWD_REDIS_URL": self.redis_url,
            "CROWD_DATA_DIR": str(self._folder.path),
            "CROWD_LOG_LEVEL": self._settings.log_level,
        }
        return {**os.environ, **found, "TZ": "UTC"}

    def start(self) -> None:
        """Start what is asked for. Raises ServerError."""
        if self._servers:
            self._lock = self._folder.lock()
            self._folder.create()
        try:
            for server in self._servers:
                server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started, cleanly."""
        for server in reversed(self._servers):
            server.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def restart_dead(self) -> list[str]:
        """Start again what has died; returns the names."""
        dead = [server for server in self._servers if not server.alive()]
        for server in dead:
            server.start()
        return [type(server).__name__ for server in dead]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
