"""Remembers a function's last result."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Inputs = ParamSpec("Inputs")
Output = TypeVar("Output")


class Memo(Generic[Inputs, Output]):
    """Answers with the same object while the inputs are the same as the last time."""

    def __init__(self, function: Callable[Inputs, Output]) -> None:
        self._function = function
        self._inputs: tuple[object, ...] | None = None
        self._output: Output

    def __call__(self, *inputs: Inputs.args, **named: Inputs.kwargs) -> Output:
        if inputs != self._inputs:
            self._output = self._function(*inputs, **named)
            self._inputs = inputs
        return self._output
