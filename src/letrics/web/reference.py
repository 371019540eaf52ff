"""`/docs`: the reference for people, one page made from the OpenAPI document; nothing from elsewhere."""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.responses import Response

from letrics.config import Settings
from letrics.model.filters import EXCLUDE, SEARCHES, Search, filters_of
from letrics.web.openapi import document
from letrics.web.pages.visit import Visit

# Stands in the examples until a reader asks: then it is the address that the reader has come by.
_ORIGIN = "http://127.0.0.1:8000"
_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?(/.*)?")
_MARKS = re.compile(r"`([^`]*)`|\*([^*]*)\*")
_TYPES = {list: "array of strings", bool: "boolean", str: "UTC ISO 8601 string"}

Prose = list[tuple[str, str]]


class _Row(msgspec.Struct, frozen=True):
    """A parameter."""

    name: str
    type: str
    doc: Prose
    example: str


class _Section(msgspec.Struct, frozen=True):
    """A search: an example and its parameters."""

    name: Search
    curl: str
    rows: list[_Row]


def reference(settings: Settings) -> Callable[[Visit], Response]:
    """Return what answers with the page."""
    openapi = document(settings)
    errors = openapi["paths"]["/v1/contacts"]["post"]["responses"]
    values: dict[str, Any] = {
        "description": openapi["info"]["description"],
        "searches": [_section(openapi, search) for search in SEARCHES],
        "errors": [(code, _prose(answer["description"])) for code, answer in errors.items() if code != "200"],
        "exclude": EXCLUDE,
        "placeholder": _ORIGIN,
    }

    def answer(visit: Visit) -> Response:
        origin = visit.origin if _ADDRESS.fullmatch(visit.origin) else _ORIGIN
        return visit.page("reference.html", origin=origin, **values)

    return answer


def _section(openapi: dict[str, Any], search: Search) -> _Section:
    body = openapi["paths"][f"/v1/{search}"]["post"]["requestBody"]["content"]["application/json"]
    curl = (
        f"curl -s {_ORIGIN}/v1/{search} \\\n  -H 'Authorization: Bearer YOUR_API_KEY' \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{json.dumps(body['example'])}'"
    )
    rows = [
        _Row(each.name, _TYPES[type(each.example)], _prose(each.doc), json.dumps(each.example, ensure_ascii=False))
        for each in filters_of(search)
    ]
    for name in ("page", "per_page"):
        schema = body["schema"]["properties"][name]
        rows.append(_Row(name, "integer", _prose(f"{schema['description']} Default {schema['default']}."), ""))
    return _Section(search, curl, rows)


def _prose(markdown: str) -> Prose:
    """Return a sentence of the registry in parts: code between backquotes, emphasis between asterisks, plain text."""
    parts: Prose = []
    end = 0
    for found in _MARKS.finditer(markdown):
        parts.append(("", markdown[end : found.start()]))
        parts.append(("code", found[1]) if found[1] is not None else ("em", found[2]))
        end = found.end()
    return [*parts, ("", markdown[end:])]
