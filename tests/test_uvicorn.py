"""What Deskboard leans on in uvicorn beyond its documentation is there, and stands in one list."""

import ast
import asyncio
import inspect
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState

import app.server
from app.server.http_bounds import HttpProtocol
from app.server.run import WebServer
from app.server.ws_bounds import WebSocketProtocol

HERE = Path(app.server.__file__).parent
CONNECTIONS = ("reaper.py", "raw_frames.py", "http_bounds.py", "ws_bounds.py")
USERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "HttpToolsProtocol": (("reaper.py", "http_bounds.py"), ("self",)),
    "RequestResponseCycle": (("http_bounds.py",), ("cycle", "self.cycle")),
    "WebSocketsSansIOProtocol": (("reaper.py", "raw_frames.py", "ws_bounds.py"), ("self",)),
    "Server": (("run.py",), ("self",)),
    "ServerState": (CONNECTIONS, ("self", "self.server_state")),
}
"""Of each class the files that use it, and as what. Classes of one file are not told apart."""


async def refuse(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError


@cache
def things() -> Mapping[str, object]:
    """Return one thing of each class."""
    loop = asyncio.new_event_loop()
    config, state = uvicorn.Config(refuse, lifespan="off"), ServerState()
    http = HttpToolsProtocol(config, state, {}, loop)
    web_socket = WebSocketsSansIOProtocol(config, state, {}, loop)
    loop.close()
    parts: dict[str, Any] = dict.fromkeys(inspect.signature(RequestResponseCycle).parameters)
    cycle = RequestResponseCycle(**parts | {"flow": FlowControl(asyncio.Transport())})
    made = (http, cycle, web_socket, Server(config), state)
    return {type(thing).__name__: thing for thing in made}


def listed() -> dict[str, set[str]]:
    """Return what app/server says of each class."""
    lines = (inspect.getdoc(app.server) or "").replace(",\n", ", ").splitlines()
    named = (line.partition(": ") for line in lines if line.partition(": ")[0] in USERS)
    return {name: set(names.split(", ")) for name, _, names in named}


def used(class_: str) -> set[str]:
    files, subjects = USERS[class_]
    names: set[str] = set()
    for node in (node for file in files for node in ast.walk(ast.parse((HERE / file).read_text()))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in subjects:
            names.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "self" in subjects:
            names.add(node.name)
    return {name for name in names if hasattr(things()[class_], name) and not hasattr(asyncio.Protocol, name)}


@pytest.mark.parametrize("class_", USERS)
def test_what_is_used_of_uvicorn_stands_in_the_list_and_exists(class_: str) -> None:
    missing = {name for name in listed()[class_] if not hasattr(things()[class_], name)}
    assert missing == set(), f"uvicorn {uvicorn.__version__} has no {class_}.{missing}, on which app/server leans"
    assert used(class_) - {"__init__"} == listed()[class_]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(HttpProtocol, HttpToolsProtocol), (WebSocketProtocol, WebSocketsSansIOProtocol), (WebServer, Server)],
)
def test_a_method_that_extends_one_of_uvicorn_takes_the_same(ours: type, theirs: type) -> None:
    for name, method in vars(theirs).items():
        extended = getattr(ours, name)
        if callable(method) and extended is not method and name != "__init__":
            parameters = list(inspect.signature(method).parameters)
            assert list(inspect.signature(extended).parameters) == parameters, f"uvicorn {uvicorn.__version__}: {name}"
