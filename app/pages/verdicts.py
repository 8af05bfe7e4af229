"""Why a post was not taken, in a word."""

from app.words.words import Words

_KEYS = {400: "400", 401: "401", 404: "404", 405: "404", 415: "415", 422: "422"}
"""By status: how it is said."""


def refusal_of(status: int, words: Words) -> str:
    return words.say("refusal." + _KEYS.get(status, "other"))
