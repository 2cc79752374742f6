"""Pictures that a camera reads (QR)."""

import segno
from markupsafe import Markup

DOT = 6
"""Pixels a dot, where there is room: a camera reads it from a screen at arm's length."""
EDGE = 4
"""White dots around it, which cameras look for (ISO/IEC 18004 §6.3.8)."""


def picture_of(content: str, dot: int = DOT) -> Markup:
    """The content as a picture in the page, in black and white whatever the page's colours are. It shrinks as a whole
    where it is wider than a small telephone."""
    code = segno.make(content, error="m")
    width, _height = code.symbol_size(scale=dot, border=EDGE)
    drawn = code.svg_inline(scale=dot, border=EDGE, light="#fff", svgclass="scanned", omitsize=True)
    return Markup(drawn.replace("<svg", f'<svg width="{width}"', 1))  # noqa: S704 — segno writes shapes only
