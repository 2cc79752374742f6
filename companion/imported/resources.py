"""A Bundle, or one resource, as entries: each with its number, what it is called there, and a digest of what it says.
Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import simplejson

from companion.devices.uploads.json_values import list_in, mapping_in, text_of
from companion.errors import BadInput

AT_MOST = 2000
"""Entries of one import; a longer history goes in parts."""
LARGEST = 10 * 2**20
"""Bytes of one import."""
NOT_CONTENT = frozenset({"meta", "text"})
"""Members that change from one export to the next while the resource says the same."""
_LITERAL = re.compile(r"(?:^|/)([A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/[A-Za-z0-9.\-]+)?$")


@dataclass(frozen=True)
class Entry:
    """One resource. `identity` and `content` are SHA-256 in hexadecimal: of its name there, and of what it says."""

    number: int
    kind: str
    resource: Mapping[str, Any]
    full_url: str
    identity: str
    content: str


def entries_of(content: bytes, source: str) -> list[Entry]:
    """Every entry in its order. Raises BadInput for what is no Bundle and no resource."""
    document = _parsed(content)
    if text_of(document.get("resourceType")) != "Bundle":
        return [_entry(1, document, "", source)]
    entries = list_in(document, "entry")
    if len(entries) > AT_MOST:
        raise BadInput(f"has more than {AT_MOST} entries", where="entry", advice="send it in parts")
    return [
        _entry(number, mapping_in(entry, "resource"), text_of(mapping_in(entry).get("fullUrl")), source)
        for number, entry in enumerate(entries, start=1)
    ]


def _parsed(content: bytes) -> Mapping[str, Any]:
    if len(content) > LARGEST:
        raise BadInput(f"is larger than {LARGEST // 2**20} MB", where="bundle", advice="send it in parts")
    try:
        document = json.loads(content, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, ArithmeticError):
        raise BadInput("is no JSON", where="bundle", advice="send a FHIR R4 Bundle as JSON") from None
    if not isinstance(document, dict) or not text_of(document.get("resourceType")):
        raise BadInput("is no resource", where="bundle", advice="send a FHIR R4 Bundle as JSON")
    return document


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _entry(number: int, resource: Mapping[str, Any], full_url: str, source: str) -> Entry:
    kind = text_of(resource.get("resourceType"))[:40]
    said = {name: value for name, value in resource.items() if name not in NOT_CONTENT}
    content = simplejson.dumps(said, use_decimal=True, sort_keys=True, separators=(",", ":"))
    name = _name(kind, resource) or content
    return Entry(number, kind or "nothing", resource, full_url, _sha256(f"{source}\0{kind}\0{name}"), _sha256(content))


def _name(kind: str, resource: Mapping[str, Any]) -> str:
    """The business identifier, which outlives a move to another server; else the id."""
    for identifier in map(mapping_in, _identifiers(resource)):
        system, value = text_of(identifier.get("system")), text_of(identifier.get("value"))
        if system and value:
            return f"{system}|{value}"
    return text_of(resource.get("id"))


def _identifiers(resource: Mapping[str, Any]) -> list[Any]:
    return list_in(resource, "identifier")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def systems_of(resource: Mapping[str, Any]) -> set[str]:
    """The systems of its identifiers."""
    return {text_of(mapping_in(each).get("system")) for each in _identifiers(resource)}


def subject_of(resource: Mapping[str, Any]) -> str:
    """Whom it is about, as it points to them; "" where it does not say."""
    for member in ("subject", "patient"):
        if reference := text_of(mapping_in(resource, member).get("reference")):
            return reference
    return ""


def local_id(reference: str) -> str:
    """`https://records.example/Patient/4711/_history/2` → `4711`; what is no such reference stays as it is."""
    found = _LITERAL.search(reference)
    return found[2] if found else reference


def codes_of(concept: Any) -> set[tuple[str, str]]:
    """System and code of every coding."""
    codings = map(mapping_in, list_in(concept, "coding"))
    return {(text_of(each.get("system")), text_of(each.get("code"))) for each in codings} - {("", "")}


def words_of(concept: Any) -> str:
    """What a concept is called: its text, else the first display."""
    displays = (text_of(mapping_in(each).get("display")) for each in list_in(concept, "coding"))
    return (text_of(mapping_in(concept).get("text")) or next(filter(None, displays), ""))[:120]
