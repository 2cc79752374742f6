"""Who an Observation is about, what measured it, and by which way it came: Patient, Device, Provenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from companion.fhir.coding import TERMINOLOGY, Json, coding
from companion.fhir.names import id_of, local_instant, url_of

GENDERS = {"female": "female", "male": "male", "other": "other"}
"""Ours → AdministrativeGender; nobody said: unknown."""


def patient_resource(
    public_id: str, name: str, sex: str | None, birth_on: date | None, phone: str | None, language: str
) -> Json:
    """The person the Bundle is about."""
    resource: Json = {
        "resourceType": "Patient",
        "id": id_of("Patient", public_id),
        "identifier": [{"value": public_id}],
        "name": [{"text": name}],
        "gender": GENDERS.get(sex or "", "unknown"),
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": language}]}}],
    }
    if birth_on is not None:
        resource["birthDate"] = birth_on.isoformat()
    if phone:
        resource["telecom"] = [{"system": "phone", "value": phone}]
    return resource


@dataclass(frozen=True)
class DeviceTold:
    """What is known of a device. `key` is what readings call it; `identity` what it says of itself (model, serial)."""

    key: str
    name: str
    kind: str = ""
    identity: str = ""
    firmware: str = ""
    is_removed: bool = False


def device_resource(device: DeviceTold, subject_id: str) -> Json:
    """A meter or cuff, or the device that a file names."""
    resource: Json = {
        "resourceType": "Device",
        "id": id_of("Device", subject_id, device.key),
        "identifier": [{"value": device.identity or device.key}],
        "status": "inactive" if device.is_removed else "active",
        "deviceName": [{"name": device.name, "type": "user-friendly-name"}],
        "patient": {"reference": url_of(subject_id)},
    }
    if device.kind:
        resource["type"] = {"text": device.kind}
    if device.firmware:
        resource["version"] = [{"value": device.firmware}]
    return resource


@dataclass(frozen=True)
class Arrival:
    """The way readings came: `kind` is download, upload, typed or moved. `agent_id` is the entry of who or what
    brought them, else `agent` says it in words; `file` and `sha256` name what was sent."""

    intake: str
    kind: str
    received_at: datetime
    agent: str
    agent_id: str | None = None
    file: str = ""
    sha256: str = ""


def provenance_resource(arrival: Arrival, observation_ids: Sequence[str], zone: ZoneInfo) -> Json:
    """Where these Observations come from. `observation_ids` is not empty: R4 asks for a target."""
    who: Json = {"display": arrival.agent}
    if arrival.agent_id is not None:
        who["reference"] = url_of(arrival.agent_id)
    resource: Json = {
        "resourceType": "Provenance",
        "id": id_of("Provenance", arrival.intake, observation_ids[0]),
        "target": [{"reference": url_of(one)} for one in observation_ids],
        "recorded": local_instant(arrival.received_at, zone),
        "activity": {"text": arrival.kind},
        "agent": [{"type": {"coding": [_participant(arrival)]}, "who": who}],
    }
    if arrival.file or arrival.sha256:
        source: Json = {"display": arrival.file or "original"}
        if arrival.sha256:
            source["identifier"] = {"type": {"text": "SHA-256"}, "value": arrival.sha256}
        resource["entity"] = [{"role": "source", "what": source}]
    return resource


def _participant(arrival: Arrival) -> Json:
    """A device that was read assembled the values itself; anything else was entered by somebody."""
    code = ("assembler", "Assembler") if arrival.kind == "download" else ("enterer", "Enterer")
    return coding(f"{TERMINOLOGY}/provenance-participant-type", *code)
