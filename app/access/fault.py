"""What is told to somebody who asks something of a screen that cannot be."""


class ScreenError(Exception):
    """What was asked of a screen cannot be done. `key` and `values` are its sentence in the catalogue of words."""

    def __init__(self, field: str, key: str, status: int = 422, **values: object) -> None:
        super().__init__(key)
        self.field = field
        """Of the form, the one that is wrong."""
        self.key = key
        self.values = values
        self.status = status
