"""What a storm is played on: the projects, the annotators and the clients."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

import psycopg

from crowd.client import Client as Tenant
from crowd.client import StaleVersion
from crowd.servers.folder import Folder
from tests.walk.conftest import Service
from tests.walk.storm import Client, Goal, Ground, Log

ASSIGNMENTS = int(os.environ.get("CROWD_STORM", "2000"))
SEED = int(os.environ.get("CROWD_STORM_SEED", "1"))
CLIENTS = 64
#: How long a tenant bears with a service that is killed again and again, in seconds.
PATIENCE_S = 90
ANNOTATORS = 160
#: Answers wanted for each assignment handed out: some 8 in 10 are answered, the rest is drained.
ANSWERS_PER_ASSIGNMENT = 0.9


class Plan(NamedTuple):
    """How a project of the storm is set up, and its share of the answers."""

    name: str
    overlap_min: int
    overlap_max: int
    lease_seconds: int
    share: float


#: The first two are left as they are, so that their history can be told from their rows.
PLANS = (
    Plan("one", 1, 1, 2, 0.25),
    Plan("five", 5, 5, 1, 0.35),
    Plan("adaptive", 2, 4, 3, 0.2),
    Plan("moved", 3, 3, 2, 0.2),
)
FIXED = ("one", "five")


class Stage:
    """The projects, the annotators and the clients of one storm."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.closing = ExitStack()
        self.url = Folder(service.folder).database_url
        self.owner = self._tenant(service.key("requester", "requester"))
        self.keys = [service.key(name, "marketplace") for name in ("A", "B")]
        self.markets = [self._tenant(key) for key in self.keys]
        self.cast = self.enlist("w", ANNOTATORS)
        for number, market in enumerate(self.markets):
            market.annotators.register(f"late{bool(number)}")
        self.ids = {plan.name: self._project(plan) for plan in PLANS}
        self.grounds = [Ground(self.ids[p.name], self._tasks(p)) for p in PLANS]
        self.goal = Goal(ASSIGNMENTS)
        #: What late answers in the quiet were told, and how long each act took, in seconds.
        self.quiet: Counter[str] = Counter()
        self.deadlocks = -1
        self.times: dict[str, float] = {}
        self.clients = [self.client(number, self.cast) for number in range(CLIENTS)]

    def client(self, number: int, cast: list[tuple[str, str]]) -> Client:
        return Client(number, SEED, self.service.port, cast, self.grounds, self.goal)

    def enlist(self, prefix: str, count: int) -> list[tuple[str, str]]:
        """Register annotators, in turn with one marketplace and the other."""
        for number in range(count):
            self.markets[number % 2].annotators.register(f"{prefix}{number}")
        return [(f"{prefix}{number}", self.keys[number % 2]) for number in range(count)]

    def change(self, name: str, **change: Any) -> None:
        """Change a project, again if somebody else did meanwhile."""
        # a lost answer to the first try was that of a killed web process: it had been done
        with suppress(StaleVersion):
            self.owner.projects.change(self.ids[name], **change)

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]

    def log(self) -> Log:
        whole = Log()
        for client in self.clients:
            whole.add(client.log)
        return whole

    def close(self) -> None:
        self.closing.close()
        for client in self.clients:
            client.hang_up()
        for owner in (self.owner, *self.markets):
            owner.close()

    def _tenant(self, key: str) -> Tenant:
        return Tenant(self.service.base_url, key, timeout=60, retry_for=PATIENCE_S)

    def _project(self, plan: Plan) -> str:
        made = self.owner.projects.create(
            plan.name,
            ["yes", "no", "maybe"],
            method="majority",
            overlap_min=plan.overlap_min,
            overlap_max=plan.overlap_max,
            lease_seconds=plan.lease_seconds,
        )
        self.owner.projects.start(made.id)
        for market in self.owner.projects.marketplaces():
            self.owner.projects.open_to(made.id, market.id)
        return made.id

    def _tasks(self, plan: Plan) -> list[str]:
        answers = ASSIGNMENTS * ANSWERS_PER_ASSIGNMENT * plan.share
        names = [f"t{n}" for n in range(max(8, int(answers / plan.overlap_max)))]
        self.owner.imports.create(self.ids[plan.name], [{"external_id": name} for name in names])
        return names
