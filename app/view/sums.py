"""What stands behind counts, in words: what each is made of, and what it is of."""

from collections.abc import Mapping

from app.json_object import Json
from app.view.format import Format
from app.view.memo import Memo
from app.view.phrase import joined
from app.view.texts import merged


class Sums:
    """By the key of the figure: `:now` with what it adds up from; on floors `:of` and `:each` beside it."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._connected = Memo(self._connected_text)
        self._open = Memo(self._open_text)
        self._csat = Memo(self._csat_text)
        self._beside = Memo(self._texts_beside)
        self._now, self._all = Memo(merged), Memo(merged)

    def now(self, document: Json) -> dict[str, str]:
        operators, csat = document["operators"], document["satisfaction"]["csat"]
        return self._now(
            self._connected(operators["connected"], operators.get("taking", 0), operators.get("not_taking", 0)),
            self._open(document["conversations"]["open_by_channel"]),
            self._csat(csat.get("satisfied", 0), csat["responses"]),
        )

    def say(self, document: Json) -> dict[str, str]:
        operators = document["operators"]
        people = sum(operators.get(presence, 0) for presence in ("connected", "unverified", "gone", "not_here"))
        return self._all(self.now(document), self._beside(people, document["conversations"].get("open_per_taking")))

    def _texts_beside(self, people: int, per_taking: float | None) -> dict[str, str]:
        texts = {"connected:of": self._form.say("sum.of", n=people)}
        each = {"open:each": self._form.say("sum.each", n=self._form.score(per_taking))} if per_taking else {}
        return texts | each

    def _connected_text(self, connected: int, taking: int, not_taking: int) -> dict[str, str]:
        say, unsaid = self._form.say, connected - taking - not_taking
        parts = [("taking", taking), ("not-taking", not_taking), *([("unsaid", unsaid)] if unsaid > 0 else [])]
        sum_of = joined(" + ", (say(f"sum.{name}", n=count) for name, count in parts))
        return {"connected:now": self._equation(connected, sum_of)} if connected else {}

    def _open_text(self, channels: Mapping[str, int]) -> dict[str, str]:
        form = self._form
        parts = [joined(" ", (form.channel(name), form.number(count))) for name, count in channels.items() if count]
        return {"open:now": self._equation(sum(channels.values()), joined(" + ", parts))} if parts else {}

    def _csat_text(self, satisfied: int, responses: int) -> dict[str, str]:
        say = self._form.say
        return {"csat:now": say("sum.csat", n=satisfied, of=self._form.number(responses))} if responses else {}

    def _equation(self, count: int, parts: str) -> str:
        return self._form.say("sum.now", count=self._form.number(count), parts=parts)
