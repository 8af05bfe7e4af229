"""The typeface of all pages: Inter, cut down to the letters that pages use, as one file.

To cut it takes some 4 s of CPU, so it is done once, by a process of its own (`python -m app.typeface`), and kept beside
the installed packages or under DATA_DIR. Where neither can be written, every start cuts it; where it cannot be cut,
pages have the system's typeface.
"""

import asyncio
import io
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from app.build import ROOT

FILE = "inter.woff2"
"""What it is called under /static/<build>/."""
COMMAND = (sys.executable, "-m", "app.typeface")
CUT_SECONDS = 120
"""Ten times what a slow machine needs."""

# Western, Central and Northern Europe, Turkish, Romanian, Vietnamese; signs that pages use. Other letters of a name
# come from the system's typeface.
CHARACTERS = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1CD, 0x1DC), (0x1E6, 0x1EF)),
    *((0x218, 0x21B), (0x259, 0x259), (0x2BB, 0x2BC), (0x2C6, 0x2C7), (0x2D8, 0x2DD), (0x300, 0x30C), (0x323, 0x323)),
    *((0x327, 0x328), (0x1E80, 0x1E85), (0x1E9E, 0x1E9E), (0x1EA0, 0x1EF9), (0x2000, 0x206F), (0x20A0, 0x20C0)),
    *((0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2193), (0x2212, 0x2212), (0x2260, 0x2260), (0x2264, 0x2265)),
    *((0x25B2, 0x25B2), (0x25BC, 0x25BC), (0x25CF, 0x25CF), (0x2713, 0x2713), (0x2715, 0x2715), (0xFFFD, 0xFFFD)),
)
"""Spans of code points, both ends included."""
FEATURES = ("kern", "tnum", "mark", "mkmk", "ccmp", "locl")
WEIGHTS = (400, 600)
TABULAR = "0123456789"
"""What `tnum` makes equally wide. Inter's own widens spaces, commas and hyphens as well, and words fall apart."""

log = logging.getLogger(__name__)


class Typeface:
    """Gives the font's bytes, read or cut when they are first asked for."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._folders = folders(data_dir)
        self._font: bytes | None = None
        self._is_known = False
        self._asking = asyncio.Lock()

    async def font(self) -> bytes | None:
        """None: there is none, and the log says why."""
        async with self._asking:
            if not self._is_known:
                self._font = await asyncio.to_thread(kept_font, self._folders) or await self._cut()
                self._is_known = True
        return self._font

    async def _cut(self) -> bytes | None:
        pipe = asyncio.subprocess.PIPE
        places = map(str, self._folders)
        child = await asyncio.create_subprocess_exec(*COMMAND, *places, stdout=pipe, stderr=pipe, cwd=ROOT)
        try:
            async with asyncio.timeout(CUT_SECONDS):
                font, faults = await child.communicate()
        except TimeoutError:
            font, faults = b"", f"not done after {CUT_SECONDS} s".encode()
        finally:
            with suppress(ProcessLookupError):
                child.kill()
        if child.returncode == 0 and font:
            return font
        reason = faults.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        log.warning("pages have the system's typeface: ours could not be cut: %s", reason[0])
        return None


def folders(data_dir: Path | None = None) -> list[Path]:
    """Return where the font may be kept, the best first."""
    ours = Path(sys.prefix) / "share" / "deskboard"
    return [ours] if data_dir is None else [ours, data_dir.absolute() / "typeface"]


def kept_font(places: Iterable[Path]) -> bytes | None:
    """Return what an earlier run has cut, of this very font in this very way."""
    with suppress(ModuleNotFoundError):
        name = _kept_name()
        for folder in places:
            with suppress(OSError):
                return (folder / name).read_bytes()
    return None


def keep_font(font: bytes, places: Iterable[Path]) -> None:
    """Write it to the first of these folders that can be written, if any can."""
    for folder in places:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = folder / f"{os.getpid()}.part"
            unfinished.write_bytes(font)
            unfinished.replace(folder / _kept_name())
            return


def cut_font() -> bytes:
    # Most processes never cut it: what it takes is loaded here.
    from fontTools import subset
    from fontTools.varLib import instancer

    options = subset.Options(layout_features=list(FEATURES), hinting=False, name_IDs=[], glyph_names=False)
    options.notdef_outline = True
    with resources.as_file(_whole_font()) as path:
        font = subset.load_font(str(path), options)
        _narrow_tnum(font)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[point for first, last in CHARACTERS for point in range(first, last + 1)])
        subsetter.subset(font)
        font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
        font.flavor = "woff2"
        cut = io.BytesIO()
        font.save(cut)
    return cut.getvalue()


def _narrow_tnum(font: Any) -> None:
    digits = {font.getBestCmap()[ord(digit)] for digit in TABULAR}
    table = font["GSUB"].table
    records = [record for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum"]
    for index in {index for record in records for index in record.Feature.LookupListIndex}:
        for subtable in table.LookupList.Lookup[index].SubTable:
            found = getattr(subtable, "ExtSubTable", subtable)
            found.mapping = {glyph: wide for glyph, wide in found.mapping.items() if glyph in digits}


def main(arguments: Sequence[str]) -> None:
    """Write the font to standard output, and keep it in the first of these folders that lets it be kept."""
    places = [Path(argument) for argument in arguments] or folders()
    font = kept_font(places)
    if font is None:
        os.nice(10)  # posts come first
        font = cut_font()
        keep_font(font, places)
    sys.stdout.buffer.write(font)


def _whole_font() -> Traversable:
    return resources.files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"


def _kept_name() -> str:
    recipe = repr((CHARACTERS, FEATURES, WEIGHTS, TABULAR, metadata.version("fonttools")))
    return f"inter-{sha256(_whole_font().read_bytes() + recipe.encode()).hexdigest()[:16]}.woff2"


if __name__ == "__main__":
    main(sys.argv[1:])
