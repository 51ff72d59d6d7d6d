"""How much each caller may still ask for: counted here, added up in Redis a few times a second.

No request waits for Redis. What this process has counted since it last told goes there in one
call, and what all processes have counted together comes back. In between each goes on by what it
knows, so that together they may allow more than the quota: as much as the other processes allow in
one `SHARE_EVERY_S`. While Redis does not answer, each process counts for itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog

log = structlog.get_logger("crowd.web")
#: Pause between two exchanges with Redis, in seconds.
SHARE_EVERY_S = 0.15
#: Pause after Redis did not answer, in seconds.
TROUBLE_PAUSE_S = 2.0
#: Redis is given up on after this long: it is in the network of this process, or it is ill.
TIMEOUT_S = 0.5
#: Callers counted one by one in a window; all beyond them count as one.
MAX_SUBJECTS = 100_000
CROWDED_OUT = "others"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left in the present window."""

    quota: int
    window_s: int
    remaining: int
    #: Seconds until the next window.
    reset_s: int
    refused: bool


@dataclass(slots=True)
class _Count:
    #: What all processes have counted together, as Redis last told.
    shared: int = 0
    #: What this process has counted and Redis does not know yet.
    untold: int = 0


class Quotas:
    """Counts what subjects spend, in windows of fixed length that begin at the same time anywhere.

    Memory is bounded: a window's counts go when it ends.
    """

    def __init__(
        self, redis_url: str, window_s: int, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._window_s = window_s
        self._clock = clock
        timeouts = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        self._redis = redis.Redis.from_url(redis_url, **timeouts)
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, _Count] = {}
        self._has_news = threading.Event()
        self._sharer: threading.Thread | None = None

    def spend(self, subject: str, quota: int, amount: int = 1) -> Allowance:
        """Count a request of a subject; with `amount` 0 only look. Waits for nothing."""
        now = self._clock()
        with self._lock:
            count = self._count(subject, int(now // self._window_s))
            spent = count.shared + count.untold
            if refused := spent >= quota:
                amount = 0
            count.untold += amount
        if amount:
            self._share_soon()
        reset_s = max(1, self._window_s - int(now % self._window_s))
        return Allowance(quota, self._window_s, max(0, quota - spent - amount), reset_s, refused)

    def share(self) -> None:
        """Tell Redis what is new here and learn what is new elsewhere. Raises RedisError."""
        with self._lock:
            window = self._window
            news = {subject: c.untold for subject, c in self._counts.items() if c.untold}
        if not news:
            return
        pipe = self._redis.pipeline(transaction=False)
        for subject, untold in news.items():
            name = f"crowd:quota:{window}:{subject}"
            pipe.incrby(name, untold)
            pipe.expire(name, 2 * self._window_s)
        totals = pipe.execute()[::2]
        with self._lock:
            if self._window != window:
                return
            for (subject, told), total in zip(news.items(), totals, strict=True):
                count = self._counts[subject]
                count.shared, count.untold = total, count.untold - told

    def _count(self, subject: str, window: int) -> _Count:
        if window != self._window:
            self._window, self._counts = window, {}
        if subject not in self._counts and len(self._counts) >= MAX_SUBJECTS:
            subject = CROWDED_OUT
        return self._counts.setdefault(subject, _Count())

    def _share_soon(self) -> None:
        self._has_news.set()
        # not before the first request: a server may fork after it has made the application
        if self._sharer is None:
            with self._lock:
                if self._sharer is None:
                    self._sharer = threading.Thread(target=self._keep_sharing, daemon=True)
                    self._sharer.start()

    def _keep_sharing(self) -> None:
        while self._has_news.wait():
            self._has_news.clear()
            try:
                self.share()
                time.sleep(SHARE_EVERY_S)
            except redis.RedisError as error:
                log.warning("rate limits are counted alone", error=str(error).partition("\n")[0])
                time.sleep(TROUBLE_PAUSE_S)
