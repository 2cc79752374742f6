"""Answers as a FHIR R4 QuestionnaireResponse, both ways. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from companion.errors import BadInput
from companion.programme.questionnaires.answers import Answers
from companion.programme.questionnaires.questions import URL, Item, ItemKind, Questionnaire

VALUES = {ItemKind.CHOICE: "valueCoding", ItemKind.INTEGER: "valueInteger", ItemKind.TEXT: "valueString"}


class Given(NamedTuple):
    """What a response says: of which questionnaire, in which version ("": the newest), and the answers by link."""

    name: str
    version: str
    answers: Mapping[str, list[str]]


def given_in(response: Mapping[str, Any]) -> Given:
    """Raises BadInput for what is no completed response. Whether the answers fit is for `answers.check` to say."""
    if response.get("resourceType") != "QuestionnaireResponse":
        raise BadInput("is no QuestionnaireResponse", where="resourceType")
    if response.get("status") != "completed":
        raise BadInput("only what is completed is taken", where="status", advice="send it with status completed")
    canonical = response.get("questionnaire")
    if not isinstance(canonical, str) or not canonical.startswith(URL):
        raise BadInput("is no questionnaire of ours", where="questionnaire", advice=f"begin it with {URL}")
    name, _, version = canonical.removeprefix(URL).partition("|")
    answers: dict[str, list[str]] = {}
    for link, said in _said(response, ""):
        answers.setdefault(link, []).append(said)
    return Given(name, version, answers)


def _said(element: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """Every answer with its link; groups are gone into."""
    for number, item in enumerate(_list(element, "item", where)):
        place = f"{where}item/{number}"
        link = item.get("linkId")
        if not isinstance(link, str) or not link:
            raise BadInput("is missing", where=f"{place}/linkId")
        for at, answer in enumerate(_list(item, "answer", f"{place}/")):
            yield link, _value(answer, f"{place}/answer/{at}")
        yield from _said(item, f"{place}/")


def _list(element: Mapping[str, Any], member: str, where: str) -> list[Mapping[str, Any]]:
    found = element.get(member, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadInput("has to be a list of objects", where=f"{where}{member}")
    return found


def _value(answer: Mapping[str, Any], where: str) -> str:
    match answer:
        case {"valueCoding": {"code": str(code)}}:
            return code
        case {"valueInteger": bool()}:
            pass
        case {"valueInteger": int(number)}:
            return str(number)
        case {"valueString": str(text)}:
            return text
    raise BadInput("holds no value", where=where, advice="send valueCoding, valueInteger or valueString")


def response(
    questionnaire: Questionnaire, answers: Answers, *, answer_id: str, patient: str, at: datetime, language: str
) -> dict[str, Any]:
    """What was answered, with the questions in the reader's language. `patient` is a public id, `at` is aware."""
    return {
        "resourceType": "QuestionnaireResponse",
        "identifier": {"system": "urn:companion:id", "value": answer_id},
        "questionnaire": questionnaire.canonical,
        "status": "completed",
        "subject": {"type": "Patient", "identifier": {"system": "urn:companion:id", "value": patient}},
        "authored": at.isoformat(timespec="seconds"),
        "item": [_item(item, answers[item.link], language) for item in questionnaire.items if item.link in answers],
    }


def _item(item: Item, said: tuple[str, ...], language: str) -> dict[str, Any]:
    answers = [{VALUES[item.kind]: _as_value(item, each, language)} for each in said]
    return {"linkId": item.link, "text": item.words[language], "answer": answers}


def _as_value(item: Item, said: str, language: str) -> Any:
    if item.kind is ItemKind.INTEGER:
        return int(said)
    if item.kind is ItemKind.TEXT:
        return said
    display = next((option.words[language] for option in item.options if option.code == said), said)
    return {"code": said, "display": display}
