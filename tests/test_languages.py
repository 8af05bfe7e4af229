"""Pages are in the reader's language; programs and logs get English."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ResponseError

from app.receive.signature import signature_fault
from app.receive.validation import _ALLOWED, _ANSWERS, _ENVELOPE
from app.store.client import describe
from app.words.words import words_in
from tests.support.server import PASSWORD, Site, running

FRENCH = {"accept": "text/html", "accept-language": "fr-FR,fr;q=0.9,en;q=0.8"}


@pytest.fixture
async def site(store: Any, store_url: str) -> AsyncIterator[Site]:
    async with running(store_url) as site:
        site.client.headers.update(FRENCH)
        yield site


def alert(page: str) -> str:
    found = re.search(r'<p role="alert"[^>]*>(.*?)</p>', page)
    assert found is not None, page
    return html.unescape(found[1])


async def test_login_errors_are_in_the_browsers_language(site: Site) -> None:
    page = (await site.log_in("wrong")).text
    assert '<html lang="fr"' in page
    assert alert(page) == "Ce n’est pas le bon mot de passe."
    assert alert((await site.client.get("/login?key=none")).text).startswith("Ce lien ne permet pas de se connecter")
    for _ in range(10):
        answer = await site.log_in("wrong")
    assert answer.status_code == 429
    assert re.fullmatch(r"Trop d’essais. Réessayez dans [0-9]+ secondes?.", alert(answer.text))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"code": "BCDF-GHJK"}, "Aucun écran n’affiche ce code."),
        ({"name": " "}, "Le nom manque"),
        ({"name": "x" * 101}, "Le nom compte 101 caractères"),
        ({"inches": "1"}, "La diagonale est '1'"),
        ({"board": "none"}, "Il n’y a pas de tableau 'none'\u202f; tableaux\u00a0: all."),
    ],
    ids=str,
)
async def test_pairing_errors_are_in_the_browsers_language(site: Site, fields: dict[str, str], told: str) -> None:
    await site.log_in(PASSWORD)
    form = {"code": "BCDF-GHJK", "name": "Hall", "board": "all", **fields}
    assert told in alert((await site.client.post("/screens", data=form)).text)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"metres": "far"}, "La distance est 'far'\u202f; autorisé\u00a0: un nombre de 0,3 à 50."),
        ({"inches": "1"}, "un nombre de 5 à 200."),
        ({"language": "de"}, "autorisées\u00a0: en, fr."),
        ({"scheme": "red"}, "autorisés\u00a0: dark, light."),
        ({"dim": "20"}, "deux heures pleines différentes, comme 20-7"),
        ({}, "Cet écran n’existe plus"),
        ({"action": "explode"}, "L’action est 'explode'"),
    ],
    ids=str,
)
async def test_display_errors_are_in_the_browsers_language(site: Site, fields: dict[str, str], told: str) -> None:
    await site.log_in(PASSWORD)
    form = {"action": "display", **fields}
    assert told in alert((await site.client.post("/screens/0000000000000000", data=form)).text)


async def test_errors_are_translated_pages_or_english_problems(site: Site) -> None:
    await site.log_in(PASSWORD)
    page = html.unescape((await site.client.get("/wall/none")).text)
    assert "<h1>Page introuvable</h1>" in page
    assert "<p>Il n’y a pas de tableau 'none'\u202f; tableaux\u00a0: all.</p>" in page
    problem = (await site.client.get("/wall/none", headers={"accept": "application/json"})).json()
    assert (problem["title"], problem["detail"]) == ("Not Found", "There is no board 'none'; boards: all.")
    missing = await site.client.get("/nothing")
    assert "<h1>Page introuvable</h1>" in missing.text
    assert "Page not found" not in missing.text


@pytest.mark.parametrize(
    "said",
    [
        *_ALLOWED.values(),
        *_ENVELOPE.values(),
        _ANSWERS,
        *(signature_fault(b"", header, secrets) for header, secrets in ((None, ()), (None, "s"), ("x", "s"))),
        signature_fault(b"", "sha256=x", "s"),
        describe(NoConnection("refused")),
        describe(ResponseError("OOM")),
    ],
)
def test_what_programs_are_told_is_said_in_every_language(said: str) -> None:
    assert words_in("en").from_english(said) == said
    french = words_in("fr").from_english(said)
    assert french != said
    assert 'lang="en"' not in french


async def test_address_precedes_the_browsers_language(site: Site) -> None:
    assert "<h1>Connexion</h1>" in (await site.client.get("/login?lang=de")).text
    assert "<h1>Log in</h1>" in (await site.client.get("/login?lang=en")).text


async def test_built_in_boards_title_is_translated(site: Site) -> None:
    await site.log_in(PASSWORD)
    for path in ("/", "/screens"):
        page = (await site.client.get(path)).text
        assert ("Tous les projets" in page, "All projects" in page) == (True, False)


async def test_chosen_language_is_kept(site: Site) -> None:
    assert "<h1>Log in</h1>" in (await site.client.get("/login?lang=en")).text
    assert alert((await site.log_in("wrong")).text) == "This is not the password."
    await site.log_in(PASSWORD)
    assert "All projects" in (await site.client.get("/")).text
    assert (await site.client.get("/roster.csv")).text.splitlines()[0].count(",") > 0
    assert "Tous les projets" in (await site.client.get("/?lang=fr")).text
    assert "Tous les projets" in (await site.client.get("/screens?lang=de")).text, "an unknown language changes nothing"


async def test_walls_address_keeps_no_language_for_its_screen(site: Site) -> None:
    await site.log_in(PASSWORD)
    async with site.browser() as tv:
        tv.headers.update(FRENCH)
        await site.pair(tv)
        for query, language in (("?lang=en", "en"), ("", "fr")):
            assert f'<html lang="{language}"' in (await tv.get(f"/wall/all{query}")).text
