"""The demo's receiver of alerts: it takes what is signed for it, and prints what people would read."""

import base64
from typing import Any

from app.alerts.webhook import HttpSender, signature_headers
from app.clock import wall_clock
from app.demo.receiver import message_lines, receiving

BODY = b'{"type": "episode.alarm", "text": "Paris team: longest chat 12 min", "acknowledge": "http://x.example/a"}'


async def test_a_message_that_is_signed_is_printed_with_its_link_and_no_other_one() -> None:
    messages: list[dict[str, Any]] = []
    http = HttpSender(allows_private=True)
    async with receiving(messages.append) as channel:
        secret = channel["secret"].removeprefix("whsec_")
        foreign = base64.b64encode(b"the secret of another").decode()
        for key, said in ((foreign, "it answered 401"), ("", "it answered 401"), (secret, "")):
            headers = signature_headers("msg_1", wall_clock(), BODY, key)
            assert await http.post(channel["url"], BODY, headers) == said
    (message,) = messages
    assert message_lines(message) == [
        "Paris team: longest chat 12 min",
        "I take care of it: http://x.example/a",
    ]
    assert message_lines({"type": "test", "text": "A test"}) == ["A test"]
