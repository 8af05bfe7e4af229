"""Texts of a view by the keys of what they stand beside; those about the whole board begin with `board:`."""

from collections.abc import Mapping

BOARD = "board:"


def merged(*parts: Mapping[str, str]) -> dict[str, str]:
    return {key: text for part in parts for key, text in part.items()}


def board_texts(said: Mapping[str, str]) -> dict[str, str]:
    """Return texts about the whole board by their keys, without empty ones."""
    return {f"{BOARD}{name}": text for name, text in said.items() if text}


def of_board(said: Mapping[str, str]) -> dict[str, str]:
    """Return the texts or states about the whole board, which filters leave as they are."""
    return {key: text for key, text in said.items() if key.startswith(BOARD)}
