"""Machine-learning models of a project, and what they predict."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read

#: Predictions sent in one request, and about how many bytes of them.
PART, PART_BYTES = 5000, 500_000


@dataclass(frozen=True, slots=True)
class Model:
    """A model, and what the newest run says of it; None where it says nothing."""

    annotator_id: str
    name: str
    created_at: datetime
    predictions: int
    #: Since then its predictions count for nothing.
    retired_at: datetime | None = None
    #: Where it is asked; None: predictions are sent.
    endpoint: str | None = None
    #: Times in a row that it gave nothing of use when asked, and why the last time.
    failures: int = 0
    last_error: str | None = None
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    #: Predictions held against people's answers, or against gold.
    judged_on: int | None = None
    labels: tuple[str, ...] | None = None
    #: How often which label is predicted: a row for each true one.
    confusion: tuple[tuple[float, ...], ...] | None = None
    #: It tells enough for its predictions to count, where any may.
    is_listened_to: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % interval."""

    count: int
    of: int
    low: float
    high: float
    #: None: of nothing.
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one share is above another, with the 95 % interval."""

    low: float
    high: float
    difference: float | None = None


@dataclass(frozen=True, slots=True)
class Bias:
    """Those who were shown a model's predictions beside those who were not."""

    model: str
    agreed_shown: Share
    agreed_blind: Share
    #: Where the prediction turned out to be wrong.
    misled_shown: Share
    misled_blind: Share
    #: How much more often a wrong label is given where it is shown.
    bias: Difference


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of a task that a model had predicted: what it may learn from."""

    task_id: str
    external_id: str
    payload: Mapping[str, Any]
    prediction: str
    label: str
    #: "consensus" or "gold".
    source: str
    #: How sure the label is.
    certainty: float
    differs: bool
    decided_at: datetime
    #: The model's own.
    confidence: float | None = None


class Models:
    """Models that predict, as annotators who are never handed anything."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def register(self, project_id: str, name: str) -> Model:
        """Let a model predict; twice changes nothing. Raises NotFound, Invalid, Conflict."""
        address = f"/projects/{project_id}/models/{name}"
        return read(Model, body_of(self._api.send("PUT", address)))

    def list(self, project_id: str) -> Sequence[Model]:
        """Read a project's models, and how good each is."""
        found = self._api.get(f"/projects/{project_id}/models")["items"]
        return [read(Model, one) for one in found]

    def retire(self, project_id: str, name: str) -> None:
        """Let its predictions count for nothing, until it is registered again. Raises NotFound."""
        self._api.delete(f"/projects/{project_id}/models/{name}")

    def set_endpoint(self, project_id: str, name: str, url: str) -> str:
        """Have a model asked at an address of yours; gives the secret that signs what is asked.

        Raises NotFound, Invalid.
        """
        address = f"/projects/{project_id}/models/{name}/endpoint"
        secret: str = body_of(self._api.send("PUT", address, body={"url": url}))["secret"]
        return secret

    def remove_endpoint(self, project_id: str, name: str) -> None:
        """Ask a model no more; its predictions stay. Raises NotFound."""
        self._api.delete(f"/projects/{project_id}/models/{name}/endpoint")

    def biases(self, project_id: str) -> Sequence[Bias]:
        """Read, for each model, what showing its predictions does to people's answers."""
        found = self._api.get(f"/projects/{project_id}/automation-bias")["items"]
        return [read(Bias, one) for one in found]

    def predict(self, project_id: str, name: str, predictions: Iterable[Mapping[str, Any]]) -> int:
        """Send predictions, each a mapping: task, and label, confidence or probabilities.

        They may come from a generator. Each part of up to 5,000 is kept whole or not at all;
        sending them again adds nothing. Gives how many were new. Raises NotFound, UnknownLabel,
        Invalid, Conflict.
        """
        address = f"/projects/{project_id}/models/{name}/predictions"
        parts = _parts(dict(one) for one in predictions)
        return sum(self._api.post(address, {"predictions": part})["created"] for part in parts)

    def corrections(
        self, project_id: str, name: str, *, differs: bool | None = None
    ) -> Iterator[Correction]:
        """Read what became of the tasks a model predicted, in the order of the decisions."""
        address = f"/projects/{project_id}/models/{name}/corrections"
        return self._api.pages(address, Correction, differs=differs)


def _parts(predictions: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Cut predictions into parts that fit into a request."""
    part: list[dict[str, Any]] = []
    size = 0
    for one in predictions:
        part.append(one)
        size += len(json.dumps(one))
        if len(part) == PART or size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
