"""One file per model of annotators, all with the same grammar: `fit(votes, gold) -> self`."""

from __future__ import annotations

from importlib import import_module

from consensus.method_names import CROWD_KIT, METHOD_NAMES, ORDERED, OWN
from consensus.methods.base import Method

__all__ = ["Method", "make_method"]


def make_method(name: str) -> Method:
    """Make a method by its name, with its defaults. Raises ValueError for an unknown name."""
    if (found := {**OWN, **ORDERED}.get(name)) is not None:
        # each is imported when it is asked for: crowd-kit alone takes seconds
        module, _, kind = found.partition(".")
        made: Method = getattr(import_module(f"consensus.methods.{module}"), kind)()
        return made
    if name in CROWD_KIT:
        from consensus.methods.crowd_kit import CrowdKit

        return CrowdKit(name)
    raise ValueError(f"unknown method {name!r}; there are: {', '.join((*METHOD_NAMES, *ORDERED))}")
