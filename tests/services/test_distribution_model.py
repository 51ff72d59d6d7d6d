"""Whatever is done in whatever order, the database ends where the rules say.

CROWD_DEPTH multiplies how many sequences are tried, and makes them other ones in each run.
"""

from __future__ import annotations

import os
import random
import uuid
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from crowd.models import Annotator, Answer, Assignment, Task
from crowd.services import annotators, answers, assignments, exclusions, queue, results
from tests.factories import decided
from tests.services.distribution_ground import Ground
from tests.services.distribution_model import TaskModel

DEPTH = int(os.environ.get("CROWD_DEPTH", "1"))
NAMES = st.sampled_from("abcde")
PICK = st.randoms(use_true_random=False)
STATES = st.sampled_from(["leased", "leased", "expired", "any"])


class Distribution(Ground):
    """Every rule does one thing to the platform and to the model; then the two are compared."""

    @initialize(least=st.integers(1, 3), more=st.integers(0, 2))
    def begin(self, least: int, more: int) -> None:
        self.prepare(least, least + more)
        for _ in range(2):
            self.add_task(0, False)
        for name in "abc":
            self.lease_next(name, 2)

    @rule(priority=st.integers(0, 2), is_gold=st.booleans())
    def add_task(self, priority: int, is_gold: bool) -> None:
        name = f"t{len(self.ids)}"
        gold = {"gold": "yes"} if is_gold else {}
        self.ids[name] = self.world.task(name, priority=priority, **gold).id
        self.model.tasks.append(
            TaskModel(name, priority, is_gold, self.model.least, self.model.most)
        )

    @rule(who=NAMES, count=st.integers(1, 4))
    def lease_next(self, who: str, count: int) -> None:
        choice, why_not = self.model.choice(who), self.model.why_not(who)

        leased = self.lease(who, count=count)

        given = self.given(leased)
        if why_not or not choice:
            assert (given, leased.reason) == ([], why_not or self.model.nothing())
            return
        assert leased.reason is None
        assert len(given) == len({t.name for t in given}) == min(count, len(choice))
        assert all(task in choice for task in given)
        left_out = [task.priority for task in choice if task not in given]
        assert min(task.priority for task in given) >= max(left_out, default=0)
        self.hand_out(who, leased)

    @rule(who=NAMES, pick=PICK, count=st.integers(1, 2))
    def lease_named(self, who: str, pick: Any, count: int) -> None:
        self.name(who, pick.sample(self.model.tasks, min(count, len(self.model.tasks))))

    def name(self, who: str, named: list[TaskModel]) -> None:
        why_not = self.model.why_not(who)
        refused = {} if why_not else {t.name: t.refusal(who) for t in named}

        leased = self.lease(who, tasks=[task.name for task in named])

        assert {r.task: r.reason for r in leased.refused} == {
            name: reason for name, reason in refused.items() if reason
        }
        expected = [] if why_not else [t.name for t in named if not refused[t.name]]
        assert [task.name for task in self.given(leased)] == expected
        if why_not:
            assert leased.reason == why_not
        for each in leased.leases:
            before = self.held.get((who, each.taken.external_id))
            assert before in (None, each.taken.assignment_id)
        self.hand_out(who, leased)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, state=STATES, label=st.sampled_from(["yes", "no", "yes", "no", "maybe"]))
    def submit(self, pick: Any, state: str, label: str) -> None:
        who, task, _ = self.any_held(pick, state)
        self.hand_in(who, task, label)

    def hand_in(self, who: str, task: TaskModel, label: str) -> None:
        assignment = self.held[who, task.name]
        refusal = "unknown_label" if label == "maybe" else task.late_or_double(who)
        if refusal in (None, "assignment_expired") and who in self.model.blocked:
            refusal = "assignment_closed"

        answer = self.attempt(
            refusal,
            lambda: answers.submit(self.session, self.world.marketplace, assignment, label=label),
        )

        if answer is not None:
            task.answer(who, label)
            assert answer.number == len(task.labels)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, state=STATES)
    def give_back(self, pick: Any, state: str) -> None:
        who, task, assignment = self.any_held(pick, state)
        codes = {"answered": "already_answered", "expired": "assignment_expired"}

        returned = self.attempt(
            codes.get(task.had[who]),
            lambda: assignments.give_back(self.session, self.world.marketplace, assignment),
        )

        if returned is not None:
            task.end(who, "returned")

    @precondition(lambda self: self.held)
    @rule(pick=PICK, state=STATES)
    def extend(self, pick: Any, state: str) -> None:
        who, task, assignment = self.any_held(pick, state)
        codes = {
            "answered": "already_answered",
            "returned": "assignment_closed",
            "expired": "assignment_expired",
        }

        self.attempt(
            codes.get(task.had[who]),
            lambda: assignments.extend(self.session, self.world.marketplace, assignment),
        )

        if task.had[who] == "leased":
            task.due.discard(who)

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def let_time_pass(self, pick: Any) -> None:
        self.let_run_out(*self.any_held(pick, "leased"))

    def let_run_out(self, who: str, task: TaskModel, assignment: uuid.UUID) -> None:
        if task.had[who] == "leased":
            self.world.let_expire(assignment)
            task.due.add(who)

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def run_out(self, pick: Any) -> None:
        self.let_time_pass(pick)
        self.expire_due(100)

    @precondition(lambda self: self.held)
    @rule(pick=PICK, rivals=st.sets(NAMES, max_size=4), is_blocked=st.booleans())
    def come_late(self, pick: Any, rivals: set[str], is_blocked: bool) -> None:
        who, task, assignment = self.any_held(pick, "leased")
        self.let_run_out(who, task, assignment)
        self.expire_due(100)
        for rival in sorted(rivals - {who}):
            self.name(rival, [task])
        if is_blocked:
            self.block(who)
        self.hand_in(who, task, "yes")

    @precondition(lambda self: any(task.due for task in self.model.tasks))
    @rule(limit=st.sampled_from([1, 100]))
    def expire_due(self, limit: int) -> None:
        due = [(task, who) for task in self.model.tasks for who in task.due]

        ended = assignments.expire_due(self.session, limit=limit)

        assert ended == min(limit, len(due))
        for task, who in due:
            if self.stored_state(who, task) == "expired":
                task.end(who, "expired")

    @rule(who=NAMES)
    def block(self, who: str) -> None:
        annotators.block(self.session, self.world.marketplace, self.annotator(who), "because")

        self.model.blocked.add(who)
        for task in self.model.tasks:
            if task.had.get(who) == "leased":
                task.end(who, "returned")

    @precondition(lambda self: self.model.blocked)
    @rule()
    def unblock_all(self) -> None:
        for who in sorted(self.model.blocked):
            annotators.unblock(self.session, self.world.marketplace, self.annotator(who))

        self.model.blocked.clear()

    @rule(who=NAMES)
    def exclude(self, who: str) -> None:
        given = [t for t in self.model.tasks if t.had.get(who) == "answered"]
        counting = [task for task in given if who not in task.excluded]
        if not counting:
            return

        exclusion = exclusions.exclude(
            self.session,
            self.world.requester,
            self.world.project_id,
            annotator_id=self.annotator(who),
            reason="because",
        )

        assert exclusion.answers == len(counting)
        self.model.exclusions[exclusion.id] = (who, counting)
        for task in counting:
            task.exclude(who)

    @precondition(lambda self: self.model.exclusions)
    @rule(pick=PICK)
    def lift(self, pick: Any) -> None:
        chosen = pick.choice(sorted(self.model.exclusions))

        exclusions.lift(self.session, self.world.requester, chosen)

        who, tasks = self.model.exclusions.pop(chosen)
        for task in tasks:
            task.readmit(who)

    @rule(least=st.integers(1, 3), more=st.integers(0, 3))
    def change_overlap(self, least: int, more: int) -> None:
        changed = (least, least + more) != (self.model.least, self.model.most)

        self.world.change(overlap_min=least, overlap_max=least + more)

        self.model.least, self.model.most = least, least + more
        for task in self.model.tasks:
            if changed:
                task.rebound(least, least + more)

    @rule(state=st.sampled_from(["paused", "running", "running"]))
    def pause_or_run(self, state: str) -> None:
        self.world.change(state=state)

        self.model.state = state

    @rule(
        pick=PICK,
        state=st.sampled_from(["open", "open", "resolved", "disputed"]),
        unseen=st.integers(0, 1),
        run=st.integers(0, 2),
    )
    def decide(self, pick: Any, state: str, unseen: int, run: int) -> None:
        task = pick.choice(self.model.tasks)
        seen = max(0, task.answered - unseen)
        row = self.session.get_one(Task, self.ids[task.name], populate_existing=True)

        results.record(self.session, self.world.config, [decided(row, state, seen=seen, run=run)])

        task.decide(state, seen, run)

    @invariant()
    def the_rows_are_the_model(self) -> None:
        if not hasattr(self, "whole"):
            return
        self.session.flush()
        rows = self.session.execute(
            select(
                Task.external_id, Task.state, Task.wanted, Task.cap, Task.leased, Task.answered,
                Task.open,
            ).where(Task.project_id == self.world.project_id)
        )  # fmt: skip
        assert {tuple(row) for row in rows} == {
            (t.name, t.state, t.wanted, t.cap, t.leased, t.answered, t.has_room)
            for t in self.model.tasks
        }
        assert all(task.held <= task.wanted <= task.cap for task in self.model.tasks)

    @invariant()
    def assignments_and_answers_are_the_model(self) -> None:
        if not hasattr(self, "whole"):
            return
        rows = self.session.execute(
            select(Annotator.external_id, Task.external_id, Assignment.state, Answer.number,
                   Answer.label)
            .join(Task, Task.id == Assignment.task_id)
            .join(Annotator, Annotator.id == Assignment.annotator_id)
            .outerjoin(Answer, Answer.assignment_id == Assignment.id)
            .where(Assignment.project_id == self.world.project_id)
        ).all()  # fmt: skip
        assert {(who, task): state for who, task, state, _, _ in rows} == {
            (who, task.name): state for task in self.model.tasks for who, state in task.had.items()
        }
        assert len(rows) == len(self.held)
        for task in self.model.tasks:
            numbered = sorted((r.number, r.label) for r in rows if r[1] == task.name and r.number)
            assert numbered == list(enumerate(task.labels, start=1))


def test_the_database_ends_where_the_rules_say(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    Distribution.connection, Distribution.chance = connection, random.Random(0)
    monkeypatch.setattr(queue, "_chance", Distribution.chance)

    run_state_machine_as_test(
        Distribution,
        settings=settings(
            max_examples=50 * DEPTH,
            stateful_step_count=40,
            deadline=None,
            database=None,
            derandomize=DEPTH == 1,
            # the same steps fail in every run: making them fewer can take minutes
            phases=[Phase.generate] if DEPTH == 1 else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
