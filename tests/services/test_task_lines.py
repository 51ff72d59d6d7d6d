"""Files of tasks, read line by line."""

from __future__ import annotations

import io
import json

import pytest

from crowd.services.task_lines import MAX_LINE_BYTES, BadLine, LineProblem, TaskFile, TaskLine

CSV = b'external_id,text\n1,"two\nlines"\n\n2,a,b\n3,"say ""hi"""\n4,last'
NDJSON = b'{"external_id": "1"}\n\n{"external_id": 2}\n{"external_id": "3"}\n{"external_id": "4"}'


def read(content: bytes, form: str = "ndjson") -> list[TaskLine | LineProblem]:
    return list(TaskFile(io.BytesIO(content), form))


def payload(line: bytes) -> str:
    (task,) = read(b'{"external_id": "x", "payload": ' + line + b"}")
    assert isinstance(task, TaskLine), task
    return task.payload


@pytest.mark.parametrize(
    "text",
    [
        '{"a":123456789012345678901234567890}',
        '{"a":-9223372036854775809}',
        '{"a":18446744073709551616,"b":["é",true,null,1.5]}',
        '{"a":"\\\\u0000 is not a NUL"}',
        '{"a":"1234567890123456789012"}',
    ],
)
def test_a_payload_is_kept_to_the_last_digit(text: str) -> None:
    assert payload(text.encode()) == text


def test_a_payload_may_be_nested_deeper_than_the_fast_writer_goes() -> None:
    deep = '{"a":' * 300 + "1" + "}" * 300

    assert payload(deep.encode()) == deep


@pytest.mark.parametrize(
    ("line", "field", "problem"),
    [
        (b'{"external_id": "x", "payload": {"a": 1e400}}', "line", "1e400 is out of range"),
        (b'{"external_id": "x", "payload": {"a": NaN}}', "line", "NaN is not a JSON number"),
        (b'{"external_id": "x", "payload": [1]}', "payload", "must be an object"),
        (b'{"external_id": "x", "priority": true}', "priority", "whole number"),
        (b'{"external_id": "x\\u0000"}', "external_id", "not valid UTF-8"),
        (b'{"external_id": ""}', "external_id", "1 to 200 characters"),
        (b'{"external_id": "x"', "line", "not JSON"),
        (b'["x"]', "line", "must be a JSON object"),
        (b'{"external_id": "\xff"}', "line", "not UTF-8: byte 17"),
    ],
)
def test_a_bad_line_says_which_field_and_why(line: bytes, field: str, problem: str) -> None:
    (bad,) = read(line)

    assert isinstance(bad, LineProblem)
    assert (bad.line, bad.field) == (1, field)
    assert problem in bad.problem


def test_a_line_that_is_far_too_long_is_one_problem_and_counts_as_one_line() -> None:
    long = b'{"external_id": "' + b"x" * 3 * MAX_LINE_BYTES + b'"}\n'

    found = read(long + b'{"external_id": "next"}\n' + long)

    assert [line[0] for line in found] == [1, 2, 3]
    assert [type(line) for line in found] == [LineProblem, TaskLine, LineProblem]


@pytest.mark.parametrize(("form", "content"), [("csv", CSV), ("ndjson", NDJSON)])
def test_a_file_can_be_left_after_any_line_and_gone_on_with(form: str, content: bytes) -> None:
    whole = read(content, form)
    parts: list[TaskLine | LineProblem] = []
    place, line, header = 0, 0, None

    while place < len(content):
        file = io.BytesIO(content)
        file.seek(place)
        reader = TaskFile(file, form, line=line, header=header)
        parts += [read for _, read in zip(range(1), reader, strict=False)]
        place, line, header = file.tell(), reader.line, reader.header

    assert parts == whole
    assert len(whole) == 4


def test_a_row_of_several_lines_has_the_number_of_its_last() -> None:
    one, bad, three, last = read(CSV, "csv")

    assert [one[0], bad[0], three[0], last[0]] == [3, 5, 6, 7]
    assert isinstance(three, TaskLine)
    assert json.loads(three.payload) == {"text": 'say "hi"'}


def test_a_csv_whose_header_is_of_no_use_is_refused() -> None:
    with pytest.raises(BadLine, match="needs a column external_id"):
        read(b"id,text\n1,a\n", "csv")
    with pytest.raises(BadLine, match="stands twice"):
        read(b"external_id,text,text\n", "csv")
    for content in (
        b"\x00\x01\xff",
        "external_id,\xe9\n".encode("latin-1"),
        "external_id\n1".encode("utf-16"),
    ):
        with pytest.raises(BadLine, match="no text in UTF-8"):
            read(content, "csv")
    with pytest.raises(BadLine, match="parted by semicolons"):
        read(b"external_id;text\n1;a\n", "csv")
    with pytest.raises(BadLine, match="its header has: nothing"):
        read(b"x" * 200_000, "csv")
