"""The browser of an old TV, for a test that drives it: a command a line on standard input, an answer a line.

It runs in an environment of its own, which has an old Qt and nothing of ours: its WebEngine is an old Chromium.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QRect, QSocketNotifier, QUrl
from PyQt5.QtWebEngineWidgets import QWebEnginePage, QWebEngineProfile, QWebEngineView
from PyQt5.QtWidgets import QApplication

WIDTH, HEIGHT = 1280, 720


class Page(QWebEnginePage):  # type: ignore[misc]
    """A page whose console can be read."""

    def __init__(self, profile: Any) -> None:
        super().__init__(profile)
        self.console: list[str] = []

    def javaScriptConsoleMessage(self, _level: Any, message: str, line: int, source: str) -> None:  # noqa: N802
        self.console.append(f"{source}:{line}: {message}")


class Browser:
    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._profile = QWebEngineProfile()  # without a name it keeps nothing on the disk
        self._page = Page(self._profile)
        self._view = QWebEngineView()
        self._view.setPage(self._page)
        self._view.resize(WIDTH, HEIGHT)
        self._view.show()
        self._commands: dict[str, Callable[..., None]] = {
            "agent": self._agent,
            "console": self._console,
            "open": self._open,
            "pixels": self._pixels,
            "run": self._run,
            "save": self._save,
        }

    def obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self._application.quit()
            return
        name, *arguments = json.loads(line)
        self._commands[name](*arguments)

    def close(self) -> None:
        """Take down the page before its profile, as Qt wants it."""
        self._view.setPage(None)
        self._page.deleteLater()

    def _agent(self) -> None:
        _answer(self._profile.httpUserAgent())

    def _console(self) -> None:
        _answer(self._page.console)

    def _open(self, url: str) -> None:
        self._page.load(QUrl(url))
        _answer(None)

    def _run(self, script: str) -> None:
        self._page.runJavaScript(script, _answer)

    def _pixels(self, left: float, top: float, width: float, height: float) -> None:
        """Answer with a digest of what is drawn in a rectangle."""
        image = self._view.grab(QRect(int(left), int(top), int(width), int(height))).toImage()
        bits = image.constBits()
        bits.setsize(image.bytesPerLine() * image.height())
        _answer(hashlib.sha256(bytes(bits)).hexdigest())

    def _save(self, path: str) -> None:
        _answer(self._view.grab().save(path))


def _answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> None:
    application = QApplication([sys.argv[0], "--no-sandbox", "--disable-gpu"])
    browser = Browser(application)
    commands = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Read)
    commands.activated.connect(browser.obey)
    application.exec_()
    browser.close()


main()
