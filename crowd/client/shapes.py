"""JSON into frozen dataclasses, by their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from crowd.client.problems import Unreadable

T = TypeVar("T")
Reader = Callable[[Any], Any]


def read(shape: type[T], body: Any) -> T:
    """Make a shape of a JSON object; what it has no field for is passed over.

    A newer service may say more than this client knows. Raises Unreadable when a field that has
    no default is missing, or a time is none.
    """
    if not isinstance(body, Mapping):
        raise Unreadable(f"A {shape.__name__} should be an object, not {body!r:.80}.")
    try:
        return shape(
            **{
                name: body[name] if reader is None or body[name] is None else reader(body[name])
                for name, reader in _readers(shape)  # type: ignore[arg-type] # of mypy: T is hashable
                if name in body
            }
        )
    except (TypeError, ValueError, InvalidOperation) as error:
        raise Unreadable(f"Not a {shape.__name__} this client knows: {error}") from error


@cache
def _readers(shape: Any) -> tuple[tuple[str, Reader | None], ...]:
    hints = get_type_hints(shape)
    return tuple((field.name, _reader(hints[field.name])) for field in fields(shape))


def _reader(hint: Any) -> Reader | None:
    """Choose what turns JSON into a field; None where JSON is what the field holds."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        known = [choice for choice in inner if choice is not NoneType]
        return _reader(known[0]) if len(known) == 1 else None
    if kind is tuple:
        item = _reader(inner[0])
        return tuple if item is None else lambda values: tuple(map(item, values))
    if hint is datetime:
        return datetime.fromisoformat
    if hint is Decimal:
        return Decimal
    return partial(read, hint) if isinstance(hint, type) and is_dataclass(hint) else None
