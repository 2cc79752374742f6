"""Answers to a search, page by page, and what this server says it can do."""

from collections.abc import Iterable, Sequence

from companion.fhir.coding import Json

JSON_TYPE = "application/fhir+json"
VERSION = "4.0.1"


def searchset(resources: Sequence[Json], *, base: str, total: int, links: Iterable[tuple[str, str]]) -> Json:
    """A page of a search. `links`: relation ("self", "next") and address."""
    found = [_entry(resource, base) for resource in resources]
    shell: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }
    return shell | ({"entry": found} if found else {})


def _entry(resource: Json, base: str) -> Json:
    address = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": address, "resource": resource, "search": {"mode": "match"}}


def capability_statement(*, base: str, software_version: str, date: str, kinds: dict[str, Sequence[str]]) -> Json:
    """What can be asked: kinds of resources → parameters of their search."""
    interactions = [{"code": "read"}, {"code": "search-type"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "companion", "version": software_version},
        "implementation": {"description": "Suggestions that wait for a doctor, and what became of them", "url": base},
        "fhirVersion": VERSION,
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Read by a clinician, or by a record system with a clinician's token. "
                "A Bundle sent to a patient's records is imported. Nothing here approves anything.",
                "resource": [
                    {
                        "type": kind,
                        "interaction": interactions,
                        "searchParam": [{"name": name, "type": _search_type(name)} for name in parameters],
                    }
                    for kind, parameters in kinds.items()
                ],
            }
        ],
    }


def _search_type(parameter: str) -> str:
    return "reference" if parameter in ("patient", "target", "based-on") else "token"
