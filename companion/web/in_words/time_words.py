"""Spans of time in words."""

from companion.web.language import gettext as _


def time_text(seconds: float) -> str:
    """So long, in its two largest units."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return _("%(n)s s", n=round(seconds))
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    if minutes < 60 * 24:
        return _("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    return _("%(days)s d %(hours)s h", days=minutes // (60 * 24), hours=minutes // 60 % 24)
