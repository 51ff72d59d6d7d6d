"""How a project's items and labels are shown: by its own word, or by what payloads look like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crowd.errors import Invalid

#: What is shown where a project says nothing.
DEFAULT: dict[str, Any] = {
    "instructions": "",
    "show": [],
    "labels": [],
    "unsure": True,
    "comment": True,
}
#: Keys of the annotation page itself: unsure, comment, skip, guideline.
TAKEN_KEYS = "ucsg"
MEDIA = {
    "image": (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp"),
    "audio": (".mp3", ".wav", ".ogg", ".oga", ".m4a", ".flac", ".opus", ".aac"),
    "video": (".mp4", ".webm", ".mov", ".m4v", ".ogv"),
}
#: Hosts whose media one item shows: a page's policy names them in a header, which may not grow.
MAX_HOSTS = 8
#: What a policy takes for one host: no pattern, nothing that would end its name.
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")

#: Where nothing is said, what is looked at first goes first.
_LOOKED_AT = ("image", "video", "audio", "text", "link", "structure")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an item, ready to be shown."""

    kind: str
    title: str
    value: Any

    @property
    def origin(self) -> str | None:
        """Name the host a medium comes from, as a page's policy has to; None: from nowhere."""
        return _origin(self.value) if self.kind in MEDIA else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A label, ready to be shown."""

    label: str
    title: str
    hint: str
    #: The key that gives it; None: none.
    key: str | None


def check(interface: Mapping[str, Any], labels: Sequence[str]) -> None:
    """Refuse what would show labels that there are not, or one key for two. Raises Invalid."""
    named = [shown["label"] for shown in interface["labels"]]
    keys = [shown["key"] for shown in interface["labels"] if shown.get("key")]
    fields = [shown["field"] for shown in interface["show"]]
    for part, what, wrong in (
        ("labels", "no label of the project", sorted(set(named) - set(labels))),
        ("labels", "a label named twice", _repeated(named)),
        ("labels", "a key for two labels", _repeated(keys)),
        ("labels", "a key of the page itself", sorted(set(keys) & set(TAKEN_KEYS))),
        ("show", "a field shown twice", _repeated(fields)),
    ):
        if wrong:
            raise Invalid(
                f"The interface has {what}: {', '.join(wrong)}.",
                errors={"interface": {part: [f"{what}: {', '.join(wrong)}"]}},
            )


def parts(interface: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Part]:
    """Lay out a payload as it is shown.

    A medium that has no http(s) address is text, and a link where it is of one host too many.
    """
    shown = interface["show"]
    if not shown:
        # as stored, fields have no order of their own
        names = sorted(payload, key=lambda name: _LOOKED_AT.index(_looks_like(payload[name])))
        shown = [{"field": name, "kind": None, "title": name} for name in names]
    found: list[Part] = []
    hosts: set[str] = set()
    for one in shown:
        value = payload.get(one["field"])
        if value is None or value == "" or one["kind"] == "hidden":
            continue
        kind = one["kind"] or _looks_like(value)
        origin = _origin(value)
        if kind not in ("text", "structure") and origin is None:
            kind = "text"
        if kind in MEDIA and origin is not None:
            if len(hosts | {origin}) > MAX_HOSTS:
                kind = "link"
            else:
                hosts.add(origin)
        found.append(Part(kind, one.get("title", ""), value))
    return found


def choices(interface: Mapping[str, Any], labels: Sequence[str]) -> list[Choice]:
    """Lay out labels in the project's order, each with a key while there are keys."""
    shown = {one["label"]: one for one in interface["labels"]}
    keys = {label: one["key"] for label, one in shown.items() if one.get("key")}
    spare = [digit for digit in "123456789" if digit not in keys.values()]
    found = []
    for place, label in enumerate(labels, start=1):
        key = keys.get(label)
        if key is None and str(place) in spare:
            key = str(place)
        one = shown.get(label, {})
        found.append(Choice(label, one.get("title") or label, one.get("hint", ""), key))
    return found


def _looks_like(value: Any) -> str:
    if isinstance(value, dict | list):
        return "structure"
    if _origin(value) is None:
        return "text"
    path = urlsplit(value).path.lower()
    return next((kind for kind, ends in MEDIA.items() if path.endswith(ends)), "link")


def _origin(value: Any) -> str | None:
    """Name the host of an http(s) address; None: it is none, or what a policy could misread."""
    if not isinstance(value, str) or any(c.isspace() or not c.isprintable() for c in value):
        return None
    try:
        address = urlsplit(value)
        host, port = (address.hostname or "").encode("idna").decode(), address.port
    except ValueError:
        return None
    is_plain = address.scheme in ("http", "https") and "@" not in address.netloc
    if not is_plain or len(host) > 253 or not _HOST.fullmatch(host):
        return None
    return f"{address.scheme}://{host}" + ("" if port is None else f":{port}")


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
