"""How a project's items and labels are shown: by its own word, or by what payloads look like."""

from __future__ import annotations

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
        if self.kind not in MEDIA:
            return None
        address = urlsplit(self.value)
        return f"{address.scheme}://{address.netloc}"


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
    """Lay out a payload as it is shown; a medium that has no http(s) address is text."""
    shown = interface["show"]
    if not shown:
        # as stored, fields have no order of their own
        names = sorted(payload, key=lambda name: _LOOKED_AT.index(_looks_like(payload[name])))
        shown = [{"field": name, "kind": None, "title": name} for name in names]
    found = []
    for one in shown:
        value = payload.get(one["field"])
        if value is None or value == "" or one["kind"] == "hidden":
            continue
        kind = one["kind"] or _looks_like(value)
        if kind not in ("text", "structure") and not _is_address(value):
            kind = "text"
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
    if not _is_address(value):
        return "text"
    path = urlsplit(value).path.lower()
    return next((kind for kind, ends in MEDIA.items() if path.endswith(ends)), "link")


def _is_address(value: Any) -> bool:
    """Tell whether a value is an http(s) address and nothing else: no script, nothing inline."""
    if not isinstance(value, str) or any(c.isspace() or not c.isprintable() for c in value):
        return False
    try:
        address = urlsplit(value)
        _ = address.port
    except ValueError:
        return False
    # what a policy is made of must not be able to add to it
    sound = address.hostname and not set(address.netloc) & set(";,'\"@\\<>")
    return address.scheme in ("http", "https") and bool(sound)


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
