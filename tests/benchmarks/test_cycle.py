"""The measurement of handing out and taking in."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

FIELDS = {
    "tasks", "clients", "batch", "history", "cycles_per_s", "next_p50_ms", "next_p99_ms",
    "submit_p50_ms", "submit_p99_ms", "cpu_ms_per_cycle", "bare_pg_cycles_per_s",
    "ratio_to_bare_pg", "over_assigned", "errors",
}  # fmt: skip


def measured(*options: str) -> dict[str, Any]:
    sizes = ["--tasks", "400", "--clients", "2", "--seconds", "1", *options]
    command = [sys.executable, "-m", "benchmarks.cycle", *sizes]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert said.count("\n") == 1
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("options", [["--batch", "5", "--tasks", "9000", "--history", "300"]])
def test_it_prints_what_a_cycle_takes_and_that_no_rule_was_broken(options: list[str]) -> None:
    found = measured(*options)

    assert found.keys() == FIELDS
    assert found["cycles_per_s"] > 0
    assert found["cpu_ms_per_cycle"] > 0
    assert found["bare_pg_cycles_per_s"] > 0
    assert found["over_assigned"] == 0


def test_combined_it_leases_with_the_answer_before() -> None:
    found = measured("--combined")

    assert found["submit_p50_ms"] > 0
    assert found["next_p50_ms"] is None
