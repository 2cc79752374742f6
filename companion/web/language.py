"""English or Chinese for this request, and times and numbers written in it."""

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from companion.i18n import LANGUAGES, SOURCE_LANGUAGE, catalogue
from companion.web.context import found_actor, outside
from companion.web.cookies import LANGUAGE_COOKIE, taste


class CatalogueDomain(Domain):
    """Flask-Babel's translations, taken from the catalogue that companion.i18n compiles in memory."""

    def get_translations(self) -> NullTranslations:
        return catalogue(language())

    def gettext(self, string: str, **variables: object) -> str:
        return gettext(string, **variables)


def gettext(string: str, /, **variables: object) -> str:
    """As Flask-Babel's own: what a page says hundreds of times is looked up once, and nothing else on the way."""
    message = _message(language(), string)
    return message % variables if variables else message


def lazy_gettext(string: str, /) -> LazyString:
    """As Flask-Babel's own: said in the language of whoever reads it."""
    return LazyString(gettext, string)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=8192)
def _message(reader: str, message: str) -> str:
    return catalogue(reader).gettext(message)


class CatalogueBabel(Babel):
    @cached_property
    def domain_instance(self) -> Domain:
        return CatalogueDomain()  # type: ignore[no-untyped-call]


def install(app: Flask) -> None:
    CatalogueBabel(app, default_locale=SOURCE_LANGUAGE, locale_selector=chosen_language)  # type: ignore[no-untyped-call]
    app.jinja_env.filters.update(at=at, clock_time=clock_time, on=on, digits=digits)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES, gettext=said, _=said)


def said(message: str, /, **values: object) -> Markup:
    """What a template's `_` and `trans` say: the message in the reader's language, its %(name)s filled with escaped
    values. Jinja's own makes a new context each time, which is a third of a page's work."""
    return _as_markup(language(), message) % values if values else _without_values(language(), message)


@lru_cache(maxsize=8192)
def _as_markup(reader: str, message: str) -> Markup:
    """What the catalogue says is markup, as the templates themselves are."""
    return Markup(_message(reader, message))  # noqa: S704 - ours, and never what anybody typed


@lru_cache(maxsize=8192)
def _without_values(reader: str, message: str) -> Markup:
    """The same where nothing is filled in: %% is a percent sign there, too."""
    return _as_markup(reader, message) % {}


def marked(message: str) -> str:
    """The message itself: marks it for the catalogue where the reader's language is not known yet."""
    return message


def chosen_language() -> str:
    """What the person chose; for nobody signed in: the switch, then what the browser asks for."""
    person = found_actor()
    if person is not None:
        return person.language
    kept = taste(request, outside().settings, LANGUAGE_COOKIE)
    if kept in LANGUAGES:
        return str(kept)
    return request.accept_languages.best_match(list(LANGUAGES)) or SOURCE_LANGUAGE


def language() -> str:
    """The language of this request: en or zh. Asked hundreds of times a page: what Flask-Babel keeps in `g` is looked
    at first, which `force_locale` changes, too; in `g` itself: its proxy asks each time who it stands for."""
    try:
        held = g._get_current_object()
    except RuntimeError:  # no application is at work
        return SOURCE_LANGUAGE
    locale = getattr(getattr(held, "_flask_babel", None), "babel_locale", None) or get_locale()
    return str(locale.language) if locale else SOURCE_LANGUAGE


_locale = lru_cache(maxsize=8)(Locale.parse)
"""Babel parses a language's name at every date; there are two languages."""


def locale() -> Locale:
    """What Babel writes times and numbers of this request by."""
    return _locale(language())


def at(instant: datetime, zone: str) -> str:
    """An instant as calendar and clock on the wall of that zone show it: "Sat, Nov 21 17:52"."""
    day = format_skeleton("MMMEd", instant, tzinfo=ZoneInfo(zone), locale=locale())
    return f"{day} {clock_time(instant, zone)}"


def clock_time(instant: datetime, zone: str) -> str:
    """Hours and minutes in that zone, of 24: "17:52"."""
    return format_skeleton("Hm", instant, tzinfo=ZoneInfo(zone), locale=locale())


def on(day: date) -> str:
    """A calendar day: "Nov 21, 2026"."""
    return format_date(day, "medium", locale=locale())


def digits(number: Decimal) -> str:
    """A number as it is, without an exponent or zeros that say nothing: 12.50 → 12.5, 1E+2 → 100."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
