"""What today's numbers miss, in words."""

from collections.abc import Mapping
from typing import Any

from app.clock import parse_instant
from app.view.format import Format
from app.view.memo import Memo
from app.view.phrase import joined


class Notes:
    """That the server's clock is wrong, that the board began to count today, and when nothing was received; empty when
    nothing is missing."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._said = Memo(self._say)

    def say(self, document: Mapping[str, Any]) -> str:
        delivery = document["delivery"]
        names = ("counting_since", "gaps", "clock_skew_seconds")
        return self._said(document["board"]["since"], *map(delivery.get, names))

    def _say(self, midnight: str, counting_since: str | None, gaps: list[Any] | None, skew: float | None) -> str:
        said = [self._form.clock(skew)] if skew else []
        if counting_since is not None and parse_instant(counting_since) > parse_instant(midnight):
            said.append(self._form.say("notes.since", time=self._form.time_of_day(counting_since)))
        if gaps:
            said.append(self._form.gaps(gaps))
        return joined(" · ", said)
