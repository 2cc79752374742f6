"""Why rows of a file gave no reading, and why a file cannot be read: in the reader's language.

Those who read files say it in English, with what they found in the middle. Here every such sentence is known with
a name where something stands: the sentence is translated, what stands there is not.
"""

import re
from collections.abc import Iterator

from companion.web.language import gettext, marked

SENTENCES = (
    # where
    marked("%(name)s, row %(n)s"),
    marked("row %(n)s"),
    # left aside
    marked("no value"),
    marked("control solution"),
    marked("calculator input"),
    marked("sensor error code"),
    marked("calibration"),
    marked("sensor calibration"),
    marked("no glucose or blood pressure"),
    marked("no glucose"),
    marked("no pressure"),
    marked("treatment or note"),
    marked("treatment"),
    marked("insulin"),
    marked("food"),
    marked("note or event"),
    marked("pulse only"),
    marked("summary (%(kind)s)"),
    marked("repeat of a meter's value"),
    marked("recorder event"),
    marked("pump or sensor event"),
    marked("pump event"),
    marked("part of a blood pressure"),
    marked("other health data"),
    marked("insulin delivery"),
    marked("event without glucose"),
    marked("clock set"),
    marked("alert threshold"),
    marked("no observation (%(kind)s)"),
    # cannot be read
    marked("no moment: a span of time or none is told"),
    marked("only one of the two pressures"),
    marked("the two pressures have different units"),
    marked("a measurement without its value"),
    marked("a glucose result without its value"),
    marked("a glucose entry without its value"),
    marked("record type %(kind)s without its value"),
    marked("a quotation mark in this row is never closed"),
    marked("%(text)s is no unit of what this table holds"),
    marked("%(text)s is no unit of glucose or blood pressure"),
    marked("%(text)s is no unit of glucose"),
    marked("%(text)s is no unit of ketones"),
    marked("%(text)s is no unit of pressure"),
    marked("%(one)s and %(other)s are not one unit of pressure"),
    marked("code %(code)s counts %(kind)s, which %(text)s is not"),
    marked("%(text)s is no known method of measuring"),
    marked("%(text)s is no known record type"),
    marked("%(text)s is no known event"),
    marked("%(text)s is not a date with a time"),
    marked("%(text)s is no date"),
    marked("%(text)s is no time"),
    marked("%(local)s and %(utc)s (UTC) are not the same moment"),
    marked("is no entry"),
    marked("is no datum"),
    marked("glucose %(value)s is not possible"),
    marked("ketone %(value)s is not possible"),
    marked("blood pressure %(value)s is not possible"),
    marked("diastolic %(low)s is not below systolic %(high)s"),
    marked("no %(metric)s value"),
    marked("%(what)s %(text)s is not a number"),
    # whole files
    marked("one element of the XML is too large"),
    marked("one tag of the XML is too large"),
    marked("one item of the JSON is too large"),
    marked("the JSON nests too deep"),
    marked("the JSON is broken after item %(n)s"),
    marked("the XML nests too deep"),
    marked("line %(n)s is no XML: %(why)s"),
    marked("the XML declares an entity, which no export does"),
    marked("the file holds zero bytes, so it is not text"),
    marked("the file is %(what)s, not text"),
    marked("byte %(place)s is not %(encoding)s"),
    marked("a line is longer than %(n)s kB, which no export of readings has"),
    marked("more than %(n)s rows cannot be read, the first of them row %(row)s: %(why)s"),
    marked("more values in repeated hours than any device can have measured"),
    marked("the file names more than %(n)s devices and persons"),
    marked("the workbook is broken"),
    marked("the zip archive is broken"),
    marked("%(name)s would unpack to %(n)s MB"),
    marked("the workbook is too large"),
    marked("the zip archive is locked with a password"),
    marked("the zip archive holds %(n)s files"),
    marked("reading it takes too much memory"),
    marked("reading it takes longer than %(n)s seconds"),
    marked("the file cannot be read: the process that read it died of it"),
    # what to do
    marked("export or download the file again"),
    marked("export the file again, as UTF-8"),
    marked("export the readings again"),
    marked("export the readings again, as CSV"),
    marked("export the readings as CSV"),
    marked("save it again, or save the sheet as CSV"),
    marked("save the sheet as CSV"),
    marked("send the export alone"),
    marked("send the export of a shorter time, or as CSV"),
    marked("unpack it and send the export in it"),
)


def in_words(text: str) -> str:
    """The sentence in the reader's language, with what to do in brackets behind it; as it is if nobody knows it."""
    what, bracket, advice = text.removesuffix(")").rpartition(" (")
    if bracket and (told := _translated(advice)) is not None:
        return f"{_translated(what) or what} ({told})"
    return _translated(text) or text


def _translated(text: str) -> str | None:
    for sentence, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            return str(gettext(sentence, **found.groupdict()))
    return None


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for sentence in SENTENCES:
        pieces = re.split(r"%\((\w+)\)s", sentence)
        known = [re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>.+?)" for place, piece in enumerate(pieces)]
        yield sentence, re.compile("".join(known), re.DOTALL)


_PATTERNS = tuple(_patterns())
