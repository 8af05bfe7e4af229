"""The style sheets agree with each other."""

import re
from pathlib import Path

SHEETS = {path.name: path.read_text() for path in Path("static/css").glob("*.css")}
WRITTEN = "".join(
    path.read_text() for folder in ("static/js", "templates") for path in Path(folder).rglob("*") if path.is_file()
)
TOKENS = set(re.findall(r"^ +(--[\w-]+):", SHEETS["tokens.css"], re.MULTILINE))
USED = set(re.findall(r"var\((--[\w-]+)", "".join(SHEETS.values()) + WRITTEN))


def test_every_token_is_used() -> None:
    assert set() == TOKENS - USED


def test_every_property_that_is_used_is_set() -> None:
    set_somewhere = set(re.findall(r"(--[\w-]+)\s*[:\"']", "".join(SHEETS.values()) + WRITTEN))
    assert USED - set_somewhere == set()


def test_corners_of_pages_on_a_desk_are_of_one_radius() -> None:
    literal = [
        (name, line.strip())
        for name, text in SHEETS.items()
        for line in text.splitlines()
        if re.search(r"border-radius: .*\b(8px|0\.5rem)", line) and not name.startswith(("wall", "past"))
    ]
    assert literal == []
