"""What peers are told: in order, whole, and never more than they can take."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import instant
from app.publish.audience import FloorDocument
from app.publish.editions import Editions
from app.publish.feed import Feed
from app.view.live_rows import LiveRows
from app.view.phrase import UNSPOKEN
from app.words.words import LANGUAGES
from tests.support.assemble import NOW
from tests.support.frames import decoded
from tests.support.patches import apply_patch


def document(members: dict[str, Any]) -> Any:
    """A feed needs no certain members."""
    return members


documents = st.dictionaries(
    st.sampled_from("abc"), st.integers(0, 2) | st.dictionaries(st.sampled_from("xy"), st.integers(0, 1))
)


@given(st.lists(documents, min_size=1, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_peer_that_skips_frames_still_ends_with_the_document(published: list[Any], listens: list[bool]) -> None:
    feed = Feed(Editions(FloorDocument()))
    revision, held = 0, None
    for document, listening in zip(published, listens, strict=False):
        feed.publish(document, NOW)
        if not listening or revision == feed.revision:
            continue
        frame = decoded(feed.frame_after(revision, NOW + 5))
        if frame["type"] == "patch":
            assert (frame["from"], frame["at"]) == (revision, instant(NOW))
            held = apply_patch(held, frame["patch"])
        else:
            assert frame["at"] == instant(NOW + 5)
            held = frame["document"]
        revision = frame["revision"]
        assert revision == feed.revision
        assert held == document


def test_the_same_document_again_is_no_news() -> None:
    feed = Feed(Editions(FloorDocument()))
    feed.publish(document({}), NOW)
    assert feed.revision == 1
    feed.publish(document({}), NOW)
    assert feed.revision == 1
    feed.publish(document({"a": 1}), NOW)
    assert feed.revision == 2


def test_listeners_are_told_of_what_is_new_alone() -> None:
    feed, told = Feed(Editions(FloorDocument())), []
    feed.listen(lambda: told.append(feed.revision))
    feed.publish(document({"a": 1}), NOW)
    feed.publish(document({"a": 1}), NOW)
    feed.publish(document({"a": 2}), NOW)
    assert told == [1, 2]


def test_a_snapshot_is_encoded_once_for_all_who_come_at_one_instant() -> None:
    feed = Feed(Editions(FloorDocument()))
    feed.publish(document({"a": 1}), NOW)
    first = feed.frame_after(0, NOW)
    assert feed.frame_after(0, NOW) is first
    later = decoded(feed.frame_after(0, NOW + 1))
    assert later == decoded(first) | {"at": instant(NOW + 1)}
    feed.publish(document({"a": 2}), NOW + 1)
    assert decoded(feed.frame_after(0, NOW + 1))["document"] == {"a": 2}


def test_an_edition_that_cannot_be_spelled_is_not_sent_as_the_patch_before_it() -> None:
    feed = Feed(Editions(FloorDocument()), LANGUAGES[0])
    feed.publish(document({"a": 1}), NOW)
    with pytest.raises(KeyError):
        feed.publish(document({"a": UNSPOKEN.say("no.such.message")}), NOW)
    assert feed.revision == 1
    feed.publish(document({"a": 3}), NOW)
    assert decoded(feed.frame_after(1, NOW)) == decoded(feed.frame_after(0, NOW))
    assert decoded(feed.frame_after(1, NOW))["document"] == {"a": 3}


class Rows(FloorDocument):
    """Renders rows in place, as floors do."""

    def __init__(self) -> None:
        self._rows = LiveRows()

    def render(self, document: Any, at: int) -> Any:
        changes = {name: document.get(name) for name in self._rows.keys() | document.keys()}
        self._rows.change({name: row for name, row in changes.items() if row != self._rows.get(name)})
        return {"rows": self._rows}


def test_peers_miss_no_row_that_a_page_was_rendered_with_before_another_renderer_took_over() -> None:
    editions = Editions(Rows())
    feed = Feed(editions)
    feed.publish(document({"a": {"n": 1}, "b": {"n": 1}}), NOW)
    held = decoded(feed.frame_after(0, NOW))["document"]
    editions.renderer.render(document({"a": {"n": 2}}), NOW)
    editions.renderer = Rows()
    feed.publish(document({"a": {"n": 2}}), NOW)
    assert apply_patch(held, decoded(feed.frame_after(1, NOW))["patch"]) == {"rows": {"a": {"n": 2}}}


def test_a_snapshot_has_the_rows_of_its_edition_although_a_page_was_rendered_since() -> None:
    editions = Editions(Rows())
    feed = Feed(editions)
    feed.publish(document({"a": {"n": 1}}), NOW)
    editions.renderer.render(document({"a": {"n": 2}, "b": {"n": 1}}), NOW)
    held = decoded(feed.frame_after(0, NOW))["document"]
    assert held == {"rows": {"a": {"n": 1}}}
    feed.publish(document({"a": {"n": 1}, "c": {"n": 1}}), NOW)
    assert apply_patch(held, decoded(feed.frame_after(1, NOW))["patch"]) == {"rows": {"a": {"n": 1}, "c": {"n": 1}}}
