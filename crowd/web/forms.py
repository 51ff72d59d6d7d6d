"""Forms and queries, read as what the API takes: `gold.share` in a form is a field of `gold`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields, missing
from werkzeug.datastructures import MultiDict

from crowd.errors import Invalid

#: Not given at all, which is not the same as given empty.
ABSENT = object()
WRONG = "Nothing was changed: not all fields are right yet."


def load(schema: type[Schema], source: MultiDict[str, str] | None = None) -> dict[str, Any]:
    """Read a form, or the query where there is none, by a schema of the API. Raises Invalid."""
    return check(schema, body(schema, request.form or request.args if source is None else source))


def body(schema: type[Schema], source: MultiDict[str, str]) -> dict[str, Any]:
    """Lay a form out as JSON would have it, unchecked; what is not in the form is not in there.

    A list is of lines, of all fields of its name, or of rows: `show.0.field`, `show.0.kind`; empty
    lines and rows are left out. What is left empty is null where null is allowed, else an empty
    text where that is no default's place, else not given.
    """
    return _body(schema(), source, "")


def check(schema: type[Schema], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a body by its schema. Raises Invalid, with errors under the names that a form has."""
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        raise Invalid(WRONG, errors=flat(error.messages_dict)) from None
    return loaded


def shown(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Lay values out under the names that a form has; rows of a list stay as they are."""
    laid: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            laid |= shown(value, f"{prefix}{name}.")
        else:
            laid[f"{prefix}{name}"] = value
    return laid


def flat(errors: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Lay errors out under the names that a form has; those of lines stay with their list."""
    laid: dict[str, Any] = {}
    for name, why in errors.items():
        if isinstance(why, Mapping) and not _is_of_lines(why):
            laid |= flat(why, f"{prefix}{name}.")
        else:
            laid[f"{prefix}{name}"] = why
    return laid


def _is_of_lines(errors: Mapping[Any, Any]) -> bool:
    return all(isinstance(at, int) and not isinstance(why, Mapping) for at, why in errors.items())


def _body(schema: Schema, form: MultiDict[str, str], prefix: str) -> dict[str, Any]:
    read = {}
    for name, field in schema.fields.items():
        key = field.data_key or name
        read[key] = _value(field, form, prefix + key)
    return {key: value for key, value in read.items() if value is not ABSENT}


def _value(field: Any, form: MultiDict[str, str], name: str) -> Any:
    if isinstance(field, fields.Nested):
        return _part(field, form, name)
    if isinstance(field, fields.List):
        return _list(field, form, name)
    if name not in form:
        return ABSENT
    # of a box to tick and the hidden field that stands for its being empty, the last one holds
    text = form.getlist(name)[-1].replace("\r\n", "\n")
    return _typed(field, text) if text.strip() else _empty(field, text)


def _part(field: fields.Nested, form: MultiDict[str, str], name: str) -> Any:
    if inner := _body(field.schema, form, f"{name}."):
        return inner
    has_parts = any(key.startswith(f"{name}.") for key in form)
    return None if field.allow_none and has_parts else ABSENT


def _list(field: Any, form: MultiDict[str, str], name: str) -> Any:
    if not isinstance(field.inner, fields.Nested):
        if name not in form:
            return ABSENT
        lines = (line.strip() for text in form.getlist(name) for line in text.splitlines())
        return [line for line in lines if line]
    begun = (key.removeprefix(f"{name}.").partition(".")[0] for key in form if key != name)
    places = sorted({int(place) for place in begun if place.isdecimal()})
    rows = (_body(field.inner.schema, form, f"{name}.{place}.") for place in places)
    return [row for row in rows if any(row.values())] if places else ABSENT


def _empty(field: Any, text: str) -> Any:
    if field.allow_none:
        return None
    is_free = type(field) is fields.String and not field.required and field.load_default is missing
    return text if is_free else ABSENT


def _typed(field: Any, text: str) -> Any:
    """Read numbers and truths as JSON has them; what is neither is the schema's to refuse."""
    if isinstance(field, fields.Boolean):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(field, fields.Integer) and text.strip().lstrip("-").isdecimal():
        return int(text)
    return text if type(field) is fields.String else text.strip()
