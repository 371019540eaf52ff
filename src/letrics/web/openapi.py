"""
The OpenAPI 3.1 document, derived from the filter registry, the record types and the kinds of errors.
"""

from functools import cache
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from letrics.config import Settings
from letrics.errors import LetricsError, error_kinds
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import EXCLUDE, SEARCHES, TIMES, Filter, Kind, Search, filters_of
from letrics.model.location import Location
from letrics.query.parse import PER_PAGE_MAX
from letrics.query.query import PER_PAGE_DEFAULT
from letrics.web.wire import JSON, encode

_RECORDS: dict[Search, tuple[type, str]] = {"contacts": (Contact, "Contact"), "companies": (Company, "Company")}
# Which errors a search can meet; the others belong to endpoints that are still to come.
_SEARCH_ERRORS = (
    "invalid_input unknown_parameter malformed_json unauthorized forbidden not_acceptable payload_too_large uri_too_long"
    " unsupported_media_type headers_too_large request_timeout rate_limited internal_error unavailable timeout"
).split()
# Python takes these for white space, ECMAScript does not: named, the pattern means the same to both.
_NOT_ALL_SPACE = r"[^\s\x1c-\x1f\x85]"
_TIME = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}


def document(settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document of this installation."""
    _, components = msgspec.json.schema_components(
        [record for record, _ in _RECORDS.values()], ref_template="#/components/schemas/{name}"
    )
    schemas: dict[str, Any] = {name: _always_whole(schema) for name, schema in components.items()}
    schemas |= {"Error": _ERROR, "Failure": _FAILURE, "Warning": _WARNING, "Meta": _META}
    paths: dict[str, Any] = {f"/v1/{search}": _search_path(search, settings) for search in SEARCHES}
    paths |= {
        "/healthz": _plain("Whether the process is alive", JSON, ()),
        "/readyz": _plain("Whether searches can be answered", JSON, ("unavailable", "internal_error")),
        "/metrics": _plain(
            "What the server counts, in Prometheus' text format: for programs on its own machine, or with its token",
            "text/plain",
            ("unauthorized", "forbidden"),
        ),
        "/openapi.json": _plain("This document", JSON, ()),
        "/docs": _plain("The reference for people", "text/html", ()),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Letrics",
            "version": "1",
            "description": "Companies and the people who work there: search by what they are, page to any depth, with exact totals.",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token: `Authorization: Bearer letr_…`.",
                }
            },
        },
    }


# Fields that are left out where nothing is known; all others are always there.
_OPTIONAL = {
    "Email": frozenset({"scope", "status"}),
    "Source": frozenset({"external_id"}),
    "Location": frozenset(Location.__struct_fields__),
}


def _always_whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* saying which fields are always present, as records are answered."""
    optional = _OPTIONAL.get(schema.get("title", ""), frozenset())
    # What a field would be if it were absent is of no use to a reader who never meets it absent.
    properties = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties, "required": [name for name in properties if name not in optional]}


def _search_path(search: Search, settings: Settings) -> dict[str, Any]:
    _, record = _RECORDS[search]
    answers = {"200": _answer(record), **_errors(_SEARCH_ERRORS)}
    parameters = body_schema(search, settings)["properties"]
    security = [{"bearer": [f"{search}:read"]}]
    summary = f"Search {search}"
    description = (
        "Values of one filter are alternatives, filters combine, an exclusion always wins. Unknown parameters are refused."
        " `added_after` must not be later than `added_before`, nor `first_seen_after` than `first_seen_before`."
    )
    return {
        "get": {
            "operationId": f"get_{search}",
            "summary": f"{summary}, by query string",
            "description": description,
            "security": security,
            "parameters": [_query_parameter(name, schema) for name, schema in parameters.items()],
            "responses": answers,
        },
        "post": {
            "operationId": f"post_{search}",
            "summary": f"{summary}, by JSON body",
            "description": description,
            "security": security,
            "requestBody": {
                "required": False,
                "content": {JSON: {"schema": body_schema(search, settings), "example": _example(search)}},
            },
            "responses": answers,
        },
    }


def body_schema(search: Search, settings: Settings) -> dict[str, Any]:
    """Return the JSON Schema of the body of *search*: one property a filter, its twin, and paging."""
    properties: dict[str, Any] = {}
    for filter in filters_of(search):
        schema = _value_schema(filter, settings)
        properties[filter.name] = {**_or_null(schema), "description": filter.doc, "examples": [filter.example]}
        if filter.has_twin:
            doc = f"Leaves out what `{filter.name}` keeps."
            properties[EXCLUDE + filter.name] = {**_or_null(schema), "description": doc, "examples": [filter.example]}
    page = {"type": "integer", "minimum": 1}
    per_page = {**page, "maximum": PER_PAGE_MAX}
    properties["page"] = {**_or_null(page), "default": 1, "description": "Which page, from 1; any depth."}
    properties["per_page"] = {
        **_or_null(per_page),
        "default": PER_PAGE_DEFAULT,
        "description": f"Records a page, at most {PER_PAGE_MAX}.",
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _value_schema(filter: Filter, settings: Settings) -> dict[str, Any]:
    if filter.kind is Kind.FLAG:
        return {"type": "boolean"}
    if filter.kind in TIMES:
        return _TIME
    text = {"type": "string", "minLength": 1, "maxLength": settings.value_characters_max, "pattern": _NOT_ALL_SPACE}
    return {"type": "array", "items": text, "maxItems": settings.values_max}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a query-string parameter: the body's property, without null."""
    described = {key: value for key, value in schema.items() if key not in ("description", "examples")}
    if "anyOf" in described:
        described["anyOf"] = described["anyOf"][:-1]
    else:
        described["type"] = described["type"][0]
    parameter: dict[str, Any] = {"name": name, "in": "query", "description": schema["description"], "schema": described}
    if described.get("type") == "array":
        parameter |= {"style": "form", "explode": True}
    return parameter


def _example(search: Search) -> dict[str, Any]:
    example: dict[str, Any] = {"locations": ["Germany"], "exclude_technologies": ["WordPress"], "per_page": 1}
    if search == "contacts":
        example |= {"job_titles": ["finance"], "seniorities": ["director"]}
    return example


def _answer(record: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["data", "meta", "errors"],
        "additionalProperties": False,
        "properties": {
            "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{record}"}},
            "meta": {"$ref": "#/components/schemas/Meta"},
            "errors": {"type": "array", "maxItems": 0},
        },
    }
    return {"description": "One page of what matches, with the exact total.", "content": {JSON: {"schema": schema}}}


@cache
def _kinds() -> dict[str, type[LetricsError]]:
    return {kind.id: kind for kind in error_kinds()}


def _errors(ids: Any) -> dict[str, Any]:
    """Return the failures of an endpoint by their code; several ids share one."""
    by_code: dict[str, list[str]] = {}
    for each in ids:
        by_code.setdefault(str(_kinds()[each].code), []).append(each)
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Failure"}}}
    return {
        code: {
            "description": " ".join(f"`{each}`: {' '.join((_kinds()[each].__doc__ or '').split())}" for each in named),
            "content": content,
        }
        for code, named in sorted(by_code.items())
    }


def _plain(summary: str, media_type: str, errors: tuple[str, ...]) -> dict[str, Any]:
    schema = {"type": "object"} if media_type == JSON else {"type": "string"}
    answers = {"200": {"description": summary, "content": {media_type: {"schema": schema}}}, **_errors(errors)}
    return {"get": {"summary": summary, "security": [], "responses": answers}}


_ERROR = {
    "type": "object",
    "required": ["id", "code", "details"],
    "additionalProperties": False,
    "properties": {
        "id": {"enum": [kind.id for kind in error_kinds()]},
        "code": {"type": "integer", "description": "The HTTP status."},
        "details": {"type": "string", "description": "What went wrong and how to fix the request."},
        "field": {"type": "string", "description": "The offending request field, such as `exclude_industries[3]`."},
    },
}
_FAILURE = {
    "type": "object",
    "required": ["data", "meta", "errors"],
    "additionalProperties": False,
    "properties": {
        "data": {"type": "null"},
        "meta": {"type": "object", "required": ["request_id"], "properties": {"request_id": {"type": "string"}}},
        "errors": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Error"}},
    },
}
_WARNING = {
    "type": "object",
    "required": ["id", "field", "details"],
    "additionalProperties": False,
    "properties": {
        "id": {"enum": ["place", "restricts_nothing", "value_unknown"]},
        "field": {"type": "string"},
        "details": {"type": "string"},
        "near": {"type": "array", "items": {"type": "string"}},
    },
}
_PLACES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["input", "matches"],
        "properties": {
            "input": {"type": "string"},
            "matches": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["level", "code", "name"],
                    "properties": {
                        "level": {"enum": ["continent", "group", "country", "region", "city"]},
                        "code": {"type": ["string", "null"], "description": "ISO 3166, where there is one."},
                        "name": {"type": "string"},
                    },
                },
            },
        },
    },
}
_META = {
    "type": "object",
    "required": "page per_page total pages filters resolved warnings generation request_id took_ms".split(),
    "additionalProperties": False,
    "properties": {
        "page": {"type": "integer"},
        "per_page": {"type": "integer"},
        "total": {"type": "integer", "description": "How many records match: exact, always."},
        "pages": {"type": "integer"},
        "filters": {"type": "object", "description": "The applied filters after normalisation."},
        "resolved": {
            "type": "object",
            "additionalProperties": _PLACES,
            "description": "What locations were understood as.",
        },
        "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Warning"}},
        "generation": {"type": "integer", "description": "The data version that answered."},
        "request_id": {"type": "string"},
        "took_ms": {"type": "number"},
    },
}


class OpenApiEndpoint:
    """`/openapi.json`."""

    def __init__(self, settings: Settings) -> None:
        self._body = encode(document(settings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the document."""
        await Response(self._body, media_type=JSON)(scope, receive, send)
