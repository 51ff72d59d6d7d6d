"""What comes back can be read by a client that is older than the service."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask

from crowd.api.errors import codes
from crowd.client import Annotator, Cost, Leased, Problem, Unreadable
from crowd.client.problems import KINDS
from crowd.client.shapes import read

ANNOTATOR = {
    "id": "1",
    "external_id": None,
    "kind": "human",
    "state": "active",
    "created_at": "2026-01-01T00:00:00+00:00",
}
LEASE = {
    "id": "a",
    "project_id": "p",
    "task_id": "t",
    "payload": {"text": "hi"},
    "question": "?",
    "labels": ["yes", "no"],
    "leased_at": "2026-01-01T00:00:00Z",
    "expires_at": "2026-01-01T00:15:00Z",
}


def test_fields_of_a_newer_service_are_passed_over() -> None:
    found = read(Annotator, {**ANNOTATOR, "colour": "green"})

    assert found == Annotator("1", None, "human", "active", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(FrozenInstanceError):
        found.kind = "model"  # type: ignore[misc]


def test_shapes_hold_shapes() -> None:
    leased = read(Leased, {"assignments": [LEASE], "refused": [], "reason": None})

    lease = leased.assignments[0]
    assert (lease.labels, lease.payload, lease.task) == (("yes", "no"), {"text": "hi"}, None)
    assert (lease.expires_at - lease.leased_at).total_seconds() == 900


def test_amounts_are_exact() -> None:
    cost = {"currency": "EUR", "held": "0.05", "spent": "0.1", "per_label": None}

    assert read(Cost, cost) == Cost("EUR", Decimal("0.05"), Decimal("0.1"))
    with pytest.raises(Unreadable, match="Cost"):
        read(Cost, {**cost, "held": "much"})


@pytest.mark.parametrize("body", [[], None, {"id": "1"}, {**ANNOTATOR, "created_at": "yesterday"}])
def test_what_is_no_such_thing_is_refused(body: object) -> None:
    with pytest.raises(Unreadable, match="Annotator"):
        read(Annotator, body)


def test_every_code_of_the_api_has_its_exception(app: Flask) -> None:
    known = {code for _, code, _ in codes()}
    # what only a client can run into that does not know HTTP or takes too long to send
    plain = (405, 408, 411)

    for status, code, _ in codes():
        found = type(Problem.of({"status": status, "code": code}))
        assert found is not Problem or status in plain, f"{code} {status} needs a class"
    assert {mark for mark in KINDS if isinstance(mark, str)} <= known


def test_a_code_from_the_future_is_known_by_its_status() -> None:
    found = Problem.of({"status": 409, "code": "quite_new", "detail": "Wait."})

    assert (type(found).__name__, found.code) == ("Conflict", "quite_new")
    assert type(Problem.of({"status": 507})).__name__ == "ServerFault"


def test_a_problem_travels_between_processes() -> None:
    problem = Problem.of({"status": 422, "code": "invalid", "errors": {"label": ["no"]}}, 3)

    arrived = pickle.loads(pickle.dumps(problem))

    assert (type(arrived), vars(arrived)) == (type(problem), vars(problem))


def test_the_client_is_loaded_without_the_platform() -> None:
    script = "import sys, json, crowd.client; print(json.dumps(sorted(sys.modules)))"

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    loaded = json.loads(said)
    ours = {name for name in loaded if name.split(".")[0] == "crowd"}
    assert all(name == "crowd" or name.startswith("crowd.client") for name in ours)
    assert not {"flask", "sqlalchemy", "config", "consensus", "marshmallow", "numpy"} & set(loaded)
