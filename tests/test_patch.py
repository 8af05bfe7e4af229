import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publish.patch import difference
from tests.support.patches import apply_patch

CASES = json.loads((Path(__file__).parent / "patch_cases.json").read_text())

leaves = st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"]) | st.lists(st.integers(0, 2), max_size=2)
names = st.sampled_from(["a", "b", "c", "d"])
documents = st.dictionaries(
    names, st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8), max_size=4
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_patches_are_applied_as_rfc_7396_says(case: dict[str, Any]) -> None:
    before = json.dumps(case["document"])
    assert apply_patch(case["document"], case["patch"]) == case["result"]
    assert json.dumps(case["document"]) == before


@given(documents, documents)
def test_every_patch_applied_to_the_last_document_gives_the_next_one(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    patch = difference(before, after)
    assert apply_patch(before, patch) == after
    assert (patch == {}) == (before == after)


def test_a_patch_holds_only_what_changed() -> None:
    before = {"open": {"CHAT": 1, "CALL": 2}, "gone": {"a": 1}, "list": [1, 2]}
    after = {"open": {"CHAT": 3, "CALL": 2}, "list": [1, 2], "new": {}}
    assert difference(before, after) == {"open": {"CHAT": 3}, "gone": None, "new": {}}
