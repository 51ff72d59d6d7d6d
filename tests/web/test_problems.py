"""What goes wrong, as people see it: a page that says what to do, and no details of ours."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.wrappers import Response

GONE = OperationalError("SELECT secret", {}, Exception("gone"))
TOO_LARGE = DataError("SELECT secret", {}, Exception("out of range"))


def answer_to(app: Flask, path: str, error: Exception, **headers: str) -> Response:
    with app.test_request_context(path, headers=headers):
        return app.make_response(app.handle_user_exception(error))


@pytest.mark.parametrize(
    ("path", "error", "status", "said"),
    [
        ("/console/", GONE, 503, "The database does not answer."),
        ("/console/", TOO_LARGE, 422, "A value cannot be stored"),
        ("/console/", ZeroDivisionError(), 500, "Something went wrong on our side"),
        ("/work/x", GONE, 503, "We cannot reach our records just now."),
        ("/work/x", TOO_LARGE, 422, "A value cannot be stored"),
        ("/work/x", ZeroDivisionError(), 500, "Something went wrong on our side."),
    ],
)
def test_a_fault_is_told_in_a_page(
    app: Flask, path: str, error: Exception, status: int, said: str
) -> None:
    page = answer_to(app, path, error)

    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert said in page.get_data(as_text=True)
    assert "secret" not in page.get_data(as_text=True)
    assert ("Retry-After" in page.headers) == (status == 503)


def test_the_annotation_pages_script_is_told_in_json_and_tries_again(app: Flask) -> None:
    told = answer_to(app, "/work/x", GONE, Accept="application/json")

    assert (told.status_code, told.mimetype) == (503, "application/problem+json")


def test_a_part_of_a_console_page_is_told_in_place(app: Flask) -> None:
    told = answer_to(app, "/console/", GONE, **{"HX-Request": "true"})

    assert (told.headers["HX-Retarget"], told.headers["HX-Reselect"]) == ("#messages", ".refusal")
    assert "<html" not in told.get_data(as_text=True)
