"""Small parts that the resources of advice share: people, identifiers, canonical addresses."""

from companion.fhir.coding import TERMINOLOGY, Json, coding
from companion.fhir.ids import reference
from companion.fhir.told import Who

SOFTWARE = "companion"
OUR_IDS = "urn:companion:id"
OUR_DIGESTS = "urn:companion:sha-256"


def patient(who: Who) -> Json:
    return {"reference": reference("Patient", who.id), "display": who.name}


def practitioner(who: Who) -> Json:
    """By identifier: there is no Practitioner to read here, and a record system has its own."""
    return {"type": "Practitioner", "identifier": {"system": OUR_IDS, "value": who.id}, "display": who.name}


def software() -> Json:
    return {"type": "Device", "display": SOFTWARE}


def our_id(public_id: str) -> Json:
    return {"system": OUR_IDS, "value": public_id}


def our_digest(sha256: str, of: str) -> Json:
    """A digest as an identifier: of what it is, in words."""
    return {"type": {"text": of}, "system": OUR_DIGESTS, "value": sha256}


def to(resource_type: str, public_id: str) -> Json:
    return {"reference": reference(resource_type, public_id)}


def plan_definition_url(base: str, protocol: str) -> str:
    """The canonical address of a protocol, without its version."""
    return f"{base}/PlanDefinition/{plan_definition_id(protocol)}"


def canonical(base: str, full_name: str) -> str:
    """`basal.ada_2u3d@1.0.0` → its address and version, as one canonical reference."""
    protocol, _, version = full_name.partition("@")
    return f"{plan_definition_url(base, protocol)}|{version}"


def plan_definition_id(protocol: str) -> str:
    return protocol.replace("_", "-")


def participant(code: str, display: str) -> Json:
    """A kind of agent in a Provenance."""
    return {"coding": [coding(f"{TERMINOLOGY}/provenance-participant-type", code, display)]}
