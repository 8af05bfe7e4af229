"""Members that are worked out from others say what they read, and are worked out again only where that changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.clock import HOUR, parse_instant
from app.view.derived import Derived, DerivedRows, Rule, changed_members
from app.view.format import Format
from app.view.needs import Setting
from app.view.rows import OPERATOR, TEAM, operator_source
from app.words.words import words_in
from tests.browser.crowd import conversation, crowd
from tests.browser.fake_server import ZONE

FORM = Format(words_in("en"), ZONE)
NOW = "2026-11-22T13:00:00.000Z"
LATER = parse_instant(NOW) + 13 * HOUR
SETTING = Setting(limits=(("oldest_onsite", 1800.0),))


class Recorder(dict[str, Any]):
    """Notes which of its members are read."""

    def __init__(self, members: dict[str, Any]) -> None:
        super().__init__(members)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


def members(rules: Mapping[str, Rule]) -> Iterator[tuple[str, set[str], Callable[..., object]]]:
    """All members with what they say they read, and their functions."""
    for name, rule in rules.items():
        if isinstance(rule, Derived):
            yield from members(rule.rules)
        else:
            yield name, set(rule[0].split()), rule[1]


def test_a_member_says_all_that_it_reads() -> None:
    rows = crowd(40)["operators"]["by_id"]
    for key, row in rows.items():
        for more in (
            {},
            {"owned": (conversation(1, 50),)},
            {"since": NOW, "presence": "gone"},
            {"kind": "bot", "open": {"SMS": 2}},
            {"not_here": {"reason": "break", "until": NOW, "by": "Camille Martin"}},
        ):
            for name, reads, work_out in members(OPERATOR.rules):
                operator = {**row, **more}
                owned = operator.get("owned", ())
                source = Recorder(operator_source(key, operator, owned, SETTING, LATER)[0])
                work_out(source, FORM)
                assert source.read <= reads, name


def test_a_cell_of_a_team_says_all_that_it_reads() -> None:
    entry = dict.fromkeys(("connected", "taking", "unverified", "open", "started", "closed", "needing"), 1)
    for more in ({}, {"oldest_open_at": NOW, "csat": {"responses": 3, "satisfied": 2, "score": 66.7}}):
        for name, reads, work_out in members(TEAM.rules):
            source = Recorder({**entry, "team": "Leeks", **more})
            work_out(source, FORM)
            assert source.read <= reads, name


def test_only_members_that_read_what_changed_are_worked_out_again() -> None:
    worked_out: list[str] = []

    def noted(name: str, found: object) -> object:
        worked_out.append(name)
        return found

    derived = Derived(
        {
            "sum": ("a b", lambda source: noted("sum", source["a"] + source["b"])),
            "even": ("b", lambda source: noted("even", source["b"] % 2 == 0 or None)),
        }
    )
    before, after = {"a": 1, "b": 2}, {"a": 2, "b": 2, "c": 3}
    known = derived.find(before)
    assert known == {"sum": 3, "even": True}

    worked_out.clear()
    assert derived.update(known, changed_members(before, after), after) == {"sum": 4, "even": True}
    assert worked_out == ["sum"]
    assert derived.update(known, changed_members(before, {"a": 0, "b": 3}), {"a": 0, "b": 3}) == {"sum": 3}
    assert derived.update(known, changed_members(before, {**before, "c": 1}), before) is known


def test_rows_are_derived_again_where_their_sources_changed() -> None:
    rules = Derived(
        {
            "name": ("name", lambda source: source["name"]),
            "cells": Derived({"double": ("n", lambda source: 2 * source["n"])}),
        }
    )
    table = DerivedRows(rules)
    table.update({"a": {"name": "Ana", "n": 1}, "b": {"name": "Bo", "n": 2}})
    before = dict(table.rows)
    changed = table.update({"a": {"name": "Ana", "n": 1}, "b": {"name": "Bo", "n": 3}, "c": None})
    assert changed == {"b": (before["b"], {"name": "Bo", "cells": {"double": 6}})}
    assert table.rows["a"] is before["a"]
    assert table.update({"b": None}) == {"b": ({"name": "Bo", "cells": {"double": 6}}, None)}
    assert table.rows == {"a": before["a"]}
