"""The text of a guide: a small part of Markdown in, HTML that can do nothing out. Pure.

CommonMark by markdown-it-py without HTML, and what comes of it once more through nh3 with a list of allowed tags.
Pictures are ours only (`![what is seen](picture:SHA256)`), links lead to https only.
"""

from collections.abc import Callable, Collection, Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from companion.errors import BadInput

PICTURE = "picture:"
TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "a", "img", "br"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["code", "fence", "html_block", "html_inline", "hr"])
_LOWER = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}
"""The page has a heading of its own above the text."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


def check(text: str, pictures: Collection[str], field: str) -> None:
    """Raises BadInput, at that field, for a picture that is not kept here or says not what is seen, and for a link
    that does not begin with https://."""
    for kind, address, words in _addresses(text):
        if kind == "image":
            _check_picture(address, words, pictures, field)
        elif not address.startswith("https://"):
            raise BadInput(
                _("has a link that does not begin with https://"), where=field, advice=_("write the whole address")
            )


def _check_picture(address: str, words: str, pictures: Collection[str], field: str) -> None:
    if not address.startswith(PICTURE) or address.removeprefix(PICTURE) not in pictures:
        advice = _("add the picture first, and copy its line from the page of pictures")
        raise BadInput(_("names a picture that is not kept here"), where=field, advice=advice)
    if not words.strip():
        advice = _("write it between the square brackets, for those who cannot see it")
        raise BadInput(_("does not say what a picture shows"), where=field, advice=advice)


def pictures_in(text: str) -> tuple[str, ...]:
    """The digests of the pictures that the text shows, in their order."""
    found = (address.removeprefix(PICTURE) for kind, address, _words in _addresses(text) if kind == "image")
    return tuple(dict.fromkeys(found))


def render(text: str, picture_address: Callable[[str], str]) -> str:
    """As HTML; `picture_address` says where a picture of that digest is."""
    tokens = _PARSER.parse(text)
    for token in _each(tokens):
        if token.tag in _LOWER and token.type.startswith("heading"):
            token.tag = _LOWER[token.tag]
        if token.type == "image":
            token.attrSet("src", picture_address(str(token.attrGet("src")).removeprefix(PICTURE)))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"https"}, link_rel="noopener noreferrer")


def plain(text: str) -> Iterator[str]:
    """What is read, without signs: a paragraph, heading or list item each."""
    for token in _PARSER.parse(text):
        if token.type == "inline":
            words = "".join(_words(child) for child in token.children or ())
            if words.strip():
                yield " ".join(words.split())


def _words(token: Token) -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _addresses(text: str) -> Iterator[tuple[str, str, str]]:
    for token in _each(_PARSER.parse(text)):
        if token.type == "image":
            yield "image", str(token.attrGet("src")), token.content
        elif token.type == "link_open":
            yield "link", str(token.attrGet("href")), ""


def _each(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _each(token.children or [])
