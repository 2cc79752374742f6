"""What is read on a page: ids and tokens are random, and hold any short number sooner or later."""

import re


def words_of(page: str) -> str:
    """The page without its tags, one blank between words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&nbsp;", " ")


def main_of(page: str) -> str:
    """The middle of the page, with its tags."""
    return page.split("<main")[1].split("</main")[0]
