"""The house: imports run one way along the flow."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

APP = Path(__file__).parent.parent / "app"

# In the order in which a change travels. A module imports from its own room and from those before it, never after.
FLOW = (
    "clock",
    "json_object",
    "bounds",
    "name_text",
    "metrics",
    "log",
    "errors",
    "lenient_json",
    "words",
    "raw_headers",
    "store",
    "access.identity_provider",
    "access.api_tokens",
    "settings",
    "deliveries",
    "receive",
    "records",
    "roster",
    "merge",
    "mirror",
    "repository",
    "absences",
    "store_status",
    "tally",
    "board.definition",
    "board.largest",
    "days",
    "board",
    "people_days",
    "comment_history",
    "figures",
    "definitions",
    "limits",
    "view",
    "tasks",
    "access",
    "personal_data",
    "alerts",
    "server.raw_frames",
    "publish",
    "past_walls",
    "build",
    "typeface",
    "state",
    "web",
    "runtime",
    "main",
    "server",
    "demo",
    "cli",
    "__main__",
)


@cache
def nodes_of(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text())))


def rooms_imported_by(file: Path) -> set[str]:
    rooms: set[str] = set()
    for node in nodes_of(file):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "app":
            rooms.update(_room(f"{node.module}.{alias.name}".removeprefix("app.")) for alias in node.names)
        elif isinstance(node, ast.Import):
            rooms.update(
                _room(alias.name.removeprefix("app.")) for alias in node.names if alias.name.startswith("app.")
            )
    return rooms


def room_of(file: Path) -> str:
    return _room(".".join(file.relative_to(APP).with_suffix("").parts))


def _room(module: str) -> str:
    """Return the room that a module, or a name in one, is in: a file of a folder may be a room by itself."""
    parts = module.split(".")
    own = ".".join(parts[:2])
    return own if own in FLOW else parts[0]


def test_every_step_is_in_the_flow() -> None:
    assert {room_of(file) for file in APP.rglob("*.py")} - {"__init__"} == set(FLOW)


def test_the_map_has_every_step() -> None:
    page = (APP.parent / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {step.partition(".")[0] for step in FLOW} - {"__main__"}
    assert {room for room in rooms if f"`{room}/`" not in page and f"`{room}.py`" not in page} == set()


def test_imports_run_one_way() -> None:
    against = [
        f"{file.relative_to(APP)} imports {room}"
        for file in APP.rglob("*.py")
        for room in rooms_imported_by(file)
        if FLOW.index(room) > FLOW.index(room_of(file))
    ]
    assert against == []


def modules_imported_by(file: Path) -> set[str]:
    """The modules of the product that a file imports, as in `app.publish.feed`."""
    nodes = [node for node in nodes_of(file) if isinstance(node, ast.ImportFrom) and node.module]
    names = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names} | {str(n.module) for n in nodes}
    return {name for name in names if (APP.parent / f"{name.replace('.', '/')}.py").is_file()}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        ".".join(file.relative_to(APP.parent).with_suffix("").parts): modules_imported_by(file)
        for file in APP.rglob("*.py")
    }
    assert "app.publish.feed" in graph["app.publish.hub"]
    TopologicalSorter(graph).prepare()


def test_the_imports_are_really_found() -> None:
    assert {"store", "metrics", "errors", "clock"} <= rooms_imported_by(APP / "merge" / "post_store.py")


def test_no_general_parser_reads_the_cookies_of_strangers() -> None:
    """Starlette's `cookies` go through http.cookies: app/raw_headers.py reads ours."""
    readers = [
        f"{file.name}:{node.lineno}"
        for file in APP.rglob("*.py")
        for node in nodes_of(file)
        if isinstance(node, ast.Attribute) and node.attr == "cookies" and ast.unparse(node) != "http.cookies"
    ]
    assert readers == []
