"""One annotator's time at work: what it holds, what it gave, and why it has no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crowd.client import Lease
from crowd.simulation.items import Item
from crowd.simulation.stage import Player

#: Reasons for having no work that stop one annotator for good.
STOPPING = frozenset({"blocked", "not_in_pool", "not_qualified", "retraining_required"})


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is stored."""

    item: Item
    label: int
    #: Seconds the annotator thought, and what the service has seen of it; both in simulated time.
    thought_s: float
    seen_s: float | None

    @property
    def is_right(self) -> bool:
        """Whether it is the truth."""
        return self.label == self.item.truth


@dataclass(frozen=True, slots=True)
class Task:
    """What an annotator has in hand, and what it is going to say."""

    lease: Lease
    item: Item
    label: int
    thought_s: float


@dataclass(slots=True)
class Shift:
    """What has become of one player so far; only the one scheduler touches it."""

    player: Player
    given: list[Given] = field(default_factory=list)
    task: Task | None = None
    #: Why there was no work when it last asked.
    reason: str | None = None
    #: Answers that came too late to be taken.
    late: int = 0

    @property
    def is_stopped(self) -> bool:
        """Whether the service has stopped this annotator, where others may go on."""
        return self.reason in STOPPING

    def take(self, lease: Lease, items: Mapping[str, Item]) -> Task:
        """Look at a task, as annotators do: at what it shows; and make up one's mind."""
        item, annotator = items[str(lease.payload["item"])], self.player.annotator
        label = annotator.label(item, len(self.given))
        self.task = Task(lease, item, label, annotator.seconds(item))
        return self.task
