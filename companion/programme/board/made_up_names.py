"""Made-up names: a colour, a bird and a number, drawn by lot, so that nothing about a person leads to one. Pure."""

from collections.abc import Callable, Sequence

COLOURS = {
    "blue": "蓝", "green": "绿", "white": "白", "golden": "金", "grey": "灰", "red": "红", "silver": "银",
    "brown": "棕",
}  # fmt: skip
BIRDS = {
    "heron": "鹭", "swallow": "燕", "finch": "雀", "crane": "鹤", "owl": "鸮", "robin": "鸲", "lark": "云雀",
    "stork": "鹳", "wren": "鹪鹩", "gull": "鸥", "magpie": "喜鹊", "thrush": "鸫",
}  # fmt: skip
NUMBERS = range(10, 1000)


def draw_name(draw: Callable[[Sequence[object]], object]) -> str:
    """Like "blue heron 217", by that lot (`secrets.choice`)."""
    return f"{draw(list(COLOURS))} {draw(list(BIRDS))} {draw(NUMBERS)}"


def shown_name(name: str, language: str) -> str:
    """As a page says it."""
    colour, bird, number = name.split(" ")
    return (
        f"{COLOURS[colour]}{BIRDS[bird]}{number}" if language == "zh" else f"{colour.title()} {bird.title()} {number}"
    )
