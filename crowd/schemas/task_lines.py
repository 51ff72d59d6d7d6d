"""Files of tasks: NDJSON or CSV, read line by line into tasks and problems."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_LINE_BYTES = 1_000_000
MAX_PRIORITY = 1_000_000
MAX_NAME = 200
FIELDS = ("external_id", "payload", "priority", "gold")

# A NUL as JSON writes it: an escaped backslash before it makes it plain text.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadLine(Exception):
    """A line that makes no task: the field and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ParsedTask:
    """The fields of a good line; the payload as JSON text."""

    external_id: str
    payload: str
    priority: int
    gold: str | None


def read_ndjson(lines: Iterable[bytes]) -> Iterator[tuple[int, ParsedTask | BadLine]]:
    """Read one JSON object a line, as (line number from 1, task or problem)."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, _task(_json_object(line))
            except BadLine as problem:
                yield number, problem


def read_csv(lines: Iterable[bytes]) -> Iterator[tuple[int, ParsedTask | BadLine]]:
    """Read a CSV with a header, as (line number where a row ends, task or problem).

    `external_id`, `priority` and `gold` are columns; `payload` holds JSON, or else every other
    column is a field of the payload. Raises BadLine when the header itself is of no use.
    """
    rows = csv.reader(_decoded(lines))
    header = [name.strip() for name in next(rows, [])]
    _check_header(header)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield rows.line_num, BadLine("line", f"not readable as CSV: {error}")
            continue
        if row:
            try:
                yield rows.line_num, _task(_csv_object(header, row))
            except BadLine as problem:
                yield rows.line_num, problem


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    # broken bytes become lone surrogates, which the field that holds them is then refused for
    for number, line in enumerate(lines):
        yield line.decode("utf-8-sig" if number == 0 else "utf-8", "surrogateescape")


def _check_header(header: list[str]) -> None:
    if "external_id" not in header:
        found = ", ".join(header)[:500] or "nothing"
        raise BadLine("external_id", f"the CSV needs a column external_id; its header has: {found}")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadLine(twice[0][:MAX_NAME], "the column stands twice in the header of the CSV")


def _csv_object(header: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(header):
        raise BadLine("line", f"has {len(row)} columns, the header has {len(header)}")
    cells = dict(zip(header, row, strict=True))
    task: dict[str, Any] = {"external_id": cells.pop("external_id")}
    if gold := cells.pop("gold", ""):
        task["gold"] = gold
    if priority := cells.pop("priority", ""):
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", priority):
            raise BadLine("priority", "must be a whole number")
        task["priority"] = int(priority)
    if "payload" not in cells:
        return task | {"payload": cells}
    payload = cells.pop("payload")
    task["payload"] = _loads(payload, "payload") if payload else {}
    return task | cells


def _json_object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise BadLine("line", f"longer than {MAX_LINE_BYTES} bytes")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLine("line", f"not UTF-8: byte {error.start}") from None
    value = _loads(text, "line")
    if not isinstance(value, dict):
        raise BadLine("line", "must be a JSON object")
    return value


def _loads(text: str, field: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadLine(field, f"not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _task(value: dict[str, Any]) -> ParsedTask:
    for name in value:
        if name not in FIELDS:
            raise BadLine(_shown(name), f"unknown field; a task has {', '.join(FIELDS)}")
    if "external_id" not in value:
        raise BadLine("external_id", "missing")
    priority = value.get("priority", 0)
    if type(priority) is not int or abs(priority) > MAX_PRIORITY:
        raise BadLine("priority", f"must be a whole number of at most {MAX_PRIORITY}")
    gold = value.get("gold")
    return ParsedTask(
        external_id=_name(value["external_id"], "external_id"),
        payload=_payload(value.get("payload", {})),
        priority=priority,
        gold=None if gold is None else _name(gold, "gold"),
    )


def _name(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise BadLine(field, "must be a string")
    if not 1 <= len(value) <= MAX_NAME:
        raise BadLine(field, f"must have 1 to {MAX_NAME} characters")
    if "\0" in value or _SURROGATE.search(value):
        raise BadLine(field, "holds a character that is not valid UTF-8 text")
    return value


def _payload(value: Any) -> str:
    if not isinstance(value, dict):
        raise BadLine("payload", "must be an object")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise BadLine("payload", "holds a number that is out of range") from None
    if _NUL.search(text) or _SURROGATE.search(text):
        raise BadLine("payload", "holds a character that is not valid UTF-8 text")
    return text


def _shown(name: str) -> str:
    return name[:MAX_NAME].encode("utf-8", "replace").decode()
