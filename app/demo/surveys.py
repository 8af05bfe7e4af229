"""What visitors do after a conversation: answer the survey, change an answer, comment, buy."""

from collections.abc import Iterator
from random import Random

from app.clock import HOUR, MINUTE, SECOND
from app.demo.event import DemoEvent, Members, id_of
from app.records import ONSITE

ANSWERED = {"CHAT": 0.5, "FACEBOOK_BUSINESS_ON_MESSENGER": 0.3, "VIDEO": 0.4}
"""Probability of an answer, on the channels that have a survey."""
NPS_ASKED, CUSTOM_ASKED, COMMENTED, CHANGED_MIND = 0.65, 0.4, 0.18, 0.12

CSAT_WEIGHTS = {5: 56, 4: 28, 3: 7, 2: 4, 1: 5}
NPS_WEIGHTS = {
    5: {10: 50, 9: 30, 8: 14, 7: 6},
    4: {10: 13, 9: 21, 8: 38, 7: 21, 6: 7},
    3: {7: 35, 6: 35, 5: 30},
    2: {6: 20, 5: 30, 4: 30, 3: 20},
    1: {4: 10, 3: 20, 2: 20, 1: 20, 0: 30},
}
"""By the satisfaction of the same visitor."""

BOUGHT, BOUGHT_OFFSITE, REVERSED = 0.11, 0.06, 0.04
ATTRIBUTED_WITHIN = 48 * HOUR

PLEASED = (
    "Very quick, thank you!",
    "Solved in five minutes. Brilliant.",
    "Best support I have had in years",
    "She stayed with me until it worked.",
    "Thanks a million, Aoife",
    "Merci beaucoup, très à l'écoute",
    "Réponse claire et rapide, bravo !",
    "Enfin quelqu'un qui m'écoute. Merci !",
    "Parfait, rien à redire.",
    "Conseil au top, j'ai commandé dans la foulée",
    "Muy amable, ¡muchas gracias!",
    "Todo resuelto en un momento.",
    "Me lo explicó con mucha paciencia.",
    "¡Diez sobre diez!",
    "Sehr freundlich und kompetent, danke schön.",
    "Schnelle Hilfe, gerne wieder!",
    "Endlich mal jemand, der zuhört.",
    "Hat alles auf Anhieb geklappt.",
    "Bardzo miła obsługa, dziękuję :)",
    "Wszystko się udało, polecam.",
    "Szybko i na temat.",
    "Ottimo servizio, grazie mille!",
    "Gentilissima e molto preparata.",
    "Muito simpático, obrigada!",
    "Snel en vriendelijk geholpen.",
    "Tack för hjälpen!",
    "Çok teşekkürler, hızlı yanıt verdiniz.",
    "とても助かりました。ありがとうございます。",
    "شكرا جزيلا على المساعدة",
    "Дякую, все працює!",
)
DISPLEASED = (
    "Still no answer to my question.",
    "I had to explain everything twice.",
    "Nice people, but my parcel is still lost",
    "Trop d'attente, et pas de solution.",
    "On m'a renvoyé trois fois au même formulaire…",
    "Le robot ne comprend rien.",
    "Llevo una semana esperando mi pedido.",
    "Me cortaron a la mitad.",
    "Leider konnte mir niemand helfen.",
    "Der Bot hat mich nicht verstanden.",
    "Nikt nie potrafił mi pomóc.",
    "Trzeci raz piszę w tej samej sprawie.",
    "Nessuna soluzione, sono molto deluso.",
    "Ninguém me respondeu.",
)


def answers(chance: Random, closed_at: int, about: Members, pace: int) -> Iterator[DemoEvent]:
    """Each click is an event."""
    if chance.random() >= ANSWERED.get(about["channel"], 0):
        return
    survey = _Survey(closed_at, {name: about[name] for name in ("projectId", "conversationId")}, pace)
    csat = _weighted(chance, CSAT_WEIGHTS)
    yield survey.click(chance, 4, 100, customerSatisfaction=csat)
    if chance.random() < CHANGED_MIND:
        csat = min(5, max(1, csat + chance.choice((-1, 1, 1))))
        yield survey.click(chance, 2, 60, customerSatisfaction=csat)
    if about["channel"] != "CHAT":
        return
    if chance.random() < NPS_ASKED:
        nps = _weighted(chance, NPS_WEIGHTS[csat])
        yield survey.click(chance, 3, 30, netPromoterScore=nps)
        if chance.random() < CHANGED_MIND:
            yield survey.click(chance, 2, 40, netPromoterScore=_weighted(chance, NPS_WEIGHTS[csat]))
    if chance.random() < CUSTOM_ASKED:
        yield survey.click(chance, 2, 20, customQuestion=chance.random() < csat / 5.5)
    if chance.random() < COMMENTED:
        words = PLEASED if csat >= 4 else DISPLEASED
        yield survey.click(chance, 10, 120, satisfactionComment=chance.choice(words))


class _Survey:
    def __init__(self, at: int, about: Members, pace: int) -> None:
        self._at = at
        self._about = about
        self._pace = pace

    def click(self, chance: Random, least: int, most: int, **answer: object) -> DemoEvent:
        """`least` and `most`: seconds since the previous click. At least one, since times are in whole seconds."""
        self._at += max(SECOND, chance.randrange(least * SECOND, most * SECOND) // self._pace)
        return DemoEvent(self._at, "satisfaction.answered", {**self._about, **answer})


def _weighted(chance: Random, weights: dict[int, int]) -> int:
    return chance.choices(tuple(weights), tuple(weights.values()))[0]


def sales(
    chance: Random, began_at: int, closed_at: int, about: Members, operator: int, pace: int
) -> Iterator[DemoEvent]:
    """At most one sale, during the conversation or up to 48 hours later; a few are reversed."""
    is_onsite = about["channel"] in ONSITE
    if chance.random() >= (BOUGHT if is_onsite else BOUGHT_OFFSITE):
        return
    at = _bought_at(chance, began_at, closed_at, pace)
    amount = round(80 * chance.lognormvariate(0, 0.75), 2)
    members = {
        "projectId": about["projectId"],
        "conversationId": about["conversationId"],
        "operatorId": operator,
        "source": "Onsite" if is_onsite else "Offsite",
    }
    yield _attributed(at, members, "sale", amount)
    if chance.random() < REVERSED:
        yield _attributed(at + chance.randrange(20 * MINUTE, 20 * HOUR) // pace, members, "reversal", -amount)


def _bought_at(chance: Random, began_at: int, closed_at: int, pace: int) -> int:
    match chance.choices(("during", "soon", "today", "later"), (25, 35, 28, 12))[0]:
        case "during":
            return chance.randrange(began_at, closed_at)
        case "soon":
            return closed_at + chance.randrange(30 * MINUTE) // pace
        case "today":
            return closed_at + chance.randrange(6 * HOUR) // pace
        case _:
            return closed_at + chance.randrange(ATTRIBUTED_WITHIN) // pace


def _attributed(at: int, members: Members, kind: str, amount: float) -> DemoEvent:
    transaction = id_of(members["conversationId"], kind)
    more = {"transactionId": str(transaction), "externalId": f"order-{transaction.int % 10**8:08d}", "amount": amount}
    return DemoEvent(at, "transaction.attributed", {**members, **more})
