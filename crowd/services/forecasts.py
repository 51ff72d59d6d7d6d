"""What is to be expected of a project: when it ends, what that costs, and what is in the way.

A job makes a forecast anew as things move, and rests in between (`forecast_grounds`); here it is
read as it stands, with its age. Money that was spent is exact, from the balances of the ledger;
what is to come is a forecast.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import Forecast
from crowd.services import progress, projects
from crowd.services.forecast_grounds import SUMS, Spent
from crowd.services.obstacles import ADVICE
from crowd.services.paging import Page
from crowd.services.progress import Counts
from crowd.services.projects import ProjectView
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Outlook:
    """A project with all that is known, and expected, of how it goes on."""

    view: ProjectView
    counts: Counts
    #: When the forecast was made; None: not yet.
    made_at: datetime | None
    #: What the job found: see `workers.forecasting`.
    figures: Mapping[str, Any]
    #: Of this moment, by marketplace; empty in lists.
    spent: Sequence[Spent] = field(default_factory=list)

    @property
    def finish(self) -> list[datetime | None] | None:
        """Say when it ends: with 10, 50 and 90 %; None within: later than in a year."""
        found = self.figures.get("finish_s")
        if found is None or self.made_at is None:
            return None
        return [None if s is None else self.made_at + timedelta(seconds=s) for s in found]

    @property
    def obstacles(self) -> list[dict[str, Any]]:
        """Name what is in the way, the worst first, with what to do about it."""
        return [
            {**one, "advice": ADVICE[one["reason"]]} for one in self.figures.get("obstacles", ())
        ]

    @property
    def cost(self) -> dict[str, Any] | None:
        """Say what it has cost, and what to expect; None: nothing is paid."""
        config, left = self.view.config, self.figures.get("cost_left")
        if config.currency is None:
            return None
        held, spent = self._money("held"), self._money("spent")
        labels, most = self.counts.resolved, left and held + spent + Decimal(left[2])
        return {
            "currency": config.currency,
            "held": held,
            "spent": spent,
            "per_label": round(spent / labels, 6) if labels else None,
            "left": left and [Decimal(one) for one in left],
            "budget": config.budget,
            "is_within_budget": None
            if config.budget is None or most is None
            else bool(most <= config.budget),
        }

    def told(self) -> dict[str, Any]:
        """Lay out all of it by name."""
        project = self.view.project
        return {
            **_NOTHING,
            **self.figures,
            "project_id": project.id,
            "name": project.name,
            "state": project.state,
            "counts": self.counts,
            "made_at": self.made_at,
            "finish": self.finish,
            "cost": self.cost,
            "obstacles": self.obstacles,
            "by_marketplace": [asdict(one) for one in self.spent],
        }

    def _money(self, name: str) -> Decimal:
        """Add up what is exact; in lists, what the job has added up."""
        if self.spent:
            return sum((getattr(one, name) for one in self.spent), Decimal())
        return Decimal(self.figures.get(name, "0"))


def read(session: Session, caller: Caller, project_id: uuid.UUID) -> Outlook:
    """Read a project's outlook. Raises NotFound.

    Reads everybody who takes part, for the cost by marketplace: some 10 ms for 10,000 annotators.
    """
    view = projects.find_own(session, caller, project_id)
    counts = progress.counts(session, [project_id])[project_id]
    forecast = session.get(Forecast, project_id, populate_existing=True)
    spent = [Spent(*row[:7]) for row in rows(session, _SPENT, project=project_id)]
    if forecast is None:
        return Outlook(view, counts, None, {}, spent)
    return Outlook(view, counts, forecast.made_at, forecast.figures, spent)


def one_page_of(session: Session, caller: Caller, *, after: uuid.UUID | None, limit: int) -> Page:
    """List the outlook of each of the caller's own projects, the oldest first: four statements."""
    if caller.kind != "requester":
        return Page([], None)
    page = projects.one_page_of(session, caller, after=after, limit=limit)
    ids = [view.project.id for view in page.items]
    counts = progress.counts(session, ids)
    made = session.scalars(select(Forecast).where(Forecast.project_id.in_(ids)))
    known = {one.project_id: (one.made_at, one.figures) for one in made}
    nothing: tuple[datetime | None, Mapping[str, Any]] = (None, {})
    return Page(
        [
            Outlook(view, counts[view.project.id], *known.get(view.project.id, nothing))
            for view in page.items
        ],
        page.next_after,
    )


#: What is said before the first forecast.
_NOTHING: dict[str, Any] = {
    "answers": 0,
    "leased": 0,
    "annotators": 0,
    "at_work": 0,
    "median_s": 0.0,
    "per_hour": 0.0,
    "per_hour_before": None,
    "needed": None,
    "why_none": "not_made_yet",
    "is_early": True,
}
_SPENT = f"""
SELECT w.tenant_id AS marketplace_id, m.name AS marketplace, {SUMS}
FROM participations w JOIN tenants m ON m.id = w.tenant_id
WHERE w.project_id = %(project)s GROUP BY w.tenant_id, m.name ORDER BY m.name
"""
