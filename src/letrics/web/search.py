"""The two searches over HTTP: parse, ask the backend, answer."""

import time
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from letrics.backend import Searcher
from letrics.config import Settings
from letrics.deadline import deadline
from letrics.errors import Fault, InvalidInput
from letrics.meta import search_meta
from letrics.model.filters import Search
from letrics.query.notation import fields_of_body, fields_of_query_string
from letrics.query.parse import Fields, Limits, parse_fields, shown_name
from letrics.web.auth import check_scope
from letrics.web.wire import check_accept, check_is_json, exchange, read_body, success


class SearchEndpoint:
    """`/v1/contacts` or `/v1/companies`."""

    def __init__(self, search: Search, searcher: Searcher, settings: Settings) -> None:
        self._search = search
        self._searcher = searcher
        self._settings = settings
        self._limits = Limits(settings.values_max, settings.value_characters_max)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one search."""
        under_way = exchange(scope)
        entered = time.perf_counter()
        check_scope(scope["letrics.caller"], f"{self._search}:read")
        check_accept(scope)
        fields = await self._fields(scope, receive)
        parsing = under_way.room("search", entered)
        parsed = parse_fields(self._search, fields, self._limits, deadline(self._settings.search_timeout_s))
        under_way.room("parse", parsing)
        # In the event loop itself: a search takes less time than handing it to a thread, which would wait for
        # the same interpreter lock; its time limit bounds what others wait.
        answer = self._searcher.search(parsed.query, timeout_s=self._settings.search_timeout_s)
        under_way.timings += answer.timings
        under_way.records = len(answer.ends)
        of_request = {"request_id": under_way.request_id, "took_ms": under_way.took_ms}
        await send(success(answer.page, search_meta(parsed, answer) | of_request))

    async def _fields(self, scope: Scope, receive: Receive) -> Fields:
        body = await read_body(scope, receive, self._settings.body_bytes_max)
        if scope["method"] == "POST":
            if body.strip():
                check_is_json(scope)
            fields = fields_of_body(body, self._settings.json_depth_max)
            astray = _in_query_string(scope["query_string"])
            return Fields(fields.values, (*astray, *fields.faults)) if astray else fields
        if body:
            raise InvalidInput("A GET takes its parameters in the query string, and no body. Use POST to send one.")
        return fields_of_query_string(self._search, scope["query_string"])


def _in_query_string(query_string: bytes) -> tuple[Fault, ...]:
    """Return a fault for each parameter that stands in the query string of a POST."""
    if not query_string:
        return ()
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    details = "A POST takes its parameters in the JSON body; this one stands in the query string."
    return tuple(
        Fault("unknown_parameter", 400, details, shown_name(name)) for name in dict.fromkeys(name for name, _ in pairs)
    )
