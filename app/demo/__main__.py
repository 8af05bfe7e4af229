"""The floor in a process of its own, as iAdvize is: it takes its orders on standard input, and ends when that does."""

import os
import sys
import threading

import msgspec

from app.demo.performance import Orders, Performance


def main() -> None:
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    Performance(orders).play()


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(0)  # whoever gave the orders is gone, and nobody waits for posts under way


if __name__ == "__main__":
    main()
