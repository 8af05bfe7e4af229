"""What stands behind the counts of a floor, in words: what each is made of, and what it is of."""

from collections.abc import Mapping

from app.board.scores import Json
from app.view.format import Format
from app.view.memo import Memo
from app.view.phrase import joined


class Sums:
    """By the key of the figure: `:now` with what it adds up from, `:of` and `:each` beside it."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._operators = Memo(self._operator_texts)
        self._open = Memo(self._open_texts)
        self._csat = Memo(self._csat_texts)
        self._all = Memo(_merged)

    def say(self, document: Json) -> dict[str, str]:
        operators, conversations = document["operators"], document["conversations"]
        people = operators["connected"], operators["unverified"], operators.get("gone", 0)
        away = operators.get("not_here", 0)
        csat = document["satisfaction"]["csat"]
        return self._all(
            self._operators(*people, away, operators.get("taking", 0), operators.get("not_taking", 0)),
            self._open(conversations.get("open_per_taking"), conversations["open_by_channel"]),
            self._csat(csat.get("satisfied", 0), csat["responses"]),
        )

    def _operator_texts(
        self, connected: int, unverified: int, gone: int, away: int, taking: int, not_taking: int
    ) -> dict[str, str]:
        say, unsaid = self._form.say, connected - taking - not_taking
        parts = [("taking", taking), ("not-taking", not_taking), *([("unsaid", unsaid)] if unsaid > 0 else [])]
        sum_of = joined(" + ", (say(f"sum.{name}", n=count) for name, count in parts))
        texts = {"connected:of": say("sum.of", n=connected + unverified + gone + away)}
        return texts | ({"connected:now": self._now(connected, sum_of)} if connected else {})

    def _open_texts(self, per_taking: float | None, channels: Mapping[str, int]) -> dict[str, str]:
        form = self._form
        texts = {"open:each": form.say("sum.each", n=form.score(per_taking))} if per_taking else {}
        parts = [joined(" ", (form.channel(name), form.number(count))) for name, count in channels.items() if count]
        return texts | ({"open:now": self._now(sum(channels.values()), joined(" + ", parts))} if parts else {})

    def _csat_texts(self, satisfied: int, responses: int) -> dict[str, str]:
        say = self._form.say
        return {"csat:now": say("sum.csat", n=satisfied, of=self._form.number(responses))} if responses else {}

    def _now(self, count: int, parts: str) -> str:
        return self._form.say("sum.now", count=self._form.number(count), parts=parts)


def _merged(*texts: dict[str, str]) -> dict[str, str]:
    return {key: text for part in texts for key, text in part.items()}
