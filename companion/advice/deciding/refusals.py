"""Why an act on a suggestion did not happen. Nothing was changed then; each is told with the present state."""

from sqlalchemy.orm import object_session

from companion.advice.models import Review, Suggestion


class FreshSignInNeeded(Exception):
    """The person showed too long ago, or never in this session, who they are."""


class AlreadyDecided(Exception):
    """Another act was first. `suggestion.state` says which; `review` is set when a doctor decided.

    Both leave their session here: it is rolled back on the way out, and they are to be looked at after that.
    """

    def __init__(self, suggestion: Suggestion, review: Review | None) -> None:
        super().__init__(suggestion.state)
        self.suggestion = suggestion
        self.review = review
        for seen in (suggestion, review):
            session = object_session(seen) if seen else None
            if session:
                session.expunge(seen)


class HeldByAnother(Exception):
    """Another clinician is deciding on it just now."""


class DataChanged(Exception):
    """What stands behind the suggestion is no longer what was shown: it has to be read again."""
