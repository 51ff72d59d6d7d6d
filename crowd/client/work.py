"""The loop of a marketplace: lease, ask, submit and lease again, until there is no more work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crowd.client.answers import Answer, Answers
from crowd.client.assignments import Assignments, Lease, Leased
from crowd.client.problems import AlreadyAnswered, AssignmentClosed, ClientError, Expired


class Work:
    """One annotator's work on one project: iterate over it for the answers as they are stored.

    It ends when there is no work left for now: `reason` then says why, and `retry_after` in how
    many seconds to ask again. An answer that came too late is dropped and the next task leased.
    When `ask` raises, the task in hand is given back at once.
    """

    def __init__(
        self,
        assignments: Assignments,
        answers: Answers,
        project_id: str,
        annotator: str,
        ask: Callable[[Lease], str],
    ) -> None:
        self._assignments = assignments
        self._answers = answers
        self._project_id = project_id
        self._annotator = annotator
        self._ask = ask
        self.reason: str | None = None
        self.retry_after: float | None = None

    def __iter__(self) -> Iterator[Answer]:
        leased = self._lease()
        while leased.assignments:
            lease = leased.assignments[0]
            label = self._asked(lease)
            try:
                sent = self._answers.submit_and_lease(lease.id, label)
            except (AlreadyAnswered, AssignmentClosed, Expired):
                leased = self._lease()
                continue
            leased = sent.next
            yield sent.answer
        self.reason, self.retry_after = leased.reason, leased.retry_after

    def _lease(self) -> Leased:
        return self._assignments.lease(self._project_id, self._annotator)

    def _asked(self, lease: Lease) -> str:
        try:
            return self._ask(lease)
        except BaseException as error:
            try:
                self._assignments.give_back(lease.id)
            except ClientError as second:  # the lease ends by itself; the first error counts
                error.add_note(f"The assignment could not be given back: {second}")
            raise
