"""The floor of HTTP: an endpoint that does nothing but answer a page's bytes, served as Letrics is."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BYTES = "BENCHMARK_EMPTY_BYTES"
_BODY = b" " * int(os.environ.get(BYTES, "1"))


async def _answer(request: Request) -> Response:
    await request.body()
    return Response(_BODY, media_type="application/json")


app = Starlette(routes=[Route("/v1/contacts", _answer, methods=["POST"])])
