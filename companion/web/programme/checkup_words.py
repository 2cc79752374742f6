"""What becomes of a value of a report is called so, in the reader's language."""

import re

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from companion.programme.checkups.checkup_models import ValueState
from companion.web.words import Words

STATES: Words = {
    ValueState.WAITS: _l("a doctor still looks at it"),
    ValueState.CONFIRMED: _l("confirmed by a doctor"),
    ValueState.SET_ASIDE: _l("set aside by a doctor"),
}
TAGS = {ValueState.WAITS: "warn", ValueState.CONFIRMED: "ok", ValueState.SET_ASIDE: "plain"}
"""The look of each."""

WHY: tuple[tuple[re.Pattern[str], LazyString], ...] = (
    (re.compile(r"its status is (?P<what>.*)"), _l("its status is %(what)s")),
    (re.compile(r"no code of LOINC that is asked about here"), _l("nobody asks about its code here")),
    (re.compile(r"codes of different things"), _l("it has codes of different things")),
    (
        re.compile(r"code (?P<code>\S+) is of (?P<kind>\S+) in (?P<units>.*), which (?P<unit>'.*'|\".*\") is not"),
        _l("code %(code)s is given in %(units)s, and not in %(unit)s"),
    ),
    (re.compile(r"only a bound is told, no value"), _l("only a bound is told, no value")),
    (re.compile(r"(?:value: )?no (?:value|number)"), _l("there is no number")),
    (re.compile(r"no day|date: write the day like 2026-05-31"), _l("there is no day; write it like 2026-05-31")),
    (re.compile(r"(?:its day|date:) lies in the future"), _l("its day lies in the future")),
    (re.compile(r"test: nobody asks about it here"), _l("nobody asks about this test here")),
    (re.compile(r"unit: (?P<kind>\S+) is in (?P<units>.*)"), _l("its unit is none of %(units)s")),
    (re.compile(r"a reading: send it as a file of readings"), _l("it is a reading: send it as a file of readings")),
    (
        re.compile(r"is not plausible: between (?P<low>\S+) and (?P<high>\S+) (?P<unit>.*)"),
        _l("it is not plausible: between %(low)s and %(high)s %(unit)s"),
    ),
    (re.compile(r"has more digits than anybody measures"), _l("it has more digits than anybody measures")),
)
"""Why nothing was taken, as the readers of reports put it, and in the reader's language."""


def why_text(why: str) -> str:
    """What no pattern knows stands as it was kept."""
    for pattern, said in WHY:
        if found := pattern.fullmatch(why):
            return str(said) % found.groupdict() if found.groupdict() else str(said)
    return why
