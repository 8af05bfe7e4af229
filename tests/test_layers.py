"""The house: imports run one way along the flow."""

import ast
from pathlib import Path

APP = Path(__file__).parent.parent / "app"

# In the order in which a change travels. A module imports from its own room and from those before it, never after.
FLOW = (
    "clock",
    "bounds",
    "metrics",
    "log",
    "errors",
    "lenient_json",
    "words",
    "headers",
    "settings",
    "store",
    "deliveries",
    "receive",
    "records",
    "roster",
    "merge",
    "mirror",
    "tally",
    "board",
    "access",
    "supervisor",
    "publish",
    "assets",
    "state",
    "proxies",
    "guard",
    "api",
    "pages",
    "runtime",
    "main",
    "server",
    "send",
    "check",
    "demo",
    "cli",
    "__main__",
)


def rooms_imported_by(file: Path) -> set[str]:
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "app":
            parts = node.module.split(".")[1:]
            rooms.update(parts[:1] or (alias.name for alias in node.names))
        elif isinstance(node, ast.Import):
            rooms.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("app."))
    return rooms


def room_of(file: Path) -> str:
    return file.relative_to(APP).parts[0].removesuffix(".py")


def test_every_step_is_in_the_flow() -> None:
    assert {room_of(file) for file in APP.rglob("*.py")} - {"__init__"} == set(FLOW)


def test_imports_run_one_way() -> None:
    against = [
        f"{file.relative_to(APP)} imports {room}"
        for file in APP.rglob("*.py")
        for room in rooms_imported_by(file)
        if FLOW.index(room) > FLOW.index(room_of(file))
    ]
    assert against == []


def test_the_imports_are_really_found() -> None:
    assert {"store", "receive", "records", "clock"} <= rooms_imported_by(APP / "merge" / "writer.py")


def test_no_general_parser_reads_the_cookies_of_strangers() -> None:
    """Starlette's `cookies` go through http.cookies: app/headers.py reads ours."""
    readers = [
        f"{file.name}:{node.lineno}"
        for file in APP.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "cookies" and ast.unparse(node) != "http.cookies"
    ]
    assert readers == []
