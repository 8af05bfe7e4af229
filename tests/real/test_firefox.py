"""The wall in Firefox ESR, as the TVs of old run it in `make tv`."""

from pathlib import Path

import pytest

from tests.real.firefox import firefox
from tests.tv.journey import shows_the_wall_and_survives_its_server, shows_the_wall_of_a_link

PICTURES = Path(__file__).parents[2] / "var" / "real"


@pytest.mark.timeout(180)
async def test_firefox_shows_the_wall_and_survives_its_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with firefox(tmp_path) as browser:
        agent = str(await browser.run("navigator.userAgent"))
        assert "Firefox/" in agent
        seen = await shows_the_wall_and_survives_its_server(browser, tmp_path / "data", PICTURES / "firefox")
    with capsys.disabled():
        print(f"\n{agent.split()[-1]}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in seen.items()))  # noqa: T201


@pytest.mark.timeout(180)
async def test_firefox_shows_the_wall_of_a_link(tmp_path: Path) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with firefox(tmp_path) as browser:
        await shows_the_wall_of_a_link(browser, tmp_path / "data", PICTURES / "firefox-link.png")
