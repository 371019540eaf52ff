"""
Settings: every limit and choice, each with its default, in one table.

The reference page of the docs is made from this table.  Nothing here opens a file or a connection.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from letrics.errors import InvalidInput

PREFIX = "LETRICS_"
# What Kubernetes sets in each container beside a Service whose name begins with letrics; its PORT is an address.
_OF_SERVICES = re.compile(
    r"LETRICS_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)=.*|PORT=\w+://.*|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=.*)"
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation can choose.  Each field is set by the environment variable `LETRICS_<FIELD>`."""

    data: Annotated[Path, "The data folder: index, accounts and log of imports."] = Path("letrics-data")
    accounts_url: Annotated[
        str, "Where accounts are kept: empty for SQLite in the data folder, or `postgresql://…`."
    ] = ""
    body_bytes_max: Annotated[int, "Largest request body."] = 1_048_576
    url_bytes_max: Annotated[int, "Longest path and query of a request."] = 8_192
    headers_bytes_max: Annotated[int, "Largest sum of a request's header names and values."] = 16_384
    connections_max: Annotated[int, "Most connections of a worker; more are answered 503."] = 1_000
    requests_max: Annotated[int, "Most requests under way in a worker; more are answered 503."] = 500
    header_timeout_s: Annotated[float, "Time that the headers of a request may take to come."] = 10.0
    body_timeout_s: Annotated[float, "Time that the body of a request may take to come."] = 30.0
    send_timeout_s: Annotated[float, "Time that a client may take to go on reading an answer."] = 30.0
    idle_timeout_s: Annotated[float, "Time that a connection is kept open for a next request."] = 65.0
    rate_limit: Annotated[
        str, "Requests that a token may make, and in how many seconds, such as `600/60`; empty: no limit."
    ] = ""
    json_depth_max: Annotated[int, "Deepest nesting of a JSON body."] = 32
    values_max: Annotated[int, "Most values in one filter."] = 1_000
    value_characters_max: Annotated[int, "Longest value in a filter."] = 256
    search_timeout_s: Annotated[float, "Time a search may take before it is given up."] = 2.0
    drain_timeout_s: Annotated[int, "Time that requests under way get when the server stops."] = 30
    reload_interval_s: Annotated[float, "How often a worker looks for a new generation."] = 0.25
    token_cache_s: Annotated[float, "How long a worker trusts a token it has checked."] = 0.5
    flush_interval_s: Annotated[float, "How often a worker writes usage and last use of tokens."] = 1.0
    session_idle_s: Annotated[int, "Time after which a browser that was not seen must sign in again."] = 43_200
    session_lifetime_s: Annotated[int, "Time after which any browser must sign in again."] = 1_209_600
    public_url: Annotated[
        str, "Where people reach this server, such as `https://data.example.com`; empty: by its own address."
    ] = ""
    trusted_proxies: Annotated[
        str, "Addresses of proxies whose `X-Forwarded-For` and `-Proto` are believed, separated by commas."
    ] = "127.0.0.1,::1"
    generations_kept: Annotated[
        int, "How many imports and deletions can be undone; the disk keeps what that needs."
    ] = 5
    merged_documents_max: Annotated[
        int, "Most records in a segment that merging makes; a merge takes about 0.3 KB of memory for each."
    ] = 2_000_000
    metrics_token: Annotated[
        str,
        "Bearer token that `/metrics` asks for; empty: only programs on this machine may ask, by a local name."
        " Set it behind a proxy.",
    ] = ""
    log_format: Annotated[str, "`text` for people, `json` for machines."] = "text"
    log_level: Annotated[
        str, "The least severe level that is logged: debug, info (a line for each request), warning, error."
    ] = "info"

    @property
    def index_dir(self) -> Path:
        """The folder of the embedded index."""
        return self.data / "index"


class Setting(msgspec.Struct, frozen=True):
    """One row of the table of settings: field *name*, environment variable, default and meaning."""

    name: str
    variable: str
    type: type
    default: Any
    doc: str


def settings_table() -> tuple[Setting, ...]:
    """Return every setting in order, for the docs and for the tests that hold the docs to it."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for field in msgspec.structs.fields(Settings):
        assert get_origin(hints[field.name]) is Annotated, field.name
        kind, doc = get_args(hints[field.name])[:2]
        rows.append(Setting(field.name, PREFIX + field.name.upper(), kind, field.default, doc))
    return tuple(rows)


def load_settings(environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """
    Return the settings of *environ*, overruled by those *given* that are not None.

    Raises InvalidInput for a variable that names no setting or whose value does not fit.  Those that Kubernetes
    sets for a Service that is named letrics, or letrics-something, are passed over.
    """
    table = {setting.variable: setting for setting in settings_table()}
    chosen: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or _OF_SERVICES.fullmatch(f"{variable}={text}"):
            continue
        if variable not in table:
            known = ", ".join(sorted(table))
            raise InvalidInput(f"{variable} is not a setting of Letrics. The settings are: {known}.")
        setting = table[variable]
        try:
            chosen[setting.name] = setting.type(text)
        except ValueError:
            raise InvalidInput(f"{variable} is {text!r}; it takes a {setting.type.__name__}.") from None
    chosen.update({name: value for name, value in given.items() if value is not None})
    settings = Settings(**chosen)
    for setting in table.values():
        value = getattr(settings, setting.name)
        if setting.type in (int, float) and not value > 0:
            raise InvalidInput(f"{setting.variable} is {value}; it must be greater than 0.")
    return settings
