"""Every entry of an import gets its verdict: taken, known, refused with a reason, or in conflict. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from companion.care.records import Outcome
from companion.devices.uploads.json_values import text_of
from companion.errors import BadInput
from companion.fhir.parts import OUR_IDS
from companion.imported import conditions, contradictions, labs, medicines
from companion.imported.contradictions import Conflict
from companion.imported.known import Known
from companion.imported.moments import day_of
from companion.imported.resources import Entry, local_id, subject_of, systems_of
from companion.imported.told import AllergyTold, FactTold, MedicineTold, PersonTold, ReadingTold, Refused, Told

MEDICINES = frozenset({"MedicationRequest", "MedicationStatement"})
SEXES = {"male": "male", "female": "female", "other": "other"}
HOLD = "who it is about is in doubt: decide on that conflict, then send it again"


@dataclass(frozen=True)
class Verdict:
    """What becomes of one entry. `fact` is to be noted, `is_reading` to be read by the importer of uploads."""

    entry: Entry
    outcome: Outcome
    said: str = ""
    reason: str = ""
    fact: FactTold | None = None
    is_reading: bool = False
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """All verdicts in the order of the entries, and the contradictions that no single entry shows. `their_id`: what the
    record system calls the patient; `is_in_doubt`: whether it is them at all is for a person to say.
    """

    verdicts: Sequence[Verdict]
    conflicts: Sequence[Conflict] = ()
    their_id: str = ""
    is_in_doubt: bool = False

    @property
    def all_conflicts(self) -> list[Conflict]:
        return [*(conflict for each in self.verdicts for conflict in each.conflicts), *self.conflicts]


@dataclass
class _Sorting:
    """One pass over the entries; `known` grows by what was taken before."""

    known: Known
    local_day: date
    zone: str
    their_id: str
    is_in_doubt: bool = False
    theirs: list[MedicineTold] = field(default_factory=list)
    sent: set[tuple[str, str]] = field(default_factory=set)

    def was_sent(self, entry: Entry) -> bool:
        """Before, or in this import a second time."""
        version = entry.identity, entry.content
        is_known = version in self.known.seen or version in self.sent
        self.sent.add(version)
        return is_known


def sort_entries(entries: Sequence[Entry], known: Known, today: date, zone: str) -> Sorted:
    """Raises BadInput when the entries are about several people, or about somebody else."""
    people = [entry for entry in entries if entry.kind == "Patient"]
    their_id = _whose(entries, people, known)
    state = _Sorting(known, today, zone, their_id)
    by_number = {entry.number: _person(entry, state) for entry in people}
    for entry in entries:
        if entry.number not in by_number:
            by_number[entry.number] = _verdict(entry, state)
    # A whole record comes with its patient. What comes without is news of one medicine, and no list.
    has_list = people and not state.is_in_doubt and any(entry.kind in MEDICINES for entry in entries)
    missing = tuple(contradictions.missing_there(state.theirs, known)) if has_list else ()
    return Sorted([by_number[entry.number] for entry in entries], missing, their_id, state.is_in_doubt)


def _whose(entries: Sequence[Entry], people: Sequence[Entry], known: Known) -> str:
    """What the record system calls the one patient that all of it is about."""
    names = {text_of(entry.resource.get("id")) or entry.full_url for entry in people}
    urls = {entry.full_url: text_of(entry.resource.get("id")) or entry.full_url for entry in people}
    for entry in entries:
        if entry.kind != "Patient" and (reference := subject_of(entry.resource)):
            names.add(urls.get(reference) or local_id(reference))
    if len(names) > 1:
        raise BadInput(f"is about {len(names)} people", where="bundle", advice="send each person's own resources")
    their_id = next(iter(names), "")[:80]
    if their_id and known.their_ids and their_id not in known.their_ids:
        raise BadInput(
            "is about somebody whom that record system calls otherwise",
            where="subject",
            advice="check the patient, and the source",
        )
    return their_id


def _person(entry: Entry, state: _Sorting) -> Verdict:
    """A birth date or sex that contradicts ours, and that nobody has decided on, holds all the rest back."""
    resource = entry.resource
    sex = SEXES.get(text_of(resource.get("gender")))
    told = PersonTold(state.their_id, day_of(resource.get("birthDate"), state.zone), sex)
    found = tuple(contradictions.of_person(told, state.known))
    settled = state.known.settled - state.known.undecided
    open_now = tuple(conflict for conflict in found if conflict.key not in settled)
    state.is_in_doubt = state.is_in_doubt or bool(open_now)
    if open_now:
        return Verdict(entry, Outcome.CONFLICT, "who the patient is", "contradicts what is known", conflicts=open_now)
    if state.was_sent(entry):
        return Verdict(entry, Outcome.KNOWN, "who the patient is")
    return Verdict(entry, Outcome.TAKEN, "who the patient is")


def _verdict(entry: Entry, state: _Sorting) -> Verdict:
    told = _told(entry, state)
    if isinstance(told, MedicineTold):
        state.theirs.append(told)
    if isinstance(told, Refused):
        return Verdict(entry, Outcome.REFUSED, reason=told.reason)
    if state.is_in_doubt:
        return Verdict(entry, Outcome.REFUSED, reason=HOLD)
    if state.was_sent(entry):
        return Verdict(entry, Outcome.KNOWN, _said(told))
    return _new(entry, told, state)


READERS: Mapping[str, Callable[[Mapping[str, Any], date, str], Told]] = {
    "Observation": labs.observation,
    "Condition": conditions.condition,
    "MedicationRequest": lambda resource, today, zone: medicines.medicine(resource),
    "MedicationStatement": lambda resource, today, zone: medicines.medicine(resource),
    "AllergyIntolerance": lambda resource, today, zone: medicines.allergy(resource),
}


def _told(entry: Entry, state: _Sorting) -> Told:
    reader = READERS.get(entry.kind)
    if reader is None:
        return Refused(f"{entry.kind} is not taken in")
    if OUR_IDS in systems_of(entry.resource):
        return Refused("it came from here")  # what we told may not come back as if it were news
    return reader(entry.resource, state.local_day, state.zone)


def _said(told: Told) -> str:
    if isinstance(told, FactTold | MedicineTold):
        return told.said[:300]
    return f"allergy: {told.name}" if isinstance(told, AllergyTold) else "reading"


def _new(entry: Entry, told: Told, state: _Sorting) -> Verdict:
    """What was not sent before: held against what is known."""
    if isinstance(told, FactTold):
        return _fact(entry, told, state)
    if isinstance(told, ReadingTold):
        return _reading(entry, state)
    conflict = None
    if isinstance(told, MedicineTold):
        conflict = contradictions.of_medicine(told, state.known)
    elif isinstance(told, AllergyTold):
        conflict = contradictions.of_allergy(told, state.known)
    if conflict is None:
        return Verdict(entry, Outcome.TAKEN, _said(told))
    return Verdict(entry, Outcome.CONFLICT, _said(told), _why(conflict), conflicts=(conflict,))


def _reading(entry: Entry, state: _Sorting) -> Verdict:
    """Readings are immutable: another value under a name that was taken is a person's to put right."""
    if entry.identity not in state.known.taken:
        return Verdict(entry, Outcome.TAKEN, "reading", is_reading=True)
    conflict = contradictions.changed_reading(labs.reading_said(entry.resource))
    return Verdict(entry, Outcome.CONFLICT, "reading", _why(conflict), conflicts=(conflict,))


def _fact(entry: Entry, told: FactTold, state: _Sorting) -> Verdict:
    conflict = contradictions.of_fact(told, state.known)
    if conflict is not None:
        return Verdict(entry, Outcome.CONFLICT, told.said, _why(conflict), conflicts=(conflict,))
    if entry.identity in state.known.taken:
        return _changed_there(entry, told, state)
    if contradictions.says_nothing_new(told, state.known):
        return Verdict(entry, Outcome.KNOWN, told.said)
    state.known = state.known.with_fact(told)
    return Verdict(entry, Outcome.TAKEN, told.said, fact=told)


def _changed_there(entry: Entry, told: FactTold, state: _Sorting) -> Verdict:
    """It was taken under this name, and says something else now."""
    if contradictions.says_nothing_new(told, state.known):
        return Verdict(entry, Outcome.KNOWN, told.said)
    conflict = contradictions.changed(told, state.known)
    return Verdict(entry, Outcome.CONFLICT, told.said, _why(conflict), conflicts=(conflict,))


def _why(conflict: Conflict) -> str:
    return f"here: {conflict.ours or 'nothing of it'}"[:300]
