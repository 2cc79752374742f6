"""How a report looks on paper: the sheet for print, and the colours of charts, which a PDF wants in each picture."""

import re
from functools import cache

from companion.web.layout import STATIC

FONT = '"Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "DejaVu Sans", sans-serif'


@cache
def print_style() -> str:
    """What the printed page and the PDF look like."""
    return (STATIC / "print.css").read_text(encoding="utf-8")


@cache
def chart_style() -> str:
    """The rules of companion.css about charts, with the colours that its names stand for."""
    sheet = (STATIC / "companion.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"(--[a-z-]+):\s*(#[0-9a-f]{6});", sheet))
    rules = re.findall(r"^\.chart [^{]+\{[^}]*\}", sheet, flags=re.MULTILINE)
    named = "\n".join(rule for rule in rules if "display" not in rule)
    plain = re.sub(r"var\((--[a-z-]+)\)", lambda name: colours[name.group(1)], named)
    return f".chart text {{ font: 16px {FONT}; }}\n{plain}"


def with_charts_coloured(page: str) -> str:
    """The same page, each chart with its own style inside: a PDF does not look for it outside."""
    return re.sub(r'(<svg [^>]*class="chart [^>]*>)', lambda svg: f"{svg.group(1)}<style>{chart_style()}</style>", page)
