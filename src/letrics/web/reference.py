"""`/docs`: the reference for people, one page made from the OpenAPI document; no script, nothing from elsewhere."""

import json
import re
from html import escape
from importlib.resources import files
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from letrics.config import Settings
from letrics.model.filters import EXCLUDE, SEARCHES, Filter, Search, filters_of
from letrics.web.openapi import document

# Stands in the examples until a reader asks: then it is the address that the reader has come by.
_ORIGIN = "http://127.0.0.1:8000"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


class ReferencePage:
    """The page and its style sheet."""

    def __init__(self, settings: Settings) -> None:
        self._page = _page(document(settings)).encode()
        self._style = files("letrics.web").joinpath("reference.css").read_bytes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page, or with its style sheet."""
        if scope["path"].endswith(".css"):
            await Response(self._style, media_type="text/css")(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        origin = f"{scope['scheme']}://{host}" if _HOST.fullmatch(host) else _ORIGIN
        await Response(self._page.replace(_ORIGIN.encode(), origin.encode()), media_type="text/html")(
            scope, receive, send
        )


def _page(openapi: dict[str, Any]) -> str:
    sections = "".join(_section(openapi, search) for search in SEARCHES)
    errors = openapi["paths"]["/v1/contacts"]["post"]["responses"]
    rows = "".join(
        f"<tr><td><code>{code}</code></td><td>{_prose(answer['description'])}</td></tr>"
        for code, answer in errors.items()
        if code != "200"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Letrics API reference</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><p class="name">Letrics</p>
<nav aria-label="Sections"><a href="#contacts">Contacts</a> <a href="#companies">Companies</a> <a href="#errors">Errors</a>
<a href="/openapi.json">OpenAPI</a></nav></header>
<main>
<h1>API reference</h1>
<p class="lead">{escape(openapi["info"]["description"])}</p>
<p>Every request carries an API token: <code>Authorization: Bearer YOUR_API_KEY</code>. Every answer is one object of
<code>data</code>, <code>meta</code> and <code>errors</code>. Values of one filter are alternatives, filters combine, and an
exclusion always wins. Each array and each boolean has a twin with <code>{EXCLUDE}</code> before its name, which leaves out what the
filter keeps. Totals are exact, and any page is as fast as the first.</p>
{sections}
<section id="errors"><h2>Errors</h2>
<p>All faults of a request are reported in one answer. An <code>id</code> never changes its meaning.</p>
<div class="wide"><table><thead><tr><th>Status</th><th>Id and meaning</th></tr></thead><tbody>{rows}</tbody></table></div></section>
</main>
</body>
</html>
"""


def _section(openapi: dict[str, Any], search: Search) -> str:
    post = openapi["paths"][f"/v1/{search}"]["post"]
    example = json.dumps(post["requestBody"]["content"]["application/json"]["example"])
    curl = (
        f"curl -s {_ORIGIN}/v1/{search} \\\n  -H 'Authorization: Bearer YOUR_API_KEY' \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{example}'"
    )
    rows = "".join(_row(filter) for filter in filters_of(search))
    paging = "".join(
        f"<tr><td><code>{name}</code></td><td>integer</td><td>{_prose(schema['description'])} Default {schema['default']}.</td><td></td></tr>"
        for name, schema in post["requestBody"]["content"]["application/json"]["schema"]["properties"].items()
        if name in ("page", "per_page")
    )
    return f"""<section id="{search}"><h2>{search.title()}</h2>
<p class="path"><span>POST</span> <span>GET</span> <code>/v1/{search}</code></p>
<pre tabindex="0"><code>{escape(curl)}</code></pre>
<div class="wide"><table><thead><tr><th>Parameter</th><th>Type</th><th>Keeps a record when</th><th>Example</th></tr></thead>
<tbody>{rows}{paging}</tbody></table></div></section>
"""


def _row(filter: Filter) -> str:
    kind = {list: "array of strings", bool: "boolean", str: "UTC ISO 8601 string"}[type(filter.example)]
    example = escape(json.dumps(filter.example, ensure_ascii=False))
    return (
        f"<tr><td><code>{filter.name}</code></td><td>{kind}</td><td>{_prose(filter.doc)}</td>"
        f"<td><code>{example}</code></td></tr>"
    )


def _prose(markdown: str) -> str:
    """Return a sentence of the registry as HTML: what stands between backquotes is code, between asterisks emphasis."""
    parts = escape(markdown).split("`")
    html = "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    pieces = html.split("*")
    return "".join(f"<em>{piece}</em>" if place % 2 else piece for place, piece in enumerate(pieces))
