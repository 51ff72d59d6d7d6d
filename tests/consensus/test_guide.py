"""The guide to the engine: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from consensus.method_names import CROWD_KIT, OWN

PAGE = (Path(__file__).parents[2] / "docs" / "consensus.md").read_text()


def test_its_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.S)

    exec("".join(examples), {"__name__": "example"})

    assert len(examples) == 4


def test_it_names_every_method() -> None:
    assert [name for name in OWN if f"`{name}`" not in PAGE] == []
    assert len(CROWD_KIT) == 10
    assert "ten methods of crowd-kit" in PAGE
