"""What peers are told: in order, whole, and never more than they can take."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.clock import instant
from app.publish.feed import Feed
from app.publish.patch import apply_patch
from tests.house import NOW

documents = st.dictionaries(
    st.sampled_from("abc"), st.integers(0, 2) | st.dictionaries(st.sampled_from("xy"), st.integers(0, 1))
)


@given(st.lists(documents, min_size=1, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_peer_that_skips_frames_still_ends_with_the_document(
    published: list[dict[str, Any]], listens: list[bool]
) -> None:
    feed = Feed()
    revision, held = 0, None
    for document, listening in zip(published, listens, strict=False):
        feed.publish(document, NOW)
        if not listening or revision == feed.revision:
            continue
        frame = msgspec.json.decode(feed.frame_after(revision, NOW + 5).text)
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
    feed = Feed()
    feed.publish({}, NOW)
    assert feed.revision == 1
    feed.publish({}, NOW)
    assert feed.revision == 1
    feed.publish({"a": 1}, NOW)
    assert feed.revision == 2


def test_whoever_listens_is_told_of_what_is_new_alone() -> None:
    feed, told = Feed(), []
    feed.listen(lambda: told.append(feed.revision))
    feed.publish({"a": 1}, NOW)
    feed.publish({"a": 1}, NOW)
    feed.publish({"a": 2}, NOW)
    assert told == [1, 2]


def test_a_snapshot_is_encoded_once_for_all_who_come_at_one_instant() -> None:
    feed = Feed()
    feed.publish({"a": 1}, NOW)
    first = feed.frame_after(0, NOW)
    assert feed.frame_after(0, NOW) is first
    later = msgspec.json.decode(feed.frame_after(0, NOW + 1).text)
    assert later == msgspec.json.decode(first.text) | {"at": instant(NOW + 1)}
    feed.publish({"a": 2}, NOW + 1)
    assert msgspec.json.decode(feed.frame_after(0, NOW + 1).text)["document"] == {"a": 2}
