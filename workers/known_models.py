"""Models that this process has read, so that a job reads only what it does not know yet."""

from __future__ import annotations

import uuid
from array import array
from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

from sqlalchemy.orm import Session

from crowd.services import runs
from crowd.services.runs import Fit

#: Numbers kept, of all projects together: 32 MB.
MOST_NUMBERS = 4_000_000


class KnownModels:
    """The newest models of the projects last worked on."""

    def __init__(self, most: int = MOST_NUMBERS) -> None:
        self._most = most
        self._fits: OrderedDict[uuid.UUID, Fit] = OrderedDict()
        self._lock = Lock()

    def newest(
        self, session: Session, project_id: uuid.UUID, annotators: Collection[uuid.UUID]
    ) -> Fit | None:
        """Read the newest run as `runs.newest` does, as far as it is not known."""
        with self._lock:
            known = self._fits.pop(project_id, None)
        fit = runs.newest(session, project_id, annotators, known)
        if fit is not None:
            # an array takes a quarter of the room of a list
            fit = Fit(fit.run, {who: array("d", row) for who, row in fit.rows.items()})
            self._keep(project_id, fit)
        return fit

    def _keep(self, project_id: uuid.UUID, fit: Fit) -> None:
        with self._lock:
            self._fits[project_id] = fit
            while self._fits and sum(map(_numbers, self._fits.values())) > self._most:
                self._fits.popitem(last=False)


def _numbers(fit: Fit) -> int:
    return sum(map(len, fit.rows.values()))


KNOWN = KnownModels()
