"""HL7's own JSON schema of FHIR R4, as a judge of what we write."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

_SCHEMA = Path(__file__).parent / "fixtures" / "fhir.schema.r4.json.gz"


@cache
def _whole() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(_SCHEMA.read_bytes()))
    return loaded


@cache
def _judge(resource_type: str) -> Draft6Validator:
    """For one kind of resource: the schema's own `oneOf` over 148 kinds would only say that none fits."""
    return Draft6Validator(_whole() | {"oneOf": [{"$ref": f"#/definitions/{resource_type}"}]})


def complaints(resource: dict[str, Any]) -> list[str]:
    """What HL7's schema has against the resource, at its deepest; nothing: it is valid."""
    found = []
    for error in _judge(resource["resourceType"]).iter_errors(resource):
        deepest = max(error.context or [error], key=lambda each: len(each.absolute_path))
        found.append(f"{resource['resourceType']} {list(deepest.absolute_path)}: {deepest.message}"[:400])
    return found


def complaints_of_bundle(bundle: dict[str, Any]) -> list[str]:
    """Of the Bundle without its entries, and of every entry."""
    shell = bundle | {"entry": [{"fullUrl": entry["fullUrl"]} for entry in bundle["entry"]]}
    return complaints(shell) + [said for entry in bundle["entry"] for said in complaints(entry["resource"])]
