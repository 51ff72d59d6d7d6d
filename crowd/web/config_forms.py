"""Forms for what the API takes as nested JSON: `gold.share` in a form is a field of `gold`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from crowd.errors import Invalid

#: Not given at all, which is not the same as given empty.
ABSENT = object()


def load(schema: type[Schema], form: MultiDict[str, str]) -> dict[str, Any]:
    """Read a form by a schema of the API; what is not in the form is not in the outcome.

    A list has a line for each of its items. What is left empty is null where null is allowed, and
    else not given. Raises Invalid, with errors under the names that the form has.
    """
    made = schema()
    try:
        loaded: dict[str, Any] = made.load(_body(made, form, ""))
    except ValidationError as error:
        raise Invalid("See the fields.", errors=_flat(error.messages_dict)) from None
    return loaded


def shown(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Lay values out under the names that a form has."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= shown(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _body(schema: Schema, form: MultiDict[str, str], prefix: str) -> dict[str, Any]:
    read = {name: _value(field, form, prefix + name) for name, field in schema.fields.items()}
    return {name: value for name, value in read.items() if value is not ABSENT}


def _value(field: Any, form: MultiDict[str, str], name: str) -> Any:
    if isinstance(field, fields.Nested):
        inner = _body(field.schema, form, f"{name}.")
        if inner:
            return inner
        has_parts = any(key.startswith(f"{name}.") for key in form)
        return None if field.allow_none and has_parts else ABSENT
    if name not in form:
        return ABSENT
    text = form[name].replace("\r\n", "\n")
    if isinstance(field, fields.List):
        return [line.strip() for line in text.split("\n") if line.strip()]
    if text.strip() == "":
        return _empty(field, text)
    return _typed(field, text)


def _empty(field: Any, text: str) -> Any:
    if field.allow_none:
        return None
    return text if type(field) is fields.String and not field.required else ABSENT


def _typed(field: Any, text: str) -> Any:
    """Read numbers and truths as JSON has them; what is neither is the schema's to refuse."""
    if isinstance(field, fields.Boolean):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(field, fields.Integer) and text.strip().lstrip("-").isdecimal():
        return int(text)
    return text if type(field) is fields.String else text.strip()


def _flat(errors: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, why in errors.items():
        if isinstance(why, Mapping) and all(isinstance(key, str) for key in why):
            flat |= _flat(why, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = why
    return flat
