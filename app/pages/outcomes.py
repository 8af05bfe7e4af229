"""What became of a post, in words."""

from app.deliveries.filter import Outcome
from app.words.words import Words

OUTCOMES: dict[str, Outcome] = {
    "taken": "accepted",
    "again": "duplicates",
    "refused": "refused",
    "unsigned": "unsigned",
}
"""Query parameter -> name in the log."""

_REFUSALS = {400: "400", 401: "401", 404: "404", 405: "404", 415: "415", 422: "422"}


def parameter_of(outcome: Outcome) -> str:
    return next(name for name, logged in OUTCOMES.items() if logged == outcome)


def outcome_in_words(outcome: Outcome, status: int, words: Words) -> str:
    if outcome in ("refused", "unsigned"):
        return words.say("refusal." + _REFUSALS.get(status, "other"))
    return words.say("outcome." + parameter_of(outcome))
