"""The documentation as a site."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    subprocess.run(
        [*command, "--config-file", str(ROOT / "config/mkdocs.yml")],
        check=True,
        capture_output=True,
    )

    pages = {str(page.relative_to(tmp_path)) for page in tmp_path.rglob("*.html")}
    sources = {
        str(page.relative_to(ROOT / "docs").with_suffix(".html"))
        for page in (ROOT / "docs").rglob("*.md")
    }
    assert {name.replace("README", "index") for name in sources} <= pages
    home = (tmp_path / "index.html").read_text()
    assert not any(loads in home for loads in ('src="http', "fonts.googleapis", "@import"))
