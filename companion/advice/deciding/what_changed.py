"""What is known now and was not when a suggestion was made: so that "replaced" says by what. Pure.

Works on the copies of the evidence that suggestions keep (`gather`), as JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

READINGS = ("glucose", "pressures")


def what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each kind of data that differs: readings with how many are new (`n`) and the newest instant (`last_at`), what is
    known of the patient with its names, and `doses`, `regimens` and `plan` as a whole."""
    old, new = before.get("case", {}), after.get("case", {})
    found = [{"what": kind} | told for kind in READINGS if (told := _readings(old.get(kind, ()), new.get(kind, ())))]
    names = sorted(_differing(old.get("patient", {}), new.get("patient", {}))) + sorted(
        _differing(old.get("collected", {}), new.get("collected", {}))
    )
    if names:
        found.append({"what": "patient", "names": names})
    return found + [{"what": kind} for kind in ("doses", "regimens", "plan") if old.get(kind) != new.get(kind)]


def _readings(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Readings that have grown too old for the evidence are no news; one that was set aside is."""
    earliest = min((reading["at"] for reading in new), default="")
    added, gone = _missing_in(old, new), [r for r in _missing_in(new, old) if earliest and r["at"] >= earliest]
    if not added:
        return {"n": 0} if gone else {}
    return {"n": len(added), "last_at": max(reading["at"] for reading in added)}


def _missing_in(these: Sequence[Mapping[str, Any]], those: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {frozenset(each.items()) for each in these}
    return [each for each in those if frozenset(each.items()) not in known]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Names whose value differs; of the flags those that came or went."""
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    flags = set(old.get("flags", ())) ^ set(new.get("flags", ()))
    return (differing - {"flags"}) | flags
