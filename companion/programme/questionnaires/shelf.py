"""The questionnaires that there are: files of this package, each one version. A version that was asked never changes;
a change is a new file."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from companion.errors import BadInput
from companion.programme.questionnaires.questions import Questionnaire, questionnaire_from


@cache
def _all() -> Mapping[tuple[str, str], Questionnaire]:
    """By name and version; read once."""
    folder = resources.files("companion.programme.questionnaires") / "data"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    found = [questionnaire_from(json.loads(file.read_text("utf-8"))) for file in files]
    return {(each.name, each.version): each for each in found}


def newest() -> Sequence[Questionnaire]:
    """Of each its newest version: the record first, then by title."""
    by_name: dict[str, Questionnaire] = {}
    for each in sorted(_all().values(), key=_order):
        by_name[each.name] = each
    return sorted(by_name.values(), key=lambda each: (each.is_self_test, each.title["en"]))


def find(name: str, version: str = "") -> Questionnaire:
    """That version, or the newest. Raises BadInput where there is none."""
    found = _all().get((name, version)) if version else next((each for each in newest() if each.name == name), None)
    if found is None:
        raise BadInput("is not known here", where="questionnaire", advice="ask for the list of questionnaires")
    return found


def every_version() -> Sequence[Questionnaire]:
    """From the oldest to the newest."""
    return sorted(_all().values(), key=_order)


def _order(questionnaire: Questionnaire) -> tuple[int, ...]:
    return tuple(int(part) for part in questionnaire.version.split("."))
