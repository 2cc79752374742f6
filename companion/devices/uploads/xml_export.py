"""An XML document as a format module sees it: a look at its beginning, and chosen elements one by one.

No entity is ever expanded and nothing outside the file is ever opened: a document that declares an entity is
refused. The parser is expat itself: the guarded wrappers around ElementTree give up its C code and with it
the speed that a large health export needs.
"""

from collections.abc import Iterator
from functools import cached_property
from xml.etree.ElementTree import Element, tostring
from xml.parsers import expat

from companion.devices.uploads.source import Source, start_of
from companion.errors import BadInput

HEAD_BYTES = 64 * 1024
"""How far into a document a format can look to know it."""

_DEEPEST = 100
"""Elements within each other. Exports nest ten deep."""
_LARGEST = 1024 * 1024
"""Bytes. One element of an export, with all in it, is a few kilobytes."""
_PIECE = 64 * 1024


class XmlExport:
    """The document. Elements are `xml.etree.ElementTree.Element`s."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last: tuple[int, Element | None] = (0, None)

    @cached_property
    def head(self) -> tuple[Element, ...]:
        """The elements that begin in the first bytes, the root first: tags and attributes, no text, no children.

        Empty when those bytes are no XML at all.
        """
        elements: list[Element] = []
        parser = _parser()
        parser.StartElementHandler = lambda tag, attributes: elements.append(Element(tag, attributes))
        try:
            parser.Parse(start_of(self._source, HEAD_BYTES), False)
        except expat.ExpatError:
            return ()
        return tuple(elements)

    def elements(self, *tags: str) -> Iterator[tuple[int, Element]]:
        """Every outermost element with one of these tags, whole, with its number from 1.

        Raises BadInput where the text stops being XML,
        for an entity, and for an element that is too large or nests too deep.
        """
        for number, element in enumerate(_outermost(self._source, frozenset(tags)), start=1):
            self._last = number, element
            yield number, element

    def text_at(self, number: int) -> str:
        """The element that was read last, if it is that one; "" for any other."""
        last, element = self._last
        return tostring(element, encoding="unicode") if element is not None and last == number else ""


def _outermost(source: Source, tags: frozenset[str]) -> Iterator[Element]:
    collector = _Collector(tags)
    parser = collector.parser
    fed = 0
    with source.open("rb") as stream:
        while piece := stream.read(_PIECE):
            fed += len(piece)
            _feed(parser, piece)
            if fed - max(parser.CurrentByteIndex, 0) > _LARGEST:
                raise BadInput("one tag of the XML is too large", advice="export the readings again")
            yield from collector.taken()
    _feed(parser, b"", final=True)
    yield from collector.taken()


def _feed(parser: expat.XMLParserType, piece: bytes, final: bool = False) -> None:
    try:
        parser.Parse(piece, final)
    except expat.ExpatError as error:
        raise BadInput(
            f"line {error.lineno} is no XML: {expat.ErrorString(error.code)}",
            advice="export or download the file again",
        ) from None


class _Collector:
    """Builds the wanted elements while the parser runs, and nothing of the others."""

    def __init__(self, tags: frozenset[str]) -> None:
        self._tags = tags
        self._done: list[Element] = []
        self._open: list[Element] = []
        self._depth = 0
        self._size = 0
        self.parser = _parser()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def taken(self) -> list[Element]:
        """What is whole by now, handed over."""
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadInput("the XML nests too deep", advice="export the readings again")
        if self._open:
            element = Element(tag, attributes)
            self._open[-1].append(element)
            self._open.append(element)
            self._grow(100)
        elif tag in self._tags:
            self._open.append(Element(tag, attributes))
            self._size = 0

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._done.append(element)

    def _text(self, text: str) -> None:
        """Text in an element; what stands between elements means nothing in an export."""
        if self._open and not len(self._open[-1]):
            self._open[-1].text = (self._open[-1].text or "") + text
            self._grow(len(text))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LARGEST:
            raise BadInput("one element of the XML is too large", advice="export the readings again")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    return parser


def _refuse_entity(*declaration: object) -> None:
    raise BadInput("the XML declares an entity, which no export does", advice="export the readings again")
