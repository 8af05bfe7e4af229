"""What a wall weighs on the wire: a TV on a guest network reloads it every night."""

import gzip
import posixpath
import re

from redis.asyncio import Redis

from tests.support.server import Site, running

GZIPPED_BYTES = 60_000

LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
IMPORTED = re.compile(r'\bimport\b[^"]*"(\.[^"]+)"')


async def test_a_wall_and_all_that_it_loads_but_the_typeface_are_under_60_kb(store: Redis, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        weights = await weights_of(site, "/wall/all")
    assert len([path for path in weights if path.endswith(".js")]) > 10
    assert sum(weight for path, weight in weights.items() if not path.endswith(".woff2")) < GZIPPED_BYTES, weights


async def test_a_page_names_all_modules_that_its_scripts_import(store: Redis, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for path in ("/wall/all", "/floor/all", "/screen", "/"):
            scripts = {script for script in await weights_of(site, path) if script.endswith(".js")}
            assert scripts == {
                script for script in LINKED.findall((await site.client.get(path)).text) if script in scripts
            }


async def weights_of(site: Site, page: str) -> dict[str, int]:
    """Return the size of a page and of all that it leads to, compressed, by path."""
    weights: dict[str, int] = {}
    due = [page]
    while due:
        path = due.pop()
        if path in weights:
            continue
        answer = await site.client.get(path)
        assert answer.status_code == 200, path
        weights[path] = len(gzip.compress(answer.content))
        due += LINKED.findall(answer.text) if path == page else []
        here = posixpath.dirname(path)
        due += [posixpath.normpath(posixpath.join(here, name)) for name in IMPORTED.findall(answer.text)]
    return weights
