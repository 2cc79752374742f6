"""`companion protocols`: what the protocols say, who signed them, and signing one."""

import json
from typing import Any

import click
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Decision
from companion.advice.grammar.cited_numbers import CitedNumber, numbers_of, unverified
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.quality import shadow, suspending
from companion.advice.quality.rule_quality import InUse
from companion.advice.signed import signing
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.people import Role, get_person
from companion.cli.passwords import confirm_password
from companion.clock import format_instant
from companion.db import reading, writing
from companion.services import build_services
from companion.settings import load_settings


@click.group()
def command() -> None:
    """Protocols: what each says, where its numbers come from, and who signed it."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
def list_protocols(as_json: bool) -> None:
    """Every protocol: switched on or off, and signed by whom."""
    services = build_services(load_settings())
    registry = services.stores.registry
    with reading(services.engine) as session:
        for protocol in registry.protocols.values():
            told = _in_short(session, registry, protocol)
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else _line(told))


@command.command()
@click.argument("protocol_id", metavar="PROTOCOL")
@click.option("--json", "as_json", is_flag=True, help="One object.")
def show(protocol_id: str, as_json: bool) -> None:
    """One protocol: every number with its evidence and source, and every signature."""
    services = build_services(load_settings())
    registry = services.stores.registry
    protocol = registry.get(protocol_id)
    with reading(services.engine) as session:
        told = _in_short(session, registry, protocol) | {
            "numbers": [_number(each, protocol) for each in numbers_of(protocol)],
            "signatures": [_signature(each) for each in signing.signatures_of(session, protocol.id)],
        }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(_line(told))
    for number in told["numbers"]:
        click.echo("\t".join((number["key"], number["evidence"], number["value"], number["source"] or "")))
    for signature in told["signatures"]:
        click.echo(_signed(signature))


@command.command()
@click.argument("protocol_id", metavar="PROTOCOL")
@click.option("--by", "clinician", required=True, help="The signing clinician's id; asks for their password.")
@click.option("--accept", "accepted", multiple=True, help="A number of evidence memory that you verified, by its key.")
def sign(protocol_id: str, clinician: str, accepted: tuple[str, ...]) -> None:
    """Sign the present text in a clinician's name. Each number nobody verified has to be accepted by its key."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        registry, now = services.stores.registry, services.clock()
        signature = signing.sign(session, registry, protocol_id, by=by, accepted=accepted, now=now)
        told = _signature(signature)
    click.echo(_signed(told))


@command.command()
@click.argument("signature_id", metavar="SIGNATURE")
@click.option("--by", "clinician", required=True, help="The clinician's id; asks for their password.")
@click.option("--reason", required=True)
def withdraw(signature_id: str, clinician: str, reason: str) -> None:
    """Take a signature back: plans that ran by it propose nothing more."""
    services = build_services(load_settings())
    with writing(services.engine) as session:
        by = get_person(session, clinician, Role.CLINICIAN)
        confirm_password(by)
        signature = signing.get_signature(session, signature_id)
        is_new = signing.withdraw(session, signature, by=by, reason=reason, now=services.clock())
    click.echo(f"taken back {signature_id}" if is_new else f"{signature_id} was taken back before")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
def quality(as_json: bool) -> None:
    """What doctors made of each rule's suggestions, and which rules suspended themselves."""
    services = build_services(load_settings())
    with reading(services.engine) as session:
        standing = {(each.protocol, each.rule) for each in suspending.suspensions(session) if each.lifted_at is None}
        for rule in suspending.in_use(session):
            told = _in_use(rule, is_suspended=(rule.protocol, rule.rule) in standing)
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\t".join(map(str, told.values())))


@command.command("shadow")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
def shadow_trials(as_json: bool) -> None:
    """Protocols on trial in the shadow, and what they would have said beside what doctors did."""
    services = build_services(load_settings())
    with reading(services.engine) as session:
        for trial in shadow.trials(session):
            told = _trial(shadow.report(session, trial))
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\t".join(map(str, told.values())))


def _in_use(rule: InUse, *, is_suspended: bool) -> dict[str, Any]:
    on_card = rule.median_on_card
    return {
        "protocol": rule.protocol,
        "rule": rule.rule,
        "action": rule.action,
        "reviews": len(rule.judged),
        **{decision.value: rule.count(decision) for decision in Decision},
        "undecided": rule.undecided,
        "median_seconds_on_card": on_card.total_seconds() if on_card else None,
        "reasons": dict(rule.codes),
        "suspended": is_suspended,
    }


def _trial(report: shadow.Report) -> dict[str, Any]:
    trial = report.trial
    return {
        "trial": trial.public_id,
        "protocol": f"{trial.protocol}@{trial.version}",
        "text": trial.text_hash,
        "by": trial.starter.name,
        "ends_on": trial.ends_on.isoformat(),
        "stopped": trial.stopped_at is not None,
        "days": report.days,
        "people": report.people,
        "agreed": report.agreed,
        "compared": [{"said": said, "did": did, "days": days} for (said, did), days in report.compared.items()],
        "rules": dict(report.rules),
    }


def _in_short(session: Session, registry: Registry, protocol: Protocol) -> dict[str, Any]:
    text = registry.digests[protocol.id]
    standing = [
        _signature(each)
        for each in signing.signatures_of(session, protocol.id)
        if each.text_hash == text and each.withdrawal is None
    ]
    return {
        "protocol": protocol.full_name,
        "title": protocol.title,
        "enabled": protocol.is_enabled,
        "why_disabled": protocol.why_disabled,
        "text": text,
        "to_accept": [number.key for number in unverified(protocol)],
        "signed": standing,
    }


def _signature(signature: ProtocolSignature) -> dict[str, Any]:
    withdrawal = signature.withdrawal
    return {
        "id": signature.public_id,
        "version": signature.version,
        "text": signature.text_hash,
        "by": signature.signer.name,
        "at": format_instant(signature.signed_at),
        "accepted": sorted(signature.accepted),
        "demo": signature.is_demo,
        "withdrawn_at": format_instant(withdrawal.withdrawn_at) if withdrawal else None,
    }


def _number(number: CitedNumber, protocol: Protocol) -> dict[str, Any]:
    source = protocol.sources[number.cited.source] if number.cited.source else None
    return {
        "key": number.key,
        "value": number.value,
        "evidence": number.cited.evidence,
        "source": f"{source.title} ({source.url})" if source else None,
    }


def _line(told: dict[str, Any]) -> str:
    if not told["enabled"]:
        return f"{told['protocol']}\toff\t{told['why_disabled']}"
    names = ", ".join(_signed(each) for each in told["signed"])
    return f"{told['protocol']}\ton\t{names or 'not signed: it runs for nobody'}"


def _signed(told: dict[str, Any]) -> str:
    demo = " (demo signature, not for care)" if told["demo"] else ""
    gone = f", taken back {told['withdrawn_at']}" if told["withdrawn_at"] else ""
    return f"{told['id']} signed {told['version']} by {told['by']} at {told['at']}{demo}{gone}"
