"""The clinic reads what messages say: every text in both languages, and how many text messages it takes."""

from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask_babel import lazy_gettext as _l

from companion.compose.batch import contacts_of
from companion.i18n import LANGUAGES
from companion.messages.segments import Length, length
from companion.messages.wording import Words
from companion.messages.wording.examples import Reader, Sample, examples
from companion.web.access import Action, guarded
from companion.web.context import outside
from companion.web.in_words import message_words

blueprint = Blueprint("words_office", __name__)

SAMPLES = {
    "en": Sample("Anna Berg", "Dr. Roth", medicines=("Metformin 500 mg",)),
    "zh": Sample("王秀英", "李建国", medicines=("二甲双胍 500 毫克",)),
}
READERS = {
    Reader.PATIENT: _l("to the patient"),
    Reader.CAREGIVER: _l("to a caregiver"),
    Reader.DOCTOR: _l("to a doctor"),
    Reader.ADMINISTRATOR: _l("to an administrator"),
    Reader.ANYBODY: _l("to whoever it concerns"),
}


@dataclass(frozen=True)
class Told:
    """A text in one language, as the network counts it."""

    language: str
    words: Words
    length: Length


@dataclass(frozen=True)
class Text:
    """One text in every language."""

    purpose: str
    reader: Reader
    told: list[Told]


@blueprint.get("/office/words")
@guarded(Action.SEE_WORDS)
def index() -> str:
    """The texts of one purpose; the first, unless another is asked for."""
    by_purpose: defaultdict[str, list[Text]] = defaultdict(list)
    for text in _texts():
        by_purpose[text.purpose].append(text)
    purpose = request.args.get("purpose", next(iter(by_purpose)))
    if purpose not in by_purpose:
        abort(404)
    return render_template(
        "words_office/index.html",
        every=list(by_purpose),
        purpose=purpose,
        texts=by_purpose[purpose],
        purposes=message_words.PURPOSES,
        readers=READERS,
        languages=LANGUAGES,
    )


def _texts() -> list[Text]:
    contacts = contacts_of(outside().settings)
    in_each = [examples(language, contacts, SAMPLES[language]) for language in LANGUAGES]
    return [
        Text(
            same[0].purpose,
            same[0].reader,
            [Told(language, one.words, length(one.words.text)) for language, one in zip(LANGUAGES, same, strict=True)],
        )
        for same in zip(*in_each, strict=True)
    ]
