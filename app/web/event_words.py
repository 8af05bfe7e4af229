"""What an event says, in a sentence for supervisors: “Chat given to Conor T.”, “CSAT 2 · ‘parcel still lost’”."""

from collections.abc import Callable
from decimal import Decimal

from markupsafe import Markup

from app.receive import events
from app.receive.events import Event
from app.words.words import Words

SHOWN_CHARACTERS = 140
"""Of a comment; the delivery's page has it whole."""

_NAMED = {
    "user.connected": "said.connected",
    "user.disconnected": "said.disconnected",
    "user.created": "said.created",
    "user.updated": "said.updated",
    "visitor.updated": "said.visitor",
}


def event_words(event: Event, name_of: Callable[[int], Markup], words: Words, currency: str) -> Markup:
    """Return a sentence; empty for an event of which boards know nothing. `name_of`: the name for an operator's id."""
    match event:
        case events.ConversationPushed():
            sentence = words.say(
                "said.pushed", channel=_channel(event.channel.name, words), name=name_of(event.operator)
            )
        case events.ConversationClosed(operators=()):
            sentence = words.say("said.closed", channel=_channel(event.channel.name, words))
        case events.ConversationClosed():
            closer = name_of(event.operators[-1])
            sentence = words.say("said.closed-by", channel=_channel(event.channel.name, words), name=closer)
        case events.AvailabilityUpdated():
            channels = [_channel(channel, words) for channel, takes in sorted(event.available.items()) if takes]
            key = "said.takes" if channels else "said.takes-none"
            sentence = words.say(key, name=name_of(event.operator), channels=", ".join(channels))
        case events.SatisfactionAnswered():
            sentence = Markup(" · ").join(_answers(event, words))
        case events.TransactionAttributed():
            amount = Decimal(event.amount.ten_thousandths).scaleb(-4)
            sold = f"{words.number(amount, 2)} {currency}"
            sentence = words.say("said.sold", amount=sold, name=name_of(event.operator), source=_own(event.source))
        case (
            events.UserConnected(operator=operator)
            | events.UserDisconnected(operator=operator)
            | events.UserChanged(operator=operator)
            | events.VisitorUpdated(operator=operator)
        ):
            sentence = words.say(_NAMED[event.type], name=name_of(operator))
        case _:
            sentence = ""
    return Markup(sentence)  # noqa: S704 say() escapes what stands in it


def _answers(event: events.SatisfactionAnswered, words: Words) -> list[str | Markup]:
    answers: list[str | Markup] = []
    if event.csat is not None:
        answers.append(f"CSAT {event.csat}")
    if event.nps is not None:
        answers.append(f"NPS {event.nps}")
    if event.custom is not None:
        answers.append(words.say("said.yes" if event.custom else "said.no"))
    if event.text:
        is_long = len(event.text) > SHOWN_CHARACTERS
        text = event.text[:SHOWN_CHARACTERS].rstrip() + "…" if is_long else event.text
        answers.append(words.say("said.comment", text=_own(text)))
    return answers


def _channel(name: str, words: Words) -> Markup:
    key = f"channel.{name}"
    return Markup.escape(words.say(key)) if words.has(key) else _own(name)


def _own(text: str) -> Markup:
    """Mark a text of others, which may be of any script."""
    return Markup('<span class="name" dir="auto">{}</span>').format(text)
