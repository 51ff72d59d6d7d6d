"""Where a webhook may go: never into the network this service stands in.

Names are checked when an endpoint is registered, and again by whoever connects: a name can point
elsewhere by then. `public_addresses` gives what to connect to, so that nobody asks a second time.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from urllib.parse import SplitResult, urlsplit

from crowd.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL = 2000
LOOKUP_TIMEOUT_S = 5.0
#: Below 1024 these alone: elsewhere live services that take an HTTP request for something else.
LOW_PORTS = {80, 443}
#: Carry an IPv4 address in their last 32 bits (RFC 4291, RFC 6052).
_EMBEDDING = [ipaddress.IPv6Network(net) for net in ("::/96", "::ffff:0:0/96", "64:ff9b::/96")]
#: All there is of addresses in use in IPv6; the rest is reserved or local.
_UNICAST = ipaddress.IPv6Network("2000::/3")
_REFUSED = [
    ipaddress.ip_network(net)
    for net in (
        # 6to4 and Teredo: tunnels, whose far end is anybody's guess
        *("2002::/16", "2001::/32", "192.88.99.0/24"),
        # clouds' metadata services, behind addresses that can pass for public ones
        *("168.63.129.16/32", "192.0.0.0/24"),
        # documentation (RFC 9637); the library of older Pythons does not know of it
        "3fff::/20",
    )
]
# one text for both: which names there are inside is nobody's business outside
_UNKNOWN = "is not known, or has an address that is not public"
# the resolver of the system cannot be told how long it may take: a lookup may outlive its caller
_lookups = ThreadPoolExecutor(max_workers=32, thread_name_prefix="lookup")


class Refused(Exception):
    """The address is none that a webhook may go to; the message says why."""


def check(url: str, *, allow_private: bool) -> None:
    """Find out whether a webhook may go to a URL; asks the name service. Raises Invalid."""
    try:
        parts = parse(url, allow_private=allow_private)
        assert parts.hostname is not None
        public_addresses(parts.hostname, _port(parts), allow_private=allow_private)
    except (Refused, OSError) as error:
        raise Invalid(f"No webhook can go there: {error}.", errors={"url": [str(error)]}) from None


def parse(url: str, *, allow_private: bool) -> SplitResult:
    """Take a URL apart. Raises Refused."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(f"a URL has up to {MAX_URL} printable ASCII characters; write %20, xn--")
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        raise Refused("this is not a URL") from None
    if parts.scheme not in (("https", "http") if allow_private else ("https",)):
        raise Refused("the URL must start with https://")
    if not parts.hostname or "\\" in url:
        raise Refused("the URL names no host")
    if parts.username is not None or parts.password is not None:
        raise Refused("the URL must not hold a name or a password; verify the signature instead")
    if parts.fragment:
        raise Refused("the URL must not have a fragment (#)")
    return parts


def public_addresses(
    host: str, port: int, *, allow_private: bool, timeout_s: float = LOOKUP_TIMEOUT_S
) -> Sequence[str]:
    """Look a name up; gives the addresses to connect to.

    One that is not public spoils them all. Raises Refused; OSError when the name is not known.
    """
    if not allow_private and port < 1024 and port not in LOW_PORTS:
        raise Refused(f"port {port} is not one for webhooks; use 443, or one above 1023")
    found = dict.fromkeys(_look_up(host, port, timeout_s))
    for text in () if allow_private else found:
        if not _is_public(ipaddress.ip_address(text)):
            raise Refused(f"{host} {_UNKNOWN}")
    return list(found)


def _look_up(host: str, port: int, timeout_s: float) -> list[str]:
    lookup = _lookups.submit(_resolve, host, port)
    try:
        return lookup.result(timeout_s)
    except TimeoutError:
        lookup.cancel()
        raise OSError(f"the name service does not answer for {host}") from None
    except (OSError, UnicodeError):
        raise OSError(f"{host} {_UNKNOWN}") from None


def _resolve(host: str, port: int) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and any(address in net for net in _EMBEDDING):
        # ::1 and :: are among them: as IPv4 they are 0.0.0.1 and 0.0.0.0, which are not public
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in net for net in _REFUSED):
        return False
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
