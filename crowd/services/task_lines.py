"""Files of tasks: NDJSON or CSV, read line by line into tasks and problems."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple, NoReturn

import orjson

MAX_LINE_BYTES = 1_000_000
MAX_PRIORITY = 1_000_000
MAX_NAME = 200
FIELDS = ("external_id", "payload", "priority", "batch", "gold")

_FIELDS = frozenset(FIELDS)
# A NUL as JSON writes it: an escaped backslash before it makes it plain text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What a spreadsheet puts between columns where a comma stands in numbers.
_PARTED = re.compile("[;\t]")
# The fast reader turns whole numbers beyond 64 bits into floats; looking for nineteen digits in a
# row finds them all, and costs a tenth of a regular expression.
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS = b"0" * 19


class BadLine(Exception):
    """A line that makes no task: the field and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem


class TaskLine(NamedTuple):
    """A task as a line of a file gives it."""

    number: int
    external_id: str
    #: JSON text, checked to be storable.
    payload: str
    priority: int = 0
    #: Tasks of one batch belong on one page.
    batch: str | None = None
    gold: str | None = None


class LineProblem(NamedTuple):
    """Why a line was left out: its number from 1, the field, and what is wrong with it."""

    line: int
    field: str
    problem: str


class TaskFile:
    """An open file of tasks that can be left after any line and gone on with by another reader.

    Where a file is left is its `tell()`, with the `line` and the `header` found here.
    """

    def __init__(
        self, file: IO[bytes], form: str, *, line: int = 0, header: Sequence[str] | None = None
    ) -> None:
        self._file = file
        self._form = form
        #: Number of the last line read.
        self.line = line
        #: Columns of a CSV; None before the first line, and in NDJSON.
        self.header = header

    def __iter__(self) -> Iterator[TaskLine | LineProblem]:
        """Read on. Raises BadLine when the header of a CSV is of no use."""
        return self._csv() if self._form == "csv" else self._ndjson()

    def read_header(self) -> Sequence[str]:
        """Read the header of a CSV, whatever it holds, and leave the file behind it."""
        rows = csv.reader(self._decoded())
        try:
            self.header = [name.strip() for name in next(rows, [])]
        except csv.Error:
            self.header = []
        self.line += rows.line_num
        return self.header

    def _lines(self) -> Iterator[bytes]:
        # a line without an end must not fill the memory: what is too much of one is passed over
        limit = MAX_LINE_BYTES + 1
        while line := self._file.readline(limit):
            end = line
            while len(end) == limit and not end.endswith(b"\n"):
                end = self._file.readline(limit)
            yield line

    def _ndjson(self) -> Iterator[TaskLine | LineProblem]:
        for line in self._lines():
            self.line += 1
            if not line.isspace():
                try:
                    yield _task(self.line, _json_object(line))
                except BadLine as bad:
                    yield LineProblem(self.line, bad.field, bad.problem)

    def _csv(self) -> Iterator[TaskLine | LineProblem]:
        """Read rows; the number of one that spans several lines is that of its last.

        `external_id`, `priority`, `batch` and `gold` are columns; `payload` holds JSON, or else
        every other column is a field of the payload.
        """
        header = self.header
        if header is None:
            check_header(header := self.read_header())
        before = self.line
        rows = csv.reader(self._decoded())
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                self.line = before + rows.line_num
                yield LineProblem(self.line, "line", f"not readable as CSV: {error}")
                continue
            self.line = before + rows.line_num
            if row:
                try:
                    yield _task(self.line, _csv_object(header, row))
                except BadLine as bad:
                    yield LineProblem(self.line, bad.field, bad.problem)

    def _decoded(self) -> Iterator[str]:
        # broken bytes become lone surrogates, which the field that holds them is then refused for
        first = self.line == 0
        for line in self._lines():
            yield line.decode("utf-8-sig" if first else "utf-8", "surrogateescape")
            first = False


def check_header(header: Sequence[str]) -> None:
    """Raise BadLine for a header that names no items, or a column twice, or is no text."""
    if not all(map(is_text, header)):
        raise BadLine("line", "the file is no text in UTF-8: save it as CSV, in UTF-8")
    if "external_id" not in header:
        if len(header) == 1 and (parted := _PARTED.search(header[0])):
            by = {";": "semicolons", "\t": "tabs"}[parted[0]]
            raise BadLine("line", f"its columns are parted by {by}: save it with commas")
        found = ", ".join(header)[:500] or "nothing"
        raise BadLine("external_id", f"the CSV needs a column external_id; its header has: {found}")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadLine(twice[0][:MAX_NAME], "the column stands twice in the header of the CSV")


def is_text(value: str) -> bool:
    """Tell whether a text can be stored and sent: no NUL, and nothing that was not UTF-8."""
    return "\0" not in value and not _SURROGATE.search(value)


def _csv_object(header: Sequence[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(header):
        raise BadLine("line", f"has {len(row)} columns, the header has {len(header)}")
    cells = dict(zip(header, row, strict=True))
    task: dict[str, Any] = {"external_id": cells.pop("external_id")}
    for name in ("batch", "gold"):
        if given := cells.pop(name, ""):
            task[name] = given
    if priority := cells.pop("priority", ""):
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", priority):
            raise BadLine("priority", "must be a whole number")
        task["priority"] = int(priority)
    if "payload" not in cells:
        return task | {"payload": cells}
    payload = cells.pop("payload")
    task["payload"] = (
        _loads(payload.encode("utf-8", "surrogateescape"), "payload") if payload else {}
    )
    return task | cells


def _json_object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise BadLine("line", f"longer than {MAX_LINE_BYTES} bytes")
    value = _loads(line, "line")
    if not isinstance(value, dict):
        raise BadLine("line", "must be a JSON object")
    return value


def _loads(raw: bytes, field: str) -> Any:
    if _MANY_DIGITS not in raw.translate(_DIGITS):
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            pass  # the slow reader knows better what is wrong, and takes what is only unusual
    try:
        text = raw.decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise BadLine(field, f"not UTF-8: byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise BadLine(field, f"not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text[:40]} is out of range")
    return value


def _task(number: int, value: dict[str, Any]) -> TaskLine:
    if not value.keys() <= _FIELDS:
        unknown = next(name for name in value if name not in _FIELDS)
        raise BadLine(_shown(unknown), f"unknown field; a task has {', '.join(FIELDS)}")
    if "external_id" not in value:
        raise BadLine("external_id", "missing")
    priority = value.get("priority", 0)
    if type(priority) is not int or abs(priority) > MAX_PRIORITY:
        raise BadLine("priority", f"must be a whole number of at most {MAX_PRIORITY}")
    batch, gold = value.get("batch"), value.get("gold")
    return TaskLine(
        number,
        _name(value["external_id"], "external_id"),
        _payload(value.get("payload", {})),
        priority,
        None if batch is None else _name(batch, "batch"),
        None if gold is None else _name(gold, "gold"),
    )


def _name(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise BadLine(field, "must be a string")
    if not 1 <= len(value) <= MAX_NAME:
        raise BadLine(field, f"must have 1 to {MAX_NAME} characters")
    if not is_text(value):
        raise BadLine(field, "holds a character that is not valid UTF-8 text")
    return value


def _payload(value: Any) -> str:
    if not isinstance(value, dict):
        raise BadLine("payload", "must be an object")
    try:
        text = orjson.dumps(value)
    except TypeError:
        text = _unusual_payload(value)
    if b"\\u0000" in text and _NUL.search(text):
        raise BadLine("payload", "holds a character that is not valid UTF-8 text")
    return text.decode()


def _unusual_payload(value: Any) -> bytes:
    """Write what the fast writer does not: numbers beyond 64 bits, and deep nesting."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise BadLine("payload", "holds a character that is not valid UTF-8 text") from None
    except (ValueError, RecursionError):
        raise BadLine("payload", "is nested too deeply") from None


def _shown(name: str) -> str:
    return name[:MAX_NAME].encode("utf-8", "replace").decode()
