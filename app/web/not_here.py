"""/floor/{board}/people/{person}: a lead says of an operator of their board that they are not there."""

from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from app.board.day import day_of
from app.errors import HttpError, InputError
from app.publish.publisher import Publisher
from app.state import Request, board_of, names_for, naming_for
from app.web.authors import UNNAMED, account_name, own_name
from app.web.forms import read_form
from app.web.person import place_within


async def say(request: Request) -> Response:
    state, publisher = request.state, board_of(request)
    operator = operator_of(request, publisher, request.path_params["person"])
    if operator is None:
        raise HttpError(404, "absence.no-operator", found=f"{request.path_params['person']!r:.100}")
    form = await read_form(request)
    now = state["clock"]()
    day_end = day_of(now, ZoneInfo(publisher.definition.time_zone)).end
    author = account_name(request) or own_name(request) or UNNAMED
    try:
        change = await state["absences"].say(operator, form.get("reason", ""), form.get("until", ""), day_end, author)
    except InputError as error:
        (mistake,) = error.mistakes
        key = f"absence.fault-{mistake.rule}"
        raise HttpError(422, key, field=mistake.field, found=mistake.found, allowed=mistake.allowed) from None
    await state["mirror"].reaches(change)
    return RedirectResponse(
        place_within(("/floor/",), form.get("back", "")) or f"/floor/{publisher.definition.id}", 303
    )


def operator_of(request: Request, publisher: Publisher, shown: str) -> str | None:
    """Return the key of the operator whom the floor, as this request sees it, lists under the key `shown`."""
    document, board = publisher.document(), publisher.definition.id
    if names_for(request, board) == "sums":
        return None
    naming, day = naming_for(request, board), document["board"]["since"][:10]
    return next((key for key in document["operators"]["by_id"] if naming.show(key, None, day).key == shown), None)
