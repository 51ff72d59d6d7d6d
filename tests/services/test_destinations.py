"""Where a webhook may go."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from crowd.errors import Invalid
from crowd.services import destinations
from crowd.services.destinations import Refused

#: What stands for a machine inside, however it is written.
INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "localhost",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:168.63.129.16]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[3fff::1]",
    "192.88.99.1",
    "[ff02::1]",
]
OUTSIDE = ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "[64:ff9b::5db8:d70e]"]


@pytest.mark.parametrize("host", INSIDE)
def test_no_webhook_goes_inside(host: str) -> None:
    with pytest.raises(Invalid, match="not public") as refused:
        destinations.check(f"https://{host}/hook", allow_private=False)

    assert refused.value.errors.keys() == {"url"}


@pytest.mark.parametrize("host", OUTSIDE)
def test_a_webhook_goes_anywhere_outside(host: str) -> None:
    destinations.check(f"https://{host}/hook?key=1", allow_private=False)
    destinations.check(f"https://{host}:8443/", allow_private=False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://93.184.215.14/", "https://"),
        ("ftp://93.184.215.14/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://93.184.215.14/", "https://"),
        ("//93.184.215.14/", "https://"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://me:secret@93.184.215.14/", "password"),
        ("https://me@93.184.215.14/", "password"),
        ("https://@93.184.215.14/", "password"),
        ("https://93.184.215.14/#part", "fragment"),
        ("https://93.184.215.14:22/", "port 22"),
        ("https://93.184.215.14:25/", "port 25"),
        ("https://93.184.215.14:99999/", "not a URL"),
        ("https://93.184.215.14:x/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://93.184.215.14\\@127.0.0.1/", "no host"),
        ("https://93.184.215.14/a b", "printable"),
        ("https://93.184.215.14/\r\nx: y", "printable"),
        ("https://bücher.example/", "printable"),
        ("https://93.184.215.14/" + "a" * 2000, "2000"),
        ("https://" + "a" * 300 + "/", "not known"),
    ],
)
def test_a_url_that_is_odd_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        destinations.check(url, allow_private=False)


def test_one_address_inside_spoils_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)

    with pytest.raises(Refused):
        destinations.public_addresses("two.example", 443, allow_private=False)
    assert destinations.public_addresses("two.example", 443, allow_private=True) == [
        "93.184.215.14",
        "10.0.0.1",
    ]


def test_an_operator_can_allow_what_is_inside() -> None:
    destinations.check("http://127.0.0.1:81/", allow_private=True)

    with pytest.raises(Invalid, match="https://"):
        destinations.check("ftp://127.0.0.1/", allow_private=True)
