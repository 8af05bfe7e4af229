"""What browsers keep for us: out of the reach of scripts, never sent in the clear where there is TLS."""

from starlette.responses import Response

from app.state import Request


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
