"""What is told to somebody who asks something of a screen that cannot be."""


class ScreenError(Exception):
    """What was asked of a screen cannot be done."""

    def __init__(self, field: str, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.field = field
        """Of the form, the one that is wrong."""
        self.status = status
