"""/acknowledge/{token}: where the link in a message leads: what it was about, and a button that takes care of it.

No log-in: the link itself is the right to that, and to nothing else. Chats open links by themselves to show what is
behind them, so that only the button acts.
"""

from starlette.responses import RedirectResponse, Response

from app.alerts.book import NoSuchAlert
from app.bounds import NOTE_CHARACTERS, PERSON_CHARACTERS
from app.errors import HttpError
from app.state import Request, check_loaded
from app.web.alert_names import own_name, remembering
from app.web.alerts import rows_of
from app.web.forms import read_form
from app.web.render import page, words_for


async def show(request: Request) -> Response:
    check_loaded(request)
    token = request.path_params["token"]
    linked = request.state["alerts"].links.read(token)
    if linked is None:
        raise HttpError(404, "refused.no-alert")
    if request.method != "POST":
        (row,) = rows_of(request.state, {linked.id: linked.episode}, words_for(request))
        return page(
            request,
            "acknowledge.html",
            row=row,
            by=own_name(request),
            note_characters=NOTE_CHARACTERS,
            name_characters=PERSON_CHARACTERS,
        )
    form = await read_form(request)
    try:
        await request.state["alerts"].book.acknowledge(linked.id, form.get("by", ""), form.get("note", ""))
    except NoSuchAlert:
        raise HttpError(404, "refused.no-alert") from None
    return remembering(request, RedirectResponse(request.url.path, 303), form.get("by", ""))
