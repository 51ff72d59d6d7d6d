"""Items as annotators see them: `item.html` with a payload laid out by the project's interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from crowd.services import interfaces
from crowd.services.interfaces import Part

#: Characters of an item that stand for it in a list.
EXCERPT = 110


@dataclass(frozen=True, slots=True)
class Item:
    """What `item.html` shows, and what the policy of its page has to allow for it."""

    parts: list[Part]

    @property
    def origins(self) -> list[str]:
        """Name the hosts its media come from."""
        return sorted({part.origin for part in self.parts if part.origin})

    @property
    def pictures(self) -> list[str]:
        """Name the pictures, for who fetches them ahead."""
        return [part.value for part in self.parts if part.kind == "image"]


def excerpt(payload: Mapping[str, Any]) -> str:
    """Write what an item is in a line: its first text, else whatever it begins with."""
    parts = item_of(interfaces.DEFAULT, payload).parts
    first = next((part for part in parts if part.kind == "text"), parts[0] if parts else None)
    text = " ".join(first.value.split()) if first else ""
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1].rstrip()}…"


def item_of(interface: Mapping[str, Any], payload: Mapping[str, Any] | str) -> Item:
    """Lay a payload, or its JSON text, out to be shown; what is not text already becomes text."""
    whole = orjson.loads(payload) if isinstance(payload, str) else payload
    return Item(
        [
            part if isinstance(part.value, str) else replace(part, value=_as_text(part.value))
            for part in interfaces.parts(interface, whole)
        ]
    )


def _as_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
