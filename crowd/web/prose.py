"""Markdown of strangers as HTML that runs nothing."""

from __future__ import annotations

from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup


@lru_cache(maxsize=64)
def prose(text: str) -> Markup:
    """Render Markdown: HTML in it stays text, addresses are checked, pictures are left out."""
    renderer = _renderer()
    tokens = renderer.parse(text)
    for token in tokens:
        if token.tag in ("h1", "h2", "h3", "h4"):
            # it stands below the headings of the page
            token.tag = f"h{int(token.tag[1]) + 2}"
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("rel", "noopener noreferrer nofollow")
                part.attrSet("target", "_blank")
    return Markup(renderer.renderer.render(tokens, renderer.options, {}))


@cache
def _renderer() -> MarkdownIt:
    # a picture would load from wherever its author likes
    return MarkdownIt("js-default").disable("image")
