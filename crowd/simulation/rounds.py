"""Lets a crowd work: one scheduler, a heap of what is due, and few threads that talk HTTP."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue

from crowd.client import AlreadyAnswered, Answer, AssignmentClosed, Expired, Leased
from crowd.simulation.shifts import Given, Shift, Task
from crowd.simulation.stage import Stage

#: Reasons that others, or the engine, may well have ended a moment later.
PASSING = frozenset({"none_left_for_you", "task_full"})
#: A round is over when nothing came in for so long and nobody waits for anything else ...
QUIET_S = 2.0
#: ... or when nobody could do anything for so long, whatever they wait for.
PATIENCE_S = 60.0
#: However fast time goes, nobody asks again sooner than this.
SHORTEST_WAIT_S = 1.0
#: Longest time between two looks at the service.
LOOK_S = 0.1

Reply = tuple[Shift, "Future[Leased] | Future[Answer | None]"]


class Round:
    """Everybody asks, thinks and answers, until nobody is given any more work.

    Seconds of simulated time are divided by `pace`, then really waited; with 0 nobody waits.
    """

    def __init__(
        self,
        stage: Stage,
        shifts: Sequence[Shift],
        *,
        pace: float,
        threads: int,
        look_after: Callable[[], None] = lambda: None,
    ) -> None:
        self._stage = stage
        self._pace = pace
        self._threads = threads
        self._look_after = look_after
        self._idle = deque(shift for shift in shifts if not shift.is_stopped)
        #: Those who think, or wait until asking again makes sense, by when that is over.
        self._due: list[tuple[float, int, Shift]] = []
        self._order = itertools.count()
        self._done: deque[Shift] = deque()
        self._replies: SimpleQueue[Reply] = SimpleQueue()
        self._asking = self._handing_in = self._thinking = 0
        self._last_answer = time.monotonic()

    def run(self) -> None:
        """Go on until the round is over."""
        with ThreadPoolExecutor(self._threads) as pool:
            while True:
                self._wake()
                self._hand_in(pool)
                if not self._is_over():
                    self._ask(pool)
                elif not self._asking:
                    return
                self._hear()
                self._look_after()

    def _wake(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            shift = heapq.heappop(self._due)[2]
            (self._idle if shift.task is None else self._done).append(shift)

    def _hand_in(self, pool: ThreadPoolExecutor) -> None:
        while self._done and self._asking + self._handing_in < self._threads:
            shift = self._done.popleft()
            assert shift.task is not None
            self._thinking -= 1
            self._handing_in += 1
            self._call(shift, pool.submit(self._submitted, shift.task))

    def _ask(self, pool: ThreadPoolExecutor) -> None:
        # a clock starts with every lease: half of the threads are kept for those who are done,
        # and nobody begins while anybody has to wait for one
        while self._idle and not self._done and self._asking < max(1, self._threads // 2):
            if self._asking + self._handing_in >= self._threads:
                return
            shift = self._idle.popleft()
            self._asking += 1
            self._call(shift, pool.submit(self._leased, shift))

    def _call(self, shift: Shift, future: Future[Leased] | Future[Answer | None]) -> None:
        future.add_done_callback(lambda _: self._replies.put((shift, future)))

    def _leased(self, shift: Shift) -> Leased:
        name = shift.player.name
        return self._stage.marketplace.assignments.lease(self._stage.project_id, name)

    def _submitted(self, task: Task) -> Answer | None:
        """Hand in; None where the answer was stored before and only the word of it was lost."""
        try:
            label = self._stage.labels[task.label]
            return self._stage.marketplace.answers.submit(task.lease.id, label)
        except AlreadyAnswered:
            return None

    def _hear(self) -> None:
        """Wait for a reply, but not beyond what is due next; then take all there are."""
        timeout = LOOK_S
        if self._due:
            timeout = min(timeout, max(0.0, self._due[0][0] - time.monotonic()))
        try:
            reply = self._replies.get(timeout=timeout)
            while True:
                self._take(*reply)
                reply = self._replies.get_nowait()
        except Empty:
            return

    def _take(self, shift: Shift, future: Future[Leased] | Future[Answer | None]) -> None:
        if shift.task is None:
            self._asking -= 1
            leased = future.result()
            assert isinstance(leased, Leased)
            self._take_leased(shift, leased)
            return
        self._handing_in -= 1
        task, shift.task = shift.task, None
        self._idle.append(shift)
        try:
            answer = future.result()
        except (AssignmentClosed, Expired):
            shift.late += 1
            return
        seen = answer.time_spent_s * (self._pace or 1) if isinstance(answer, Answer) else None
        shift.given.append(Given(task.item, task.label, task.thought_s, seen))
        self._last_answer = time.monotonic()

    def _take_leased(self, shift: Shift, leased: Leased) -> None:
        shift.reason = leased.reason
        if leased.assignments:
            self._thinking += 1
            task = shift.take(leased.assignments[0], self._stage.items)
            self._later(shift, task.thought_s / self._pace if self._pace else 0.0)
        elif leased.retry_after is not None and not shift.is_stopped:
            waited = leased.retry_after / self._pace if self._pace else 0.0
            self._later(shift, max(SHORTEST_WAIT_S, waited))

    def _later(self, shift: Shift, seconds: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), shift))

    def _is_over(self) -> bool:
        if self._thinking or self._handing_in:
            return False
        waiting = [*self._idle, *(shift for _, _, shift in self._due)]
        if not waiting:
            return True
        passing = all(shift.reason in PASSING for shift in waiting)
        quiet = time.monotonic() - self._last_answer
        return quiet > (QUIET_S if passing else PATIENCE_S)
