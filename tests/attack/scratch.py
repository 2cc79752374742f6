"""The service that is attacked. For `make attack`: the demo's people with something in every list, in a folder that is
thrown away."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import delete

from companion.care.people import Person
from companion.cli import demo_story
from companion.cli.serve import THREADS
from companion.db import reading, writing
from companion.services import Services
from companion.web.door.hub_door import make_code, pair_hub
from companion.web.models import SignInAttempt
from tests.attack.outcome import Finding
from tests.judges import told
from tests.judges.crowd import crowd
from tests.judges.walk import House

ROLES = ("patient", "doctor", "caregiver", "admin")
BROKEN = 500


class Watched:
    """Around the application: as many requests at once as in a process of the service; notes each answer by which it
    says that it broke, and lets every guess be heard.

    The limits on guesses hold, and are tried elsewhere (tests/web/test_auth.py); here they would end an attack after
    twenty requests.
    """

    def __init__(self, services: Services, app: Any) -> None:
        self._services, self._app = services, app
        self.broken: set[str] = set()
        self._turns = BoundedSemaphore(THREADS)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def noting(status: str, *more: Any) -> Any:
            if int(status[:3]) >= BROKEN:
                self.broken.add(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
            return start_response(status, *more)

        with self._turns:
            if environ["PATH_INFO"] == "/sign-in":
                self._forget_guesses()
            answer: Iterable[bytes] = self._app(environ, noting)
        return answer

    def _forget_guesses(self) -> None:
        with writing(self._services.engine) as session:
            session.execute(delete(SignInAttempt))


def told_in(folder: Path) -> "Target":
    """The demo's story, with a crowd of patients besides."""
    told.tell_once(folder / "story")
    services = told.told(folder / "house", folder / "story")
    crowd(services)
    with reading(services.engine) as session:
        people = {role: demo_story.person(session, role) for role in ROLES}
    return Target(services, people)


class Target:
    """A service, served on this machine only, and somebody of each role in it."""

    def __init__(self, services: Services, people: Mapping[str, Person]) -> None:
        self.services, self._people = services, people
        self.house = House(services)
        self.watched = Watched(self.services, self.house.app.wsgi_app)
        self.house.app.wsgi_app = self.watched  # type: ignore[method-assign]

    @contextmanager
    def served(self) -> Iterator["Target"]:
        with self.house.served():
            yield self

    @property
    def url(self) -> str:
        return self.house.url

    def cookies_of(self, role: str) -> str:
        """The Cookie header of somebody of that role who just signed in, without that of the forms."""
        return self.house.cookie_of(self._people[role], "en")

    def with_form_token(self, role: str) -> dict[str, str]:
        """The headers by which they may write to the API."""
        client = self.house.app.test_client(use_cookies=False)
        cookies = self.cookies_of(role)
        answer = client.get("/api/v1/me", headers={"Cookie": cookies})
        form = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": f"{cookies}; {form}", "X-CSRFToken": answer.get_json()["csrf_token"]}

    def hub_token(self) -> str:
        """The token of a hub at the patient's home."""
        now = self.services.clock()
        with writing(self.services.engine) as session:
            code = make_code(session, self._people["patient"], now)
        return pair_hub(self.services.engine, code, "Attacked", "192.0.2.1", now)[1]

    def broken_since(self, tool: str) -> list[Finding]:
        """Where the service broke since this was asked last."""
        found = [Finding(tool, "the service broke", where) for where in sorted(self.watched.broken)]
        self.watched.broken.clear()
        return found
