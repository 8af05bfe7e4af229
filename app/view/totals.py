"""The figures of a day, or of several, as cards: each large, with what it is compared with below it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from app.board.confidence import net_interval, wilson
from app.board.day_document import DayTotals
from app.board.scores import percentage
from app.view.compared import difference_text
from app.view.format import DASH, ENOUGH_ANSWERS, Format

COUNTS = ("started", "closed", "transferred")


class Card(NamedTuple):
    key: str
    label: str
    value: str
    note: str = ""
    """What stands behind it: `310 answers`."""
    interval: Mapping[str, float] = {}
    """Where the true value lies with 95 %, and the value, as shares of a bar in hundredths: low, width, mark."""
    interval_text: str = ""
    then: str = ""
    """What it was then; empty: nothing is compared."""
    change: str = ""
    """`▲ 12 %`, or that there is no clear change."""
    is_clear: bool = False


def cards(totals: DayTotals, form: Format, currency: str) -> list[Card]:
    csat, nps, sales = totals["csat"], totals["nps"], totals.get("sales")
    found = [_count(key, totals[key], form) for key in COUNTS]  # type: ignore[literal-required]
    found.append(_csat(csat["responses"], csat["satisfied"], form))
    found.append(_nps(nps["promoters"], nps["detractors"], nps["responses"], form))
    if sales is not None:
        label = form.say("tile.sales-in", currency=form.currency(currency))
        note = form.say("days.sales", n=sales["transactions"])
        found.append(Card("amount", label, form.money(sales["amount"]), note))
    return found


def cards_compared(
    totals: DayTotals,
    now: DayTotals,
    before: DayTotals | None,
    changed: Collection[str] | None,
    then: str,
    form: Format,
    currency: str,
) -> list[Card]:
    """`now`: what is compared with `before`, which may be a part of `totals`; None: with nothing. `changed`: the
    figures whose change is more than chance, None where that is not asked. `then`: its key, said with `value`."""
    found = cards(totals, form, currency)
    if before is None:
        return found
    return [
        card._replace(
            then=form.say(then, value=value_text(card.key, before, form)),
            change=change_text(card.key, now, before, changed, form),
            is_clear=changed is None or card.key in changed,
        )
        for card in found
    ]


def value_text(key: str, totals: DayTotals, form: Format) -> str:
    match key:
        case "csat":
            csat = totals["csat"]
            return share_text(csat["responses"], csat["satisfied"], form)
        case "nps":
            return form.signed(totals["nps"].get("score"))
        case "amount":
            return form.money(totals["sales"]["amount"])
        case _:
            return form.number(totals[key])  # type: ignore[literal-required]


def change_text(key: str, now: DayTotals, before: DayTotals, changed: Collection[str] | None, form: Format) -> str:
    if not _count_of(key, now) and not _count_of(key, before):
        return ""
    if changed is not None and key not in changed:
        return form.say("days.unclear")
    match key:
        case "csat" | "nps":
            return _points(_score(key, now), _score(key, before), form)
        case "amount":
            return difference_text(now["sales"]["amount"], before["sales"]["amount"], form)
        case _:
            return difference_text(now[key], before[key], form)  # type: ignore[literal-required]


def _count_of(key: str, totals: DayTotals) -> int:
    """Return how much there is behind a figure."""
    match key:
        case "csat" | "nps":
            return totals[key]["responses"]
        case "amount":
            return totals["sales"]["transactions"]
        case _:
            return totals[key]  # type: ignore[literal-required, no-any-return]


def share_text(responses: int, satisfied: int, form: Format) -> str:
    if not responses:
        return DASH
    if responses < ENOUGH_ANSWERS:
        return form.say("wall.of-few", part=satisfied, n=responses)
    return form.say("days.percent", n=form.score(percentage(satisfied, responses)))


def _score(key: str, totals: DayTotals) -> float | None:
    return totals["csat"].get("score") if key == "csat" else totals["nps"].get("score")


def _points(now: float | None, before: float | None, form: Format) -> str:
    if now is None or before is None:
        return ""
    change = round(now - before, 1)
    if not change:
        return form.say("wall.same")
    return form.say("days.points", mark="▲" if change > 0 else "▼", n=form.score(abs(change)))


def _count(key: str, value: int, form: Format) -> Card:
    return Card(key, form.say(f"tile.{key}"), form.number(value))


def _csat(responses: int, satisfied: int, form: Format) -> Card:
    card = Card("csat", form.say("tile.csat"), share_text(responses, satisfied, form))
    if not responses:
        return card
    card = card._replace(note=form.say("wall.answers", n=responses))
    if responses < ENOUGH_ANSWERS:
        return card
    low, high = (100 * share for share in wilson(satisfied, responses))
    text = form.say("days.interval", low=form.whole(low), high=form.whole(high))
    return card._replace(interval=_bar(low, high, 100 * satisfied / responses), interval_text=text)


def _nps(promoters: int, detractors: int, responses: int, form: Format) -> Card:
    score = percentage(promoters - detractors, responses) if responses else None
    card = Card("nps", form.say("tile.nps"), form.signed(score))
    if not responses or score is None:
        return card
    card = card._replace(note=form.say("wall.answers", n=responses))
    if responses < ENOUGH_ANSWERS:
        return card
    low, high = (100 * value for value in net_interval(promoters, detractors, responses))
    text = form.say("days.interval-points", low=form.signed_whole(low), high=form.signed_whole(high))
    return card._replace(interval=_bar((low + 100) / 2, (high + 100) / 2, (score + 100) / 2), interval_text=text)


def _bar(low: float, high: float, mark: float) -> dict[str, float]:
    return {"low": round(low, 1), "width": round(high - low, 1), "mark": round(mark, 1)}
