"""One attempt, at a real receiver: what is sent, what is believed, and what is refused."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from crowd.db import new_id
from crowd.services import destinations
from crowd.services.deliveries import Claimed
from tests.receivers import receiving, status
from workers import sending
from workers.sending import MAX_ANSWER_BYTES, send

SECRET, OLD_SECRET = "whsec_" + "a" * 32, "whsec_" + "b" * 32


def claimed(url: str, *secrets: str) -> Claimed:
    body = '{"type":"task.resolved","data":{"task_id":"é"}}'
    return Claimed(new_id(), new_id(), url, body, secrets or (SECRET,))


@contextmanager
def raw_server(*pieces: bytes, pause_s: float = 0.0) -> Iterator[str]:
    """A server that says just these bytes, whatever it is asked, and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            line.recv(65536)
            for piece in pieces:
                try:
                    line.sendall(piece)
                except OSError:
                    return
                time.sleep(pause_s)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_receiver_can_verify_what_it_gets_and_by_whom_it_was_sent() -> None:
    with receiving() as receiver:
        message = claimed(receiver.url)
        outcome = send(message, allow_private=True)

    (got,) = receiver.got
    assert (outcome.status, outcome.error, outcome.succeeded) == (204, None, True)
    assert Webhook(SECRET).verify(got.body, got.headers)["type"] == "task.resolved"
    assert got.headers["webhook-id"] == str(message.delivery_id)
    assert got.headers["content-type"] == "application/json"
    assert (got.path, got.body) == ("/hook?key=1", message.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body + " ", got.headers)


def test_while_a_secret_is_rotated_each_of_both_verifies() -> None:
    with receiving() as receiver:
        send(claimed(receiver.url, SECRET, OLD_SECRET), allow_private=True)

    (got,) = receiver.got
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "c" * 32).verify(got.body, got.headers)


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_two_hundred_is_a_success(code: int) -> None:
    with receiving(status(code)) as receiver:
        assert send(claimed(receiver.url), allow_private=True).succeeded


@pytest.mark.parametrize("code", [400, 404, 410, 429, 500, 503])
def test_a_refusal_is_kept_with_the_beginning_of_what_was_said(code: int) -> None:
    with receiving(status(code, b"no, \x00 thanks \xff")) as receiver:
        outcome = send(claimed(receiver.url), allow_private=True)

    assert (outcome.status, outcome.error) == (code, f"HTTP {code}")
    assert outcome.excerpt == "no, � thanks �"


def test_a_redirect_is_not_followed() -> None:
    with receiving() as target, receiving(status(307, Location=target.url)) as receiver:
        outcome = send(claimed(receiver.url), allow_private=True)

    assert target.got == []
    assert outcome.status == 307
    assert "redirects are not followed" in (outcome.error or "")


@pytest.mark.parametrize("said", ["120", "date"])
def test_retry_after_is_read_as_seconds_or_as_a_date(said: str) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=121), usegmt=True)
    header = {"Retry_After": soon if said == "date" else said}
    with receiving(status(429, **header)) as receiver:
        outcome = send(claimed(receiver.url), allow_private=True)

    assert outcome.retry_after_s == pytest.approx(120, abs=2)


@pytest.mark.parametrize("said", ["soon", "", "-5", "²", "9" * 400])
def test_a_retry_after_that_makes_no_sense_does_no_harm(said: str) -> None:
    answer = f"HTTP/1.1 503 x\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n"
    with raw_server(answer.encode("latin-1")) as url:
        outcome = send(claimed(url), allow_private=True)

    assert outcome.status == 503
    assert outcome.retry_after_s is None or outcome.retry_after_s < 1e9


def test_a_receiver_that_takes_too_long_is_left_alone() -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(2)

    with receiving(slow) as receiver:
        outcome = send(claimed(receiver.url), allow_private=True, timeout_s=0.3)

    assert (outcome.status, outcome.error) == (None, "no answer within 0.3 s")
    assert 0.25 < outcome.duration_s < 1


def test_a_receiver_that_says_a_byte_at_a_time_is_cut_off() -> None:
    drip = [b"HTTP/1.1 200 OK\r\n", *(b"X-Drip: 1\r\n" for _ in range(100))]
    with raw_server(*drip, pause_s=0.05) as url:
        outcome = send(claimed(url), allow_private=True, timeout_s=0.4)

    assert (outcome.status, outcome.error) == (None, "no answer within 0.4 s")
    assert outcome.duration_s < 1


def test_a_body_that_never_ends_is_not_read_to_its_end() -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65536)

    with receiving(endless) as receiver:
        outcome = send(claimed(receiver.url), allow_private=True)

    assert outcome.succeeded
    assert outcome.duration_s < 2
    assert outcome.excerpt == "x" * min(MAX_ANSWER_BYTES, sending.EXCERPT)


def test_a_body_that_breaks_off_does_not_undo_what_its_status_said() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthank") as url:
        outcome = send(claimed(url), allow_private=True)

    assert (outcome.succeeded, outcome.excerpt) == (True, "thank")


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n"])
def test_what_is_not_http_is_no_answer(said: bytes) -> None:
    with raw_server(said) as url:
        outcome = send(claimed(url), allow_private=True)

    assert outcome.status is None
    assert (outcome.error or "").startswith("no answer: ")


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    outcome = send(claimed(url), allow_private=True)

    assert (outcome.status, outcome.excerpt) == (None, None)
    assert "refused" in (outcome.error or "")


def test_what_was_allowed_once_is_checked_again_when_it_is_sent() -> None:
    with receiving() as receiver:
        by_scheme = send(claimed(receiver.url), allow_private=False)
        by_address = send(claimed(receiver.url.replace("http:", "https:")), allow_private=False)

    assert receiver.got == []
    assert by_scheme.error == "not sent: the URL must start with https://"
    assert (by_address.error or "").startswith("not sent: localhost is not known, or has an")


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    really = socket.getaddrinfo

    def rebinding(host: str, port: int, *rest: Any, **named: Any) -> list[Any]:
        # harmless when it is checked, inside from then on
        asked.append(host)
        if host != "rebinding.example":
            return really(host, port, *rest, **named)
        address = "192.0.2.7" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(destinations, "_is_public", lambda address: str(address) == "192.0.2.7")
    monkeypatch.setattr(destinations.socket, "getaddrinfo", rebinding)
    send(claimed("https://rebinding.example:8443/"), allow_private=False, timeout_s=0.2)

    assert asked == ["rebinding.example", "192.0.2.7"]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        send(claimed(receiver.url), allow_private=True)

    assert (len(proxy.got), len(receiver.got)) == (0, 1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("a certificate for the test is made by openssl")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-days", "2", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def tls_server(certificate: tuple[Path, Path], names: list[str | None]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    return context


def test_tls_is_asked_for_the_name_in_the_url_and_its_certificate_is_checked(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str | None] = []
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with receiving(tls=tls_server(certificate, names)) as receiver:
        untrusted = send(claimed(receiver.url), allow_private=True)
        monkeypatch.setattr(sending, "_tls", lambda: trusting)
        trusted = send(claimed(receiver.url), allow_private=True)
        another_name = receiver.url.replace("localhost", "127.0.0.1")
        misnamed = send(claimed(another_name), allow_private=True)

    assert trusted.succeeded
    assert names[:2] == ["localhost", "localhost"]
    assert receiver.got[0].headers["host"].startswith("localhost:")
    assert "CERTIFICATE_VERIFY_FAILED" in (untrusted.error or "")
    assert "CERTIFICATE_VERIFY_FAILED" in (misnamed.error or "")
    assert len(receiver.got) == 1


def test_a_handshake_that_stalls_is_cut_off() -> None:
    with raw_server(*(b"\x16" for _ in range(100)), pause_s=0.05) as url:
        outcome = send(claimed(url.replace("http:", "https:")), allow_private=True, timeout_s=0.4)

    assert outcome.status is None
    assert outcome.duration_s < 1
