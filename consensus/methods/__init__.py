"""One file per model of annotators, all with the same grammar: `fit(votes, gold) -> self`."""

from __future__ import annotations

from consensus.method_names import CROWD_KIT, METHOD_NAMES
from consensus.methods.base import Method
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.majority import MajorityVote

__all__ = ["DawidSkene", "MajorityVote", "Method", "make_method"]


def make_method(name: str) -> Method:
    """Make a method by its name, with its defaults. Raises ValueError for an unknown name."""
    if name == "dawid-skene":
        return DawidSkene()
    if name == "majority":
        return MajorityVote()
    if name in CROWD_KIT:
        # crowd-kit takes seconds to import: only those who ask for it wait for it
        from consensus.methods.crowd_kit import CrowdKit

        return CrowdKit(name)
    raise ValueError(f"unknown method {name!r}; there are: {', '.join(METHOD_NAMES)}")
