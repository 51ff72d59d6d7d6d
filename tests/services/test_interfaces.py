"""How items and labels are shown: what is inferred, what a project says, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from crowd.errors import Invalid
from crowd.services import interfaces
from tests.factories import World


def shown(payload: dict[str, Any], **interface: Any) -> list[tuple[str, str]]:
    whole = {**interfaces.DEFAULT, **interface}
    return [(part.kind, part.title) for part in interfaces.parts(whole, payload)]


def test_without_a_word_of_the_project_a_payload_is_shown_as_it_looks() -> None:
    payload = {
        "text": "hello",
        "photo": "https://cdn.example.org/a.JPG?size=2",
        "clip": "http://cdn.example.org/a.mp4",
        "sound": "https://cdn.example.org/a.mp3",
        "source": "https://example.org/page",
        "nothing": None,
        "size": {"width": 3},
    }

    assert shown(payload) == [
        ("image", "photo"), ("video", "clip"), ("audio", "sound"), ("text", "text"),
        ("link", "source"), ("structure", "size"),
    ]  # fmt: skip


def test_a_project_says_which_fields_are_shown_and_how() -> None:
    show = [
        {"field": "picture", "kind": "image", "title": "Picture"},
        {"field": "secret", "kind": "hidden", "title": ""},
    ]
    payload = {"text": "not shown", "picture": "https://example.org/p/1", "secret": "x"}

    assert shown(payload, show=show) == [("image", "Picture")]


@pytest.mark.parametrize(
    "hostile",
    [
        "javascript:alert(1)",
        "data:image/svg+xml,<svg onload=alert(1)>.png",
        "https://example.org;script-src *'unsafe-inline'/a.png",
        "https://a b/x.png",
        "//example.org/a.png",
        "http://[bad/a.png",
        "https://*/a.png",
        "https://*.example/a.png",
        "https://%2a/a.png",
        "https://\uff0a.example/a.png",
        "https://example.org:*/a.png",
        "https://example.org:99999/a.png",
        "https://example.org:80 80/a.png",
        "https://example.org\nscript-src/a.png",
        "https://example.org\\.evil.example/a.png",
        "https://known.example@evil.example/a.png",
        "https:///a.png",
        "https://[::1]/a.png",
        ["https://example.org/a.png"],
    ],
)
def test_what_is_no_plain_address_is_text_whatever_the_project_says(hostile: Any) -> None:
    show = [{"field": "x", "kind": "image", "title": ""}]

    kinds = [kind for kind, _ in shown({"x": hostile}) + shown({"x": hostile}, show=show)]
    assert set(kinds) <= {"text", "structure"}


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://EXAMPLE.org:8443/a.png", "https://example.org:8443"),
        ("https://example.org:/a.png", "https://example.org"),
        ("http://b\u00fccher.example/a.png", "http://xn--bcher-kva.example"),
        ("https://example.org/;script-src/*.png", "https://example.org"),
        ("https://media_1.example.org/a.png?x=1;2", "https://media_1.example.org"),
    ],
)
def test_the_host_of_a_medium_is_named_as_a_policy_names_hosts(address: str, origin: str) -> None:
    (part,) = interfaces.parts(interfaces.DEFAULT, {"x": address})

    assert (part.kind, part.origin) == ("image", origin)


def test_media_of_more_hosts_than_a_policy_should_name_are_links() -> None:
    payload = {f"{n:02}": f"https://h{n}.example/a.png" for n in range(12)}

    kinds = [kind for kind, _ in shown({**payload, "also": "https://h0.example/b.png"})]

    assert kinds.count("link") == 4
    assert kinds.count("image") == 9


def test_labels_have_the_keys_they_are_given_and_their_places_else() -> None:
    interface = {"labels": [{"label": "dog", "title": "Dog", "hint": "", "key": "1"}]}

    found = interfaces.choices(interface, ["cat", "dog", "cow"])

    assert [(one.title, one.key) for one in found] == [("cat", None), ("Dog", "1"), ("cow", "3")]


@pytest.mark.parametrize(
    ("interface", "why"),
    [
        ({"labels": [{"label": "maybe", "key": None}]}, "no label of the project: maybe"),
        ({"labels": [{"label": "yes", "key": "u"}]}, "a key of the page itself: u"),
        (
            {"labels": [{"label": "yes", "key": "y"}, {"label": "no", "key": "y"}]},
            "a key for two labels: y",
        ),
    ],
)
def test_an_interface_that_cannot_be_used_is_refused(
    world: World, interface: dict[str, Any], why: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.change(interface=interface)

    assert refused.value.errors == {"interface": {"labels": [why]}}
    assert world.config.interface == interfaces.DEFAULT
