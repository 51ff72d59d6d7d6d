"""The measurement of what size costs."""

from __future__ import annotations

import json
import subprocess
import sys


def test_it_prints_what_a_large_project_costs_beside_a_small_one() -> None:
    sizes = ["--tasks", "2000", "--history", "100", "--against", "400", "--clients", "2"]
    command = [sys.executable, "-m", "benchmarks.growth", *sizes, "--seconds", "1", "--rounds", "1"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout

    found = json.loads(said)

    assert (found["tasks"], found["history"], found["against"]) == (2000, 100, 400)
    assert found["cpu_ms_per_cycle"] > 0
    assert found["ratios"] == [round(found["ratio"], 2)]
