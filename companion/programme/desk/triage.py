"""What is asked before anything else, and what a "yes" means: help at once, and never a place in a queue. Pure.

The questions and the desk's hours are data (`triage.toml`), which a clinician signs. What patients can report of how
they feel goes the way of such reports; for the other signs the clinic is asked to call.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from companion.care.report_kinds import What
from companion.errors import BadInput


class Flag(StrEnum):
    SYMPTOMS = "symptoms"
    SWELLING = "swelling"  # of face or tongue: an allergic reaction
    NEEDED_HELP = "needed_help"
    TOO_MUCH = "too_much"
    VOMITING = "vomiting"
    BLEEDING = "bleeding"
    SELF_HARM = "self_harm"


REPORTED_AS: Mapping[Flag, What] = {
    Flag.SYMPTOMS: What.SYMPTOMS,
    Flag.NEEDED_HELP: What.NEEDED_HELP,
    Flag.VOMITING: What.VOMITING,
}
"""Those that are reports of how the patient feels; of the others the clinic hears by a task."""


class Asked(NamedTuple):
    """One question in both languages, as the patient would say it."""

    flag: Flag
    en: str
    zh: str


class Triage(NamedTuple):
    """`digest`: SHA-256 of the whole file, remarks included: what a clinician stands for."""

    version: str
    digest: str
    source: str
    questions: tuple[Asked, ...]
    lease: timedelta
    others_after: timedelta
    cleared_for: timedelta
    doctor_within: timedelta

    def words(self, language: str) -> dict[str, str]:
        """The questions by key, in "zh" or else English."""
        return {each.flag.value: each.zh if language == "zh" else each.en for each in self.questions}


def triage_of(text: str, file: str) -> Triage:
    """Of a TOML file. Raises BadInput with the place: every flag is asked for once, in both languages, and goes where
    the code sends it."""
    raw = tomllib.loads(text)
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(raw.get("version", ""))) or not raw.get("source"):
        raise BadInput("lacks its version or source", where=file, advice='write version = "1.0.0" and the source')
    questions = tuple(_asked(each, f"{file}: question[{n}]") for n, each in enumerate(raw.get("question", ()), 1))
    if [each.flag for each in questions] != list(Flag):
        raise BadInput(
            "does not ask for each sign once", where=f"{file}: question", advice=f"ask for {', '.join(Flag)}"
        )
    hours = raw.get("hours", {})
    return Triage(
        version=raw["version"],
        digest=hashlib.sha256(text.encode()).hexdigest(),
        source=raw["source"],
        questions=questions,
        lease=timedelta(minutes=_span(hours, "lease_minutes", 60, file)),
        others_after=timedelta(minutes=_span(hours, "others_after_minutes", 240, file)),
        cleared_for=timedelta(minutes=_span(hours, "cleared_minutes", 120, file)),
        doctor_within=timedelta(hours=_span(hours, "doctor_within_hours", 72, file)),
    )


def _asked(raw: Mapping[str, Any], where: str) -> Asked:
    key = raw.get("key")
    if key not in set(Flag) or not (raw.get("en") and raw.get("zh")):
        raise BadInput("is no sign in both languages", where=where, advice="write key, en and zh")
    flag = Flag(key)
    if raw.get("goes") != ("report" if flag in REPORTED_AS else "call"):
        raise BadInput("does not go where the service sends it", where=f"{where}.goes", advice="write report or call")
    return Asked(flag, raw["en"], raw["zh"])


def _span(hours: Mapping[str, Any], name: str, most: int, file: str) -> int:
    found = hours.get(name)
    if not isinstance(found, int) or not 1 <= found <= most:
        raise BadInput(f"is not a whole number from 1 to {most}", where=f"{file}: hours.{name}")
    return found


def reports_in(flags: Collection[Flag]) -> list[What]:
    return [REPORTED_AS[flag] for flag in Flag if flag in flags and flag in REPORTED_AS]


def calls_in(flags: Collection[Flag]) -> list[Flag]:
    """Those for which the clinic is asked to call."""
    return [flag for flag in Flag if flag in flags and flag not in REPORTED_AS]
