"""`letrics serve`: the HTTP server, with as many worker processes as asked for."""

import os
import socket
from collections.abc import Callable

import click
import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from letrics.cli import terminal
from letrics.cli.merging import merging_in_background
from letrics.cli.users import link_url
from letrics.config import PREFIX, Settings, settings_table
from letrics.errors import ConflictError, LetricsError
from letrics.services import Services
from letrics.web.protocol import Protocol

_log = structlog.get_logger(__name__)
_BACKLOG = 2_048
_START_TIMEOUT_S = 60


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port; 0 for a free one.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that answer.")
@click.pass_obj
def serve(services: Services, host: str, port: int, workers: int) -> None:
    """Serve the data of this folder over HTTP until stopped. Workers share the index files."""
    # Said before any worker starts, once: an index or accounts database that does not open.
    counts = services.backend.searcher().counts()
    has_tokens = bool(services.tokens().list())
    setup = services.users().setup_link()
    settings = services.settings
    services.close()

    def ready(url: str) -> None:
        out = terminal.output
        out.print(
            f"Letrics serves {counts.contacts:,} contacts and {counts.companies:,} companies at [bold]{url}[/bold]"
        )
        if setup is not None:
            out.print("There are no users yet. This link makes the first administrator, once:")
            out.print(f"  [bold]{link_url(settings, setup, url)}[/bold]", soft_wrap=True)
        if not has_tokens:
            out.print("There is no API token yet. Make one: letrics token create NAME")

    with merging_in_background(settings):
        run_server(settings, host, port, workers, on_ready=ready)


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises ConflictError where the port is taken or the address not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if isinstance(error, PermissionError):
            raise ConflictError(f"Port {port} needs more rights than this process has. Choose one over 1023.") from None
        if isinstance(error, socket.gaierror) or error.errno != 98:
            raise ConflictError(f"{host} is no address of this machine: {error.strerror}.") from None
        raise ConflictError(f"Port {port} on {host} is taken. Choose another with --port (make demo PORT=…).") from None
    listening.set_inheritable(True)
    return listening


def check_port(host: str, port: int) -> None:
    """Raise ConflictError where *port* is taken."""
    bound_socket(host, port).close()


class _Server(uvicorn.Server):
    """A server that says when it accepts requests."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


class _Supervisor(Multiprocess):
    """Several workers on one socket; says when all of them accept requests."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket, on_ready: Callable[[], None]) -> None:
        super().__init__(config, [listening])
        self._on_ready = on_ready

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(_START_TIMEOUT_S, self.should_exit) for process in self.processes):
            self._on_ready()


def run_server(settings: Settings, host: str, port: int, workers: int, *, on_ready: Callable[[str], None]) -> None:
    """Serve until stopped; *on_ready* is told the URL once requests are accepted."""
    for setting in settings_table():
        # Workers are processes of their own: they read what this one was told.
        os.environ[PREFIX + setting.name.upper()] = str(getattr(settings, setting.name))
    listening = bound_socket(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        "letrics.web.app:from_environment",
        factory=True,
        workers=workers,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        http=Protocol,
        timeout_graceful_shutdown=settings.drain_timeout_s,
    )
    if workers == 1:
        server = _Server(config, lambda: on_ready(url))
        server.run([listening])
        if not server.started:
            raise LetricsError("The server did not start; the log says why.")
        return
    _Supervisor(config, listening, lambda: on_ready(url)).run()
