"""What a guideline says of some labels, out of all that it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Levels of headings are 1 to 6: no heading.
NO_HEADING = 7


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading, a paragraph, an item of a list or the like, as it was written."""

    source: str
    #: What it says, without marks of lists and the like.
    said: str
    #: Of a heading; `NO_HEADING` of all else.
    level: int


def passages(body: str, labels: Collection[str]) -> list[str]:
    """Pick what a guideline in Markdown says of some labels, each passage with its heading.

    A block speaks of a label where its words stand, in any case; where a heading does, everything
    below it. None, where nothing does, or all. One walk along the guideline.
    """
    names = [_named(label) for label in labels if label.strip()]
    picked: list[list[str]] = []
    left_out = 0
    heading, is_told, whole = "", False, NO_HEADING
    for block in _blocks(body):
        speaks = any(name.search(block.said) for name in names)
        if block.level < NO_HEADING:
            heading, is_told = block.source, False
            if block.level <= whole:
                whole = block.level if speaks else NO_HEADING
        elif speaks or whole < NO_HEADING:
            if not is_told:
                picked.append([heading] if heading else [])
                is_told = True
            picked[-1].append(block.source)
        else:
            left_out += 1
    return ["\n\n".join(parts) for parts in picked] if left_out else []


def _named(label: str) -> re.Pattern[str]:
    words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", label.strip())))
    # an underscore is emphasis here, no letter
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)


@lru_cache(maxsize=32)
def _blocks(body: str) -> tuple[_Block, ...]:
    """Cut a guideline into blocks; a long one takes some hundred milliseconds to read."""
    return tuple(_cut(body))


def _cut(body: str) -> Iterator[_Block]:
    lines = body.splitlines()
    tokens = _parser().parse(body)
    for place, token in enumerate(tokens):
        is_item = token.type == "list_item_open" and token.level == 1
        is_list = token.type in ("bullet_list_open", "ordered_list_open")
        if token.map is None or not (is_item or (token.level == 0 and not is_list)):
            continue
        first, end = token.map
        level = int(token.tag[1:]) if token.type == "heading_open" else NO_HEADING
        yield _Block("\n".join(lines[first:end]).rstrip(), _said(tokens, place), level)


def _said(tokens: list[Token], place: int) -> str:
    inside: list[str] = []
    depth = 0
    for token in tokens[place:]:
        depth += token.nesting
        inside.append(token.content)
        if depth <= 0:
            break
    return "\n".join(inside)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("js-default")
