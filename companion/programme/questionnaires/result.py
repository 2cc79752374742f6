"""What answers come to: points, words for them, tips, and what the clinic has to look at. Pure.

A result is no diagnosis and changes no medicine: nothing of advice reads it.
"""

from dataclasses import dataclass

from companion.programme.questionnaires.answers import Answers
from companion.programme.questionnaires.questions import Item, Option, Questionnaire, Words


@dataclass(frozen=True)
class Result:
    """`words` None: no self-test. `red`: the questions whose answer the clinic has to look at."""

    score: int
    most: int
    words: Words | None
    tips: tuple[Words, ...]
    red: tuple[str, ...]


def result_of(questionnaire: Questionnaire, answers: Answers) -> Result:
    chosen = {item.link: _chosen(item, answers) for item in questionnaire.items}
    points = {link: sum(option.score for option in options) for link, options in chosen.items()}
    score = sum(points.values())
    words = next((band.words for band in questionnaire.bands if score >= band.at_least), None)
    tips = tuple(
        item.tip for item in questionnaire.items if item.tip and item.link in answers and points[item.link] < item.most
    )
    red = tuple(link for link, options in chosen.items() if any(option.is_red for option in options))
    return Result(score, questionnaire.most, words, tips, red)


def _chosen(item: Item, answers: Answers) -> list[Option]:
    said = answers.get(item.link, ())
    return [option for option in item.options if option.code in said]
