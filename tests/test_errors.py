"""One tree of errors."""

import importlib
import inspect
import pkgutil

import app
from app.errors import DeskboardError


def test_every_error_of_ours_stands_in_one_tree() -> None:
    modules = [module.name for module in pkgutil.walk_packages(app.__path__, "app.") if module.name != "app.__main__"]
    errors = {
        kind
        for name in modules
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if issubclass(kind, BaseException) and kind.__module__.startswith("app.")
    }
    assert DeskboardError in errors
    assert len(errors) > 10
    assert [kind.__name__ for kind in errors if not issubclass(kind, DeskboardError)] == []
