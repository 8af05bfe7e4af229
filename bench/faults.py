"""What went wrong in a run: all of it counted, the first of it told."""

SHOWN = 20


class Faults:
    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def add(self, sentence: str) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(sentence)
