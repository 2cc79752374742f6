"""A protocol as a PlanDefinition, known by its version and by the SHA-256 of its text."""

import re
from collections.abc import Sequence

from companion.advice.grammar.protocol import Protocol, Rule, Source
from companion.fhir.coding import TERMINOLOGY, Json, coding
from companion.fhir.parts import our_digest, our_id, plan_definition_id, plan_definition_url

KIND = {"coding": [coding(f"{TERMINOLOGY}/plan-definition-type", "eca-rule", "ECA Rule")]}
NAME_SIGN = re.compile(r"[^A-Za-z0-9_]")


def plan_definition(protocol: Protocol, text_hash: str, base: str, signers: Sequence[str]) -> Json:
    """Active once a named clinician signed this very text and it is switched on; a draft until then."""
    is_active = protocol.is_enabled and bool(signers)
    resource: Json = {
        "resourceType": "PlanDefinition",
        "id": plan_definition_id(protocol.id),
        "url": plan_definition_url(base, protocol.id),
        "identifier": [our_id(protocol.full_name), our_digest(text_hash, "SHA-256 of the text")],
        "version": protocol.version,
        "name": NAME_SIGN.sub("_", protocol.id).capitalize(),
        "title": protocol.title,
        "type": KIND,
        "status": "active" if is_active else "draft",
        "experimental": not is_active,
        "description": _description(protocol),
        "action": [_action(rule) for rule in protocol.rules],
    }
    if signers:
        resource["endorser"] = [{"name": name} for name in signers]
    if protocol.sources:
        resource["relatedArtifact"] = [_citation(source) for source in protocol.sources.values()]
    return resource


def _description(protocol: Protocol) -> str:
    """What it is for; while it is switched off, what it lacks."""
    classes = ", ".join(protocol.drug_classes)
    lacks = f" Switched off: {protocol.why_disabled}" if protocol.why_disabled else ""
    return f"{protocol.title}. For {classes}, in {protocol.unit}; a doctor approves every step.{lacks}"


def _action(rule: Rule) -> Json:
    return {"title": rule.id, "description": rule.says or rule.action, "code": [{"text": rule.action}]}


def _citation(source: Source) -> Json:
    return {"type": "citation", "citation": f"{source.title}. {source.url}".strip()}
