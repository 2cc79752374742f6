"""The houses of the pages, for whoever means them ill."""

from tests.web.conftest import app, browser, cast, clock, engine, folder, services, signed_in
from tests.web.loop.conftest import house

__all__ = ["app", "browser", "cast", "clock", "engine", "folder", "house", "services", "signed_in"]
