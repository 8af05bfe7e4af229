"""The typeface that comes with the pages."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from redis.asyncio import Redis

from app import typeface
from app.typeface import FILE, Typeface, cut_font, folders, keep_font, kept_font
from app.view.legibility import CAPITALS
from tests.support.server import running

NAMES = "Łukasz Żółć Ipek İĞŞığ Țîrlea Ørsted Œuvre Nguyễn Ž„“…€₺−▲▼✓"


@pytest.fixture(scope="module")
def font() -> Any:
    return TTFont(io.BytesIO(kept_font(folders()) or cut_font()))


def test_its_capitals_are_as_high_as_the_letters_of_walls_lean_on(font: Any) -> None:
    assert font["OS/2"].sCapHeight / font["head"].unitsPerEm >= CAPITALS


def test_it_has_three_weights_letters_for_names_and_digits_of_equal_width(font: Any) -> None:
    axes = {axis.axisTag: (axis.minValue, axis.maxValue) for axis in font["fvar"].axes}
    assert axes == {"opsz": (14, 32), "wght": (400, 600)}
    assert set(NAMES) - {chr(point) for point in font.getBestCmap()} == set()
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}


def test_digits_alone_are_made_equally_wide(font: Any) -> None:
    table, cmap = font["GSUB"].table, font.getBestCmap()
    records = [record for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum"]
    lookups = {index for record in records for index in record.Feature.LookupListIndex}
    subtables = [subtable for index in lookups for subtable in table.LookupList.Lookup[index].SubTable]
    made_wide = {glyph for subtable in subtables for glyph in getattr(subtable, "ExtSubTable", subtable).mapping}
    assert made_wide == {cmap[ord(digit)] for digit in "0123456789"}


async def test_it_is_served_for_a_year_and_asked_for_before_the_styles_are_read(store: Redis, store_url: str) -> None:
    async with running(store_url) as site:
        page = (await site.client.get("/login")).text
        answer = await site.client.get(f"/static/{site.process.build}/{FILE}")
    assert f'<link rel="preload" href="/static/{site.process.build}/{FILE}" as="font"' in page
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content[:4] == b"wOF2"
    assert len(answer.content) < 90_000


def test_it_is_kept_in_the_first_folder_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    places = [tmp_path / "file" / "none", tmp_path / "some"]
    keep_font(b"font", places)
    assert kept_font(places) == b"font"
    assert len(list((tmp_path / "some").iterdir())) == 1


async def test_one_that_cannot_be_cut_is_told_once_and_asked_for_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(typeface, "COMMAND", (sys.executable, "-c", "raise SystemExit('no such font')"))
    monkeypatch.setattr(typeface, "folders", lambda _data_dir: [])
    face = Typeface(tmp_path)
    assert [await face.font(), await face.font()] == [None, None]
    assert caplog.text.count("ours could not be cut: no such font") == 1
