"""What is asked of a person's passkey, and whether its answer is good (WebAuthn level 3). The only importer of
`webauthn`; no database.

Every key has to check who holds it (fingerprint, face or PIN), and to be found by this service's name alone: so it
needs neither login nor password, and counts as two factors in one (NIST SP 800-63B-4 §3.1.7).
"""

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LIBRARY_SAYS = (WebAuthnException, ValueError, KeyError, TypeError, IndexError)
"""What made-up answers come to: the library's own errors, and those of Python that it lets through."""


class PasskeyRefusedError(Exception):
    """The key's answer is not good; why is for the engineer, and says nothing about the person."""


@dataclass(frozen=True)
class Site:
    """Whose keys these are: the host, the exact origin that pages come from, and the clinic's name."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class NewKey:
    """A key that was just made."""

    credential_id: str
    public_key: bytes
    sign_count: int
    is_synced: bool


def site_of(public_url: str, clinic_name: str) -> Site | None:
    """None where there can be no passkeys: browsers make them for names over https, and for localhost."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if _is_number(host) or (parts.scheme != "https" and host != "localhost"):
        return None
    return Site(host, f"{parts.scheme}://{parts.netloc}", clinic_name)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def to_register(site: Site, challenge: bytes, *, handle: str, login: str, name: str, known: list[str]) -> Any:
    """What the browser is asked in order to make a key, as plain JSON. `known`: keys of the person, so that one device
    makes no second. Nothing is asked about who made the device."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=handle.encode(),
        user_name=login,
        user_display_name=name,
        challenge=challenge,
        exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return json.loads(options_to_json(options))


def to_sign(site: Site, challenge: bytes, known: list[str]) -> Any:
    """What the browser is asked in order to use a key. `known`: only one of these; empty: any of this service's."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options))


def registered(site: Site, challenge: bytes, answer: dict[str, Any]) -> NewKey:
    """The key that was made. Raises PasskeyRefusedError."""
    try:
        key = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except LIBRARY_SAYS as error:
        raise PasskeyRefusedError(str(error)) from error
    return NewKey(
        bytes_to_base64url(key.credential_id), key.credential_public_key, key.sign_count, key.credential_backed_up
    )


def signed(site: Site, challenge: bytes, answer: dict[str, Any], *, public_key: bytes, sign_count: int) -> int:
    """How often the key was used by now. Raises PasskeyRefusedError, also for a key that counts and did not count on:
    then there are two of it."""
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count
    except LIBRARY_SAYS as error:
        raise PasskeyRefusedError(str(error)) from error


def handle_in(answer: dict[str, Any]) -> str:
    """Whose key the browser says it is, if it says so. Raises PasskeyRefusedError."""
    response = answer.get("response")
    said = response.get("userHandle") if isinstance(response, dict) else None
    if not said:
        return ""
    try:
        return base64url_to_bytes(said).decode()
    except LIBRARY_SAYS as error:
        raise PasskeyRefusedError("the handle cannot be read") from error


def _descriptors(known: list[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id)) for credential_id in known]
