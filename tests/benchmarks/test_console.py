"""The measurement of the console's pages."""

from __future__ import annotations

import json
import subprocess
import sys


def test_it_prints_a_line_for_each_page() -> None:
    sizes = ["--tasks", "600", "--annotators", "12", "--disputes", "5", "--rounds", "2"]
    command = [sys.executable, "-m", "benchmarks.console", *sizes]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert ran.returncode == 0, ran.stderr

    lines = [json.loads(line) for line in ran.stdout.splitlines()]

    assert {"projects", "disputes", "evidence", "annotators", "system"} <= {
        line["page"] for line in lines
    }
    assert all(set(line) == {"page", "p50_ms", "p95_ms", "queries"} for line in lines)
    # whatever is listed, the statements are not as many as its rows
    assert all(0 < line["queries"] < 60 for line in lines)
