"""Where platform and model stand side by side, and how a step is done to the platform."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from crowd.errors import CrowdError
from crowd.models import Assignment
from crowd.services import leases
from tests.factories import World
from tests.services.distribution_model import ProjectModel, TaskModel


class Ground(RuleBasedStateMachine):
    """A project in a transaction that is undone after each sequence of steps, and its model."""

    connection: ClassVar[Connection]
    #: Stands in for the queue's: the same steps must find the same tasks when they are repeated.
    chance: ClassVar[random.Random]

    def prepare(self, least: int, most: int) -> None:
        self.whole = self.connection.begin_nested()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.chance.seed(0)
        self.session.execute(text("SELECT setseed(0)"))
        self.world = World(self.session, overlap_min=least, overlap_max=most)
        self.model = ProjectModel(least, most)
        self.ids: dict[str, uuid.UUID] = {}
        self.held: dict[tuple[str, str], uuid.UUID] = {}
        for name in "abcde":
            self.world.annotator(name)

    def teardown(self) -> None:
        if hasattr(self, "whole"):
            self.session.close()
            self.whole.rollback()

    def lease(self, who: str, **wish: Any) -> leases.Leased:
        return leases.lease(
            self.session,
            self.world.marketplace,
            project_id=self.world.project_id,
            annotator=who,
            **wish,
        )

    def given(self, leased: leases.Leased) -> list[TaskModel]:
        by_name = {task.name: task for task in self.model.tasks}
        return [by_name[each.taken.external_id] for each in leased.leases]

    def hand_out(self, who: str, leased: leases.Leased) -> None:
        for task, each in zip(self.given(leased), leased.leases, strict=True):
            if task.had.get(who) != "leased":
                task.end(who, "leased")
            self.held[who, task.name] = each.taken.assignment_id

    def any_held(self, pick: Any, state: str = "any") -> tuple[str, TaskModel, uuid.UUID]:
        """Pick an assignment, in some state if there is one."""
        every = [(who, task) for task in self.model.tasks for who in sorted(task.had)]
        fitting = [each for each in every if each[1].had[each[0]] == state]
        who, task = pick.choice(fitting or every)
        return who, task, self.held[who, task.name]

    def annotator(self, who: str) -> uuid.UUID:
        return self.world.annotator(who).id

    def stored_state(self, who: str, task: TaskModel) -> str:
        query = select(Assignment.state).filter_by(id=self.held[who, task.name])
        return self.session.scalars(query).one()

    def attempt(self, code: str | None, act: Callable[[], Any]) -> Any:
        """Do it as a request would: a refusal undoes all; it must come just when it is due."""
        try:
            with self.session.begin_nested():
                done = act()
        except CrowdError as refused:
            done, said = None, refused.code
        else:
            said = None
        assert said == code
        return done
