"""Calls that get lost are made again, and nothing is ever done twice by it."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from crowd.client import (
    AlreadyAnswered,
    Client,
    NotFound,
    Problem,
    RateLimited,
    Unavailable,
    Unreachable,
    Unreadable,
)
from tests.client.conftest import Reply, Scripted, client_of

ANNOTATOR = {
    "id": "1",
    "external_id": "ann",
    "kind": "human",
    "state": "active",
    "created_at": "2026-01-01T00:00:00Z",
}
MADE = Reply(201, ANNOTATOR)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_is_asked_again_with_the_same_key(
    status: int, scripted: Scripted, impatient: Client
) -> None:
    scripted.says(Reply(status), Reply(status), MADE)

    made = impatient.annotators.register("ann")

    assert made.external_id == "ann"
    keys = {received.headers["idempotency-key"] for received in scripted.received}
    bodies = {received.body for received in scripted.received}
    assert (len(scripted.received), len(keys), len(bodies)) == (3, 1, 1)


def test_two_calls_have_two_keys(scripted: Scripted, impatient: Client) -> None:
    scripted.says(MADE)

    impatient.annotators.register("ann"), impatient.annotators.register("ann")

    first, second = (received.headers["idempotency-key"] for received in scripted.received)
    assert first != second


def test_a_connection_that_breaks_is_made_again(scripted: Scripted, impatient: Client) -> None:
    scripted.says(Reply(hang_up=True), Reply(hang_up=True), MADE)

    impatient.annotators.register("ann")

    assert len({received.headers["idempotency-key"] for received in scripted.received}) == 1


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 500]
)
def test_what_would_fail_again_is_not_tried_again(
    status: int, scripted: Scripted, impatient: Client
) -> None:
    scripted.says(Reply(status, {"status": status, "code": "some_code", "detail": "no"}))

    with pytest.raises(Problem) as refused:
        impatient.annotators.register("ann")

    assert (refused.value.status, refused.value.code) == (status, "some_code")
    assert len(scripted.received) == 1


def test_a_service_that_is_gone_is_waited_for(scripted: Scripted) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with client_of(f"http://127.0.0.1:{port}", retry_for=0.5) as client:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="ConnectError"):
            client.annotators.get("1")

    assert 0.1 < time.monotonic() - began < 2


def test_waiting_ends_with_the_problem_itself(scripted: Scripted) -> None:
    problem = {"code": "unavailable", "detail": "no database", "request_id": "r1"}
    scripted.says(Reply(503, problem))

    with client_of(scripted.url, retry_for=0.3) as client, pytest.raises(Unavailable) as refused:
        client.annotators.get("1")

    assert str(refused.value) == "unavailable: no database [request r1]"
    assert len(scripted.received) > 1


def test_retry_after_is_heeded(
    scripted: Scripted, impatient: Client, no_waiting: list[float]
) -> None:
    scripted.says(Reply(429, {"code": "rate_limited"}, {"Retry-After": "1"}), MADE)

    impatient.annotators.register("ann")

    assert len(no_waiting) == 1
    assert 1 < no_waiting[0] < 1.2


def test_a_wait_longer_than_ones_patience_is_left_to_the_caller(
    scripted: Scripted, impatient: Client
) -> None:
    scripted.says(Reply(429, {"code": "rate_limited"}, {"Retry-After": "60"}))

    with pytest.raises(RateLimited) as refused:
        impatient.annotators.register("ann")

    assert (refused.value.retry_after, len(scripted.received)) == (60, 1)


def test_pauses_grow_and_are_bounded(scripted: Scripted, no_waiting: list[float]) -> None:
    scripted.says(*[Reply(503)] * 12, MADE)

    with client_of(scripted.url, retry_for=60) as client:
        client.annotators.register("ann")

    assert len(no_waiting) == 12
    assert 0.05 <= no_waiting[0] <= 0.1
    assert max(no_waiting) <= 3
    assert min(no_waiting[6:]) >= 1.5


def test_what_a_lost_attempt_has_deleted_counts_as_deleted(
    scripted: Scripted, impatient: Client
) -> None:
    scripted.says(Reply(hang_up=True), Reply(404, {"code": "not_found"}))
    impatient.gold.retire("1")

    scripted.says(Reply(404, {"code": "not_found"}))
    with pytest.raises(NotFound):
        impatient.gold.retire("1")


def test_a_file_is_sent_whole_at_every_attempt(scripted: Scripted, impatient: Client) -> None:
    scripted.says(Reply(503), Reply(200, {"received": 2, "created": 2, "rejected": 0}))

    impatient.imports.create("p", ({"external_id": name} for name in "ab"))

    assert [received.body for received in scripted.received] == [
        b'{"external_id": "a"}\n{"external_id": "b"}\n'
    ] * 2


def test_the_page_of_a_proxy_is_no_answer(scripted: Scripted, impatient: Client) -> None:
    scripted.says(Reply(200, b"<html>Log in</html>"))
    with pytest.raises(Unreadable, match="Log in"):
        impatient.annotators.get("1")

    scripted.says(Reply(302, b"", {"Location": "/login"}))
    with pytest.raises(Problem, match="not_from_the_api"):
        impatient.annotators.get("1")


def test_an_export_that_breaks_off_is_never_taken_for_whole(
    scripted: Scripted, impatient: Client, tmp_path: object
) -> None:
    line = b'{"task_id": "1", "external_id": "a", "state": "open"}\n'
    scripted.says(Reply(200, line, missing=10))
    read = []

    with pytest.raises(Unreachable, match="broke off"):
        read.extend(impatient.exports.labels("p"))
    with pytest.raises(Unreachable, match="broke off"):
        impatient.exports.download("p", f"{tmp_path}/labels.csv", format="csv")

    assert not list(tmp_path.glob("labels.csv"))  # type: ignore[attr-defined]


def test_one_client_serves_many_threads_over_few_connections(
    scripted: Scripted, impatient: Client
) -> None:
    scripted.says(Reply(409, {"code": "already_answered"}))
    refused: list[str] = []

    def call() -> None:
        for _ in range(20):
            with pytest.raises(AlreadyAnswered) as problem:
                impatient.answers.submit("1", "yes")
            refused.append(problem.value.code)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["already_answered"] * 160
    assert len({received.headers["idempotency-key"] for received in scripted.received}) == 160
    assert len({received.connection for received in scripted.received}) <= 8


def test_a_base_url_says_how_to_get_there() -> None:
    with pytest.raises(ValueError, match="https://crowd"):
        Client("crowd.example.org", "key")
