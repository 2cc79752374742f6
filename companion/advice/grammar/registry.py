"""Finds the protocol files that came with this version. The only reading of files in `advice`."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from companion.advice.grammar.protocol import Registry
from companion.advice.grammar.protocol_file import parse


@cache
def load() -> Registry:
    """Every protocol of this version, read once. A file that is not right stops everything: BadInput."""
    folder = files("companion.advice").joinpath("protocols")
    found = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")
    }
    return of_texts(found)


def of_texts(texts: Mapping[str, str]) -> Registry:
    """File name → text, as a registry."""
    protocols = {name: parse(text, name) for name, text in sorted(texts.items())}
    return Registry(
        {protocol.id: protocol for protocol in protocols.values()},
        digest(texts),
        {protocol.id: digest({name: texts[name]}) for name, protocol in protocols.items()},
    )


def digest(texts: Mapping[str, str]) -> str:
    """SHA-256 over name, length and text of each file in order of name; line ends do not matter."""
    total = hashlib.sha256()
    for name, text in sorted(texts.items()):
        content = text.replace("\r\n", "\n").encode()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
