"""What the rules of handing out and taking in say, in memory and without a database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass
class TaskModel:
    """One task: its bounds, and what became of each annotator who had it."""

    name: str
    priority: int
    is_gold: bool
    wanted: int
    cap: int
    state: str = "open"
    #: annotator → leased, answered, returned or expired
    had: dict[str, str] = field(default_factory=dict)
    #: annotators whose lease has run out without anybody having noticed yet
    due: set[str] = field(default_factory=set)
    labels: list[str] = field(default_factory=list)
    #: annotators whose answers do not count
    excluded: set[str] = field(default_factory=set)
    #: How often answers have left or come back.
    revision: int = 0
    #: Revision, answers, run and state of the decision that stands; None before the first.
    decided: tuple[int, int, int, str] | None = None

    @property
    def leased(self) -> int:
        return list(self.had.values()).count("leased")

    @property
    def answered(self) -> int:
        return len(self.labels) - len(self.excluded)

    @property
    def held(self) -> int:
        return self.leased + self.answered

    @property
    def has_room(self) -> bool:
        return self.state == "open" and self.held < self.wanted

    def end(self, annotator: str, state: str) -> None:
        self.had[annotator] = state
        self.due.discard(annotator)

    def refusal(self, annotator: str) -> str | None:
        """Why a named task cannot be had; None when it can, or is held already."""
        before = self.had.get(annotator)
        if before == "leased":
            return None
        if before == "answered":
            return "already_answered"
        if self.state != "open":
            return "task_closed"
        return None if self.has_room else "task_full"

    def late_or_double(self, annotator: str) -> str | None:
        """The code an answer is refused with; None when it is taken."""
        match self.had[annotator]:
            case "answered":
                return "already_answered"
            case "returned":
                return "assignment_closed"
            case "expired" if not self.has_room:
                return "assignment_expired"
        return None

    def answer(self, annotator: str, label: str) -> None:
        self.end(annotator, "answered")
        self.labels.append(label)

    def exclude(self, annotator: str) -> None:
        """Count an annotator's answer no more."""
        self.excluded.add(annotator)
        self.revision += 1

    def readmit(self, annotator: str) -> None:
        """Count it again, whoever has answered instead."""
        self.excluded.discard(annotator)
        self.revision += 1
        self.wanted = max(self.wanted, self.held)
        self.cap = max(self.cap, self.held)

    def rebound(self, least: int, most: int) -> None:
        """Take new bounds, never below what is held; a closed task keeps them for later."""
        self.cap = max(most, self.held)
        wanted = max(least, self.answered + 1, self.held) if self.state == "open" else self.wanted
        self.wanted = min(wanted, self.cap)

    def decide(self, state: str, seen: int, run: int) -> None:
        """Close, open again, or ask for one more, unless a newer decision stands."""
        if self.decided is not None and (self.revision, seen, run) < self.decided[:3]:
            return
        if self.decided is None and (seen, state) == (0, "open"):
            # that is how every task begins: it is not remembered who said so
            return
        # the same said again is not stored, so the first run that said it stands
        if self.decided is None or (seen, state) != self.decided[1::2]:
            self.decided = (self.revision, seen, run, state)
        if self.is_gold and state == "disputed":
            state = "resolved"
        pending = self.held > seen or self.has_room
        if state == "open" and not pending and self.held < self.cap:
            self.wanted = self.held + 1
        self.state = state


@dataclass
class ProjectModel:
    """A project with its tasks in the order they were made."""

    least: int
    most: int
    state: str = "running"
    tasks: list[TaskModel] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    #: exclusion → the annotator and the tasks
    exclusions: dict[uuid.UUID, tuple[str, list[TaskModel]]] = field(default_factory=dict)

    def why_not(self, annotator: str) -> str | None:
        """Why an annotator gets nothing, whatever it asks for; None when it may."""
        if annotator in self.blocked:
            return "blocked"
        return "paused" if self.state == "paused" else None

    def choice(self, annotator: str) -> list[TaskModel]:
        return [task for task in self.tasks if task.has_room and annotator not in task.had]

    def nothing(self) -> str:
        """Why there is no next task."""
        return "none_left_for_you" if any(t.state == "open" for t in self.tasks) else "all_done"
