"""/people, /people/privacy and /invitation: who may log in, with which role, and how much of names is shown.

Those who are invited set a password of their own.
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from app.access.accounts import ROLES
from app.board.names import FEWEST_PEOPLE, NAMES_LEVELS
from app.clock import instant
from app.definitions.parse import ROLES as NAMED_ROLES
from app.errors import HttpError, InputError, RateLimited
from app.json_object import Json
from app.records import Account
from app.state import Request
from app.web.auth import check_reached, principal_of, user_of
from app.web.authors import author_of
from app.web.forms import read_form
from app.web.login import begin_session
from app.web.render import page, words_for
from app.words.words import Words


async def show(request: Request) -> Response:
    if request.method != "POST":
        return _page(request)
    form, accounts = await read_form(request), request.state["access"].accounts
    teams = form.get("teams", "").split(",")
    try:
        id_, token = await accounts.invite(
            form.get("name", ""), form.get("mail", ""), form.get("role", ""), teams, author_of(request)
        )
    except InputError as error:
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, form=form, errors=_errors(error, words_for(request)))
    return _page(request, invited=id_, link=_link(request, token))


async def change(request: Request) -> Response:
    accounts, id_ = request.state["access"].accounts, request.path_params["person"]
    form = await read_form(request)
    try:
        match form.get("action", ""):
            case "change":
                await accounts.change(id_, form.get("role", ""), form.get("teams", "").split(","))
            case "reset":
                return _page(request, invited=id_, link=_link(request, await accounts.reset(id_)))
            case "remove":
                await accounts.remove(id_)
            case "readmit":
                await accounts.readmit(id_)
            case action:
                found, allowed = f"{action!r:.50}", "change, reset, remove, readmit"
                raise HttpError(422, "refused.action", found=found, allowed=allowed)
    except KeyError:
        raise HttpError(404, "people.gone") from None
    except InputError as error:
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, errors=_errors(error, words_for(request)))
    return RedirectResponse(f"/people#person-{id_}", 303)


async def accept(request: Request) -> Response:
    """The page of an invitation; only the form that sets the password spends it."""
    check_reached(request)
    token, accounts, words = request.path_params["token"], request.state["access"].accounts, words_for(request)
    found = accounts.invited(token)
    if found is None:
        raise HttpError(410, "people.dead-invitation")
    _, account = found
    if request.method != "POST":
        return page(request, "invitation.html", account=account, error="")
    form = await read_form(request)
    try:
        await request.state["access"].sessions.count_attempt(request.client.host if request.client else "")
        id_ = await accounts.accept(token, form.get("password", ""))
    except InputError as error:
        sentence = next(iter(_errors(error, words).values()))
        return page(request, "invitation.html", 422, account=account, error=sentence)
    except RateLimited as error:
        headers = {"Retry-After": str(error.retry_after)}
        sentence = words.say("login.too-many", n=error.retry_after)
        return page(request, "invitation.html", 429, headers, account=account, error=sentence)
    if id_ is None:
        raise HttpError(410, "people.dead-invitation")
    return begin_session(request, request.state["access"].sessions.begin(id_))


async def choose_privacy(request: Request) -> Response:
    """How much of people's names is shown."""
    access, form = request.state["access"], await read_form(request)
    if access.privacy.is_set:
        raise HttpError(409, "people.privacy-set")
    names = {role: form.get(role, "") for role in NAMED_ROLES}
    sums = form.get("sums", "") == "1"
    try:
        await access.privacy.choose(sums=sums, names=names, author=author_of(request))
    except InputError as error:
        words = words_for(request)
        faults = {
            each.field: words.say("definition.choice", found=each.found, allowed=each.allowed)
            for each in error.mistakes
        }
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, names=names, errors=faults)
    chosen = "sums" if sums else ", ".join(f"{role} = {level}" for role, level in names.items())
    access.log.note(*access.principals.name_of(principal_of(request)), f"/people#privacy: {chosen}")
    return RedirectResponse("/people#privacy", 303)


def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    *,
    form: dict[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    invited: str = "",
    link: str = "",
) -> Response:
    state, words = request.state, words_for(request)
    settings = state["settings"]
    provider, privacy = settings.identity_provider, state["access"].privacy
    return page(
        request,
        "people.html",
        status,
        rows=_rows(request, words),
        removed=sorted(state["access"].accounts.removed_of_company().items(), key=lambda item: item[1].name.casefold()),
        roles=ROLES,
        form=form or {},
        errors=errors or {},
        privacy=privacy,
        names={role: privacy.default_level(role) for role in NAMED_ROLES} | dict(names or {}),
        levels=NAMES_LEVELS,
        fewest=FEWEST_PEOPLE,
        chosen_at=instant(privacy.record.at) if privacy.record else "",
        invited=state["access"].accounts.find(invited),
        link=link,
        issuer=provider.issuer if provider else "",
        grants=provider.grants if provider else (),
        has_password=state["access"].sessions.has_password,
        has_public_url=settings.public_url is not None,
    )


def _rows(request: Request, words: Words) -> list[Json]:
    own, now = user_of(request).session.account, request.state["clock"]()
    found = sorted(request.state["access"].accounts.all().items(), key=lambda item: item[1].name.casefold())
    return [
        {
            "id": id_,
            "name": account.name,
            "mail": account.mail,
            "role": account.role,
            "teams": ", ".join(account.teams),
            "is_of_company": bool(account.issuer),
            "is_self": id_ == own,
            "role_name": words.say(f"people.{account.role}"),
            "state": words.say(f"people.state-{_state_of(account, now)}"),
            "made_by": account.made_by,
            "made_at": instant(account.made_at),
        }
        for id_, account in found
    ]


def _state_of(account: Account, now: int) -> str:
    if account.issuer or account.password:
        return "in"
    return "invited" if account.invitation and account.invited_until > now else "expired"


def _link(request: Request, token: str) -> str:
    return f"{request.state['settings'].external_url}/invitation/{token}"


def _errors(error: InputError, words: Words) -> dict[str, str]:
    return {
        mistake.field: words.say(f"people.fault-{mistake.rule}", found=mistake.found, allowed=mistake.allowed)
        for mistake in error.mistakes
    }
