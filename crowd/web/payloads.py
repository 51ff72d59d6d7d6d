"""What an item consists of, laid out for a page. All of it is a stranger's, and stays text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

#: What a browser can show, by how addresses end.
MEDIA = {
    "image": (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"),
    "audio": (".mp3", ".wav", ".ogg", ".oga", ".m4a", ".flac"),
    "video": (".mp4", ".webm", ".ogv", ".mov"),
}
#: Characters of an item that stand for it in a list.
EXCERPT = 110


class Part(NamedTuple):
    """A field of an item: text, image, audio, video, link, or a structure written as JSON."""

    name: str
    kind: str
    value: str


def parts_of(payload: Mapping[str, Any]) -> list[Part]:
    """Lay out an item field by field."""
    return [Part(name, *_kind(value)) for name, value in payload.items()]


def excerpt(payload: Mapping[str, Any]) -> str:
    """Write what an item is in a line: its first text, else whatever it begins with."""
    parts = parts_of(payload)
    first = next((part for part in parts if part.kind == "text"), parts[0] if parts else None)
    text = " ".join(first.value.split()) if first else ""
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1].rstrip()}…"


def _kind(value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        return "structure", json.dumps(value, ensure_ascii=False, indent=2)
    if not value.startswith(("https://", "http://")):
        return "text", value
    return next(_media(urlsplit(value).path.lower()), "link"), value


def _media(path: str) -> Iterator[str]:
    return (kind for kind, endings in MEDIA.items() if path.endswith(endings))
