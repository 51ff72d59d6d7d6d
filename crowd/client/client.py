"""The client: one tenant's key, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import httpx

from crowd.client.annotators import Annotators
from crowd.client.answers import Answers
from crowd.client.appeals import Appeals
from crowd.client.assignments import Assignments, Lease
from crowd.client.audit import Audit
from crowd.client.bans import Bans
from crowd.client.bonuses import Bonuses
from crowd.client.connection import Connection
from crowd.client.disputes import Disputes
from crowd.client.examples import Examples
from crowd.client.forecasts import Forecasts
from crowd.client.gold import GoldTasks
from crowd.client.guidelines import Guidelines
from crowd.client.models import Models
from crowd.client.operations import Operations
from crowd.client.pools import Pools
from crowd.client.project_templates import ProjectTemplates
from crowd.client.projects import Projects
from crowd.client.qualifications import Qualifications, Standards
from crowd.client.quality import Qualities
from crowd.client.quality_reports import QualityReports
from crowd.client.rehearsals import Rehearsals
from crowd.client.results import Exports, Results
from crowd.client.reviews import Reviews
from crowd.client.rules import Actions, Exclusions, Rules
from crowd.client.statements import Statements
from crowd.client.surveys import Surveys
from crowd.client.tasks import Imports, Tasks
from crowd.client.track_records import TrackRecords
from crowd.client.trainings import Trainings
from crowd.client.transfers import Transfers
from crowd.client.users import Users
from crowd.client.work import Work
from crowd.client.work_links import WorkLinks


class Client:
    """Crowd's API with one tenant's key. Make one and share it: it is safe between threads."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float = 30.0,
        retry_for: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        An attempt takes at most about `timeout` seconds. For `retry_for` seconds, calls that got
        lost, and those the service was too busy or not there for, are tried again, which never
        does a thing twice. A `transport` of httpx's replaces the way requests travel: your own
        certificates, a proxy, or no network at all.
        """
        self._connection = Connection(
            base_url, key, timeout=timeout, retry_for=retry_for, transport=transport
        )
        self.projects = Projects(self._connection)
        self.project_templates = ProjectTemplates(self._connection)
        self.tasks = Tasks(self._connection)
        self.imports = Imports(self._connection)
        self.rehearsals = Rehearsals(self._connection)
        self.operations = Operations(self._connection)
        self.gold = GoldTasks(self._connection)
        self.annotators = Annotators(self._connection)
        self.qualifications = Qualifications(self._connection)
        self.standards = Standards(self._connection)
        self.pools = Pools(self._connection)
        self.trainings = Trainings(self._connection)
        self.assignments = Assignments(self._connection)
        self.answers = Answers(self._connection)
        self.reviews = Reviews(self._connection)
        self.bonuses = Bonuses(self._connection)
        self.transfers = Transfers(self._connection)
        self.statements = Statements(self._connection)
        self.surveys = Surveys(self._connection)
        self.results = Results(self._connection)
        self.disputes = Disputes(self._connection)
        self.exports = Exports(self._connection)
        self.quality_reports = QualityReports(self._connection)
        self.rules = Rules(self._connection)
        self.actions = Actions(self._connection)
        self.bans = Bans(self._connection)
        self.guidelines = Guidelines(self._connection)
        self.examples = Examples(self._connection)
        self.quality = Qualities(self._connection)
        self.appeals = Appeals(self._connection)
        self.models = Models(self._connection)
        self.exclusions = Exclusions(self._connection)
        self.users = Users(self._connection)
        self.work_links = WorkLinks(self._connection)
        self.forecasts = Forecasts(self._connection)
        self.track_records = TrackRecords(self._connection)
        self.operations = Operations(self._connection)
        self.audit = Audit(self._connection)

    def work(self, project_id: str, annotator: str, ask: Callable[[Lease], str]) -> Work:
        """Let an annotator work: `ask` gets each task and gives its label. Iterate to begin."""
        return Work(self.assignments, self.answers, project_id, annotator, ask)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
