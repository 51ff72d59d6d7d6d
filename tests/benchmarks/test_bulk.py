"""The measurement of bulk import and export."""

from __future__ import annotations

import json
import subprocess
import sys


def test_it_prints_seconds_and_peaks_and_nothing_else() -> None:
    command = [sys.executable, "-m", "benchmarks.bulk", "--tasks", "200"]

    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    found = json.loads(said)
    assert said.count("\n") == 1
    assert found.keys() == {"import_s", "import_peak_mb", "export_s", "export_peak_mb"}
    assert all(value > 0 for value in found.values())
