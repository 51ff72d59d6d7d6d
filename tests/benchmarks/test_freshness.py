"""The measurement of how old results are."""

from __future__ import annotations

import json
import subprocess
import sys


def test_every_answer_leads_to_a_result_and_its_lag_is_told() -> None:
    command = [sys.executable, "-m", "benchmarks.freshness", "--rate", "20", "--seconds", "3"]

    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180).stdout

    assert said.count("\n") == 1
    found = json.loads(said)
    assert (found["answers"], found["never_seen"]) == (61, 0)
    assert 0 < found["result_lag_p50_s"] <= found["result_lag_p95_s"] <= found["result_lag_max_s"]
    assert all(found["cpu_ms_per_answer"][name] > 0 for name in ("web", "relay", "quick_worker"))
