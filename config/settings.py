"""One frozen `Settings`, read once from variables that start with ``CROWD_``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from environs import Env, EnvValidationError, validate

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """A variable holds a value that cannot be used; the message names it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an installation can choose. Every field is a variable in `config/example.env`."""

    #: An operator's own PostgreSQL (15 or later). None: the embedded server in `data_dir`.
    database_url: str | None = None
    #: An operator's own Redis (6.2 or later). None: the embedded server in `data_dir`.
    redis_url: str | None = None
    #: Folder of the embedded servers' files.
    data_dir: Path = Path(".crowd")
    host: str = "127.0.0.1"
    port: int = 8080
    #: How the outside reaches the service, for links that leave it. None: `http://host:port`.
    public_base: str | None = None
    web_processes: int = 2
    #: Requests one web process answers at a time; each holds at most one database connection.
    web_threads: int = 4
    worker_processes: int = 1
    #: A key that was valid is believed for so long without another look, in seconds: a revoked one
    #: may work for as long.
    keys_kept_s: float = 1.0
    #: Processes for what takes long, such as fits of the model. 0: the other workers do it too, in
    #: less memory, and results are late while a fit goes on.
    slow_processes: int = 1
    #: How far these give way to all others, from 0 to 19 (see nice(1)).
    slow_niceness: int = 5
    log_level: str = "info"
    #: Largest JSON body, in bytes.
    max_body_bytes: int = 1_000_000
    #: Largest file taken by an import, in bytes.
    max_import_bytes: int = 2_000_000_000
    #: What a client has for the headers of its next request, in seconds.
    headers_timeout_s: int = 20
    #: What a client has for its body in any case, in seconds; a longer one must keep coming.
    body_patience_s: float = 10.0
    #: Requests a key may make in a window, unless it has a limit of its own.
    rate_limit: int = 3000
    #: Length of the windows in which requests are counted, in seconds.
    rate_window_s: int = 10
    #: Requests without a valid key that an address may make in a window.
    bad_key_limit: int = 300
    #: Requests a visit to the annotation page may make in a window.
    visit_limit: int = 100
    #: Pages of MTurk's: they may show the annotation page in a frame, and hear of a visit's end.
    mturk_origins: tuple[str, ...] = (
        "https://www.mturk.com",
        "https://worker.mturk.com",
        "https://workersandbox.mturk.com",
        "https://requester.mturk.com",
        "https://requestersandbox.mturk.com",
    )
    #: Reverse proxies in front of the web server: so many entries of X-Forwarded-For are believed.
    proxies: int = 0
    #: Pause of the relay when the outbox is empty, in seconds.
    relay_pause_s: float = 0.05
    #: An event whose job has not confirmed it within this many seconds is sent again.
    redeliver_after_s: float = 15.0
    #: Pause between two looks at the schedule, in seconds.
    schedule_pause_s: float = 1.0
    #: Webhooks may go to private addresses, by plain http and to any port: in-house use, tests.
    webhooks_allow_private: bool = False

    @property
    def public_url(self) -> str:
        """Where links lead that are read elsewhere; without a slash at its end."""
        return (self.public_base or f"http://{self.host}:{self.port}").rstrip("/")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises SettingsError naming the variable and what it must be.
    """
    env = Env(prefix="CROWD_", eager=False)
    default = Settings()
    settings = Settings(
        database_url=env.str("DATABASE_URL", "") or None,
        redis_url=env.str("REDIS_URL", "") or None,
        data_dir=Path(env.str("DATA_DIR", str(default.data_dir)) or default.data_dir).absolute(),
        host=env.str("HOST", default.host),
        port=env.int("PORT", default.port, validate=validate.Range(0, 65535)),
        public_base=env.str("PUBLIC_BASE", "") or None,
        web_processes=_count(env, "WEB_PROCESSES", default.web_processes),
        web_threads=_count(env, "WEB_THREADS", default.web_threads),
        worker_processes=_count(env, "WORKER_PROCESSES", default.worker_processes),
        keys_kept_s=env.float("KEYS_KEPT_S", default.keys_kept_s, validate=validate.Range(0, 60)),
        slow_processes=env.int(
            "SLOW_PROCESSES", default.slow_processes, validate=validate.Range(min=0)
        ),
        slow_niceness=env.int(
            "SLOW_NICENESS", default.slow_niceness, validate=validate.Range(0, 19)
        ),
        log_level=env.str("LOG_LEVEL", default.log_level, validate=validate.OneOf(LOG_LEVELS)),
        max_body_bytes=_count(env, "MAX_BODY_BYTES", default.max_body_bytes),
        max_import_bytes=_count(env, "MAX_IMPORT_BYTES", default.max_import_bytes),
        headers_timeout_s=env.int(
            "HEADERS_TIMEOUT_S", default.headers_timeout_s, validate=validate.Range(1, 60)
        ),
        body_patience_s=_seconds(env, "BODY_PATIENCE_S", default.body_patience_s),
        rate_limit=_count(env, "RATE_LIMIT", default.rate_limit),
        rate_window_s=_count(env, "RATE_WINDOW_S", default.rate_window_s),
        bad_key_limit=_count(env, "BAD_KEY_LIMIT", default.bad_key_limit),
        visit_limit=_count(env, "VISIT_LIMIT", default.visit_limit),
        mturk_origins=tuple(env.list("MTURK_ORIGINS", list(default.mturk_origins))),
        proxies=env.int("PROXIES", default.proxies, validate=validate.Range(0, 10)),
        relay_pause_s=_seconds(env, "RELAY_PAUSE_S", default.relay_pause_s),
        redeliver_after_s=_seconds(env, "REDELIVER_AFTER_S", default.redeliver_after_s),
        schedule_pause_s=_seconds(env, "SCHEDULE_PAUSE_S", default.schedule_pause_s),
        webhooks_allow_private=env.bool("WEBHOOKS_ALLOW_PRIVATE", default.webhooks_allow_private),
    )
    try:
        env.seal()
    except EnvValidationError as error:
        problems = cast("dict[str, list[str]]", error.error_messages).items()
        said = "; ".join(f"{name}: {' '.join(why)}" for name, why in problems)
        raise SettingsError(said) from None
    return settings


def _count(env: Env, name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _seconds(env: Env, name: str, default: float) -> float:
    return env.float(name, default, validate=validate.Range(min=0.01, max=3600))
