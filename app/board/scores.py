"""Numbers as the document writes them, from the sums of one window. What cannot be computed is left out."""

import math

from app.board.document import Csat, CsatShare, Nps, SalesPart
from app.board.largest import largest, with_rest
from app.bounds import SOURCES_LISTED
from app.tally import Sums, median_duration, money


def percentage(part: int, whole: int) -> float:
    """Return 100 * part / whole with one decimal, half away from zero, never -0.0."""
    return _tenths(part * 100, whole)


def ratio(part: int, whole: int) -> float:
    """Return part / whole with one decimal, half away from zero; 0.0 if whole is 0."""
    return _tenths(part, whole) if whole else 0.0


def _tenths(numerator: int, denominator: int) -> float:
    tenths = (abs(numerator) * 20 + denominator) // (2 * denominator)
    return (tenths if numerator > 0 else -tenths) / 10 if tenths else 0.0


def csat_share(sums: Sums) -> CsatShare:
    """Return responses, satisfied and their share: 4 and 5 among all, as iAdvize computes it."""
    return share_of(*responses_and_satisfied(sums))


def share_of(responses: int, satisfied: int) -> CsatShare:
    figures: CsatShare = {"responses": responses, "satisfied": satisfied}
    if responses:
        figures["score"] = percentage(satisfied, responses)
    return figures


def responses_and_satisfied(sums: Sums, question: str = "csat") -> tuple[int, int]:
    return sum(sums[question, score] for score in range(1, 6)), sums[question, 4] + sums[question, 5]


def csat(sums: Sums) -> Csat:
    histogram = {str(score): sums["csat", score] for score in range(1, 6)}
    responses, satisfied = responses_and_satisfied(sums)
    figures: Csat = {"responses": responses, "satisfied": satisfied, "histogram": histogram}
    if responses:
        figures["score"] = percentage(satisfied, responses)
        figures["average"] = _tenths(sum(score * sums["csat", score] for score in range(1, 6)), responses)
    return figures


def nps(sums: Sums) -> Nps:
    promoters = sums["nps", 9] + sums["nps", 10]
    passives = sums["nps", 7] + sums["nps", 8]
    detractors = sum(sums["nps", score] for score in range(7))
    responses = promoters + passives + detractors
    figures: Nps = {
        "responses": responses,
        "promoters": promoters,
        "passives": passives,
        "detractors": detractors,
    }
    if responses:
        figures["score"] = percentage(promoters - detractors, responses)
    return figures


def sales(sums: Sums) -> SalesPart:
    transactions = _by_source(sums, "sales")
    amounts = _by_source(sums, "amount")
    names = largest(transactions, SOURCES_LISTED)
    # An amount may be zero, and is then not among the sums.
    listed_amounts = with_rest(dict.fromkeys(transactions, 0) | amounts, names)
    return {
        "transactions": sum(transactions.values()),
        "amount": money(sum(amounts.values())),
        "by_source": {
            source: {"transactions": count, "amount": money(listed_amounts[source])}
            for source, count in with_rest(transactions, names).items()
        },
    }


def _by_source(sums: Sums, what: str) -> dict[str, int]:
    return {str(source): value for (name, source), value in sums.items() if name == what}


def sales_amount(sums: Sums) -> int:
    return sum(amount for (what, _), amount in sums.items() if what == "amount")


def median_seconds(durations: Sums) -> float | None:
    """Return the median of durations in seconds, to three significant digits."""
    ms = median_duration(durations)
    if not ms:
        return ms
    digits = 2 - math.floor(math.log10(ms / 1000))
    return round(ms / 1000, digits) if digits > 0 else round(ms / 1000)
