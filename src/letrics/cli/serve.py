"""`letrics serve`: the HTTP server, with as many worker processes as asked for."""

import resource
import socket
from collections.abc import Callable

import click

from letrics.cli import terminal
from letrics.cli.merging import merging_in_background
from letrics.cli.users import link_url
from letrics.config import Settings
from letrics.errors import ConflictError, LetricsError
from letrics.services import Services
from letrics.web.limits import parse_rate
from letrics.web.server import Server, run_worker, shared_by
from letrics.web.supervisor import Supervisor

_BACKLOG = 2_048
_OTHER_FILES = 256  # index, accounts, pipes


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
        terminal.print_line(
            f"Letrics serves {counts.contacts:,} contacts and {counts.companies:,} companies at ", (url, "bold")
        )
        if setup is not None:
            out.print("There are no users yet. This link makes the first administrator, once:")
            terminal.print_line("  ", (link_url(settings, setup, url), "bold"))
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


def run_server(settings: Settings, host: str, port: int, workers: int, *, on_ready: Callable[[str], None]) -> None:
    """Serve until stopped; *on_ready* is told the URL once requests are accepted."""
    parse_rate(settings.rate_limit)  # a mistake in it is said before anything starts
    _allow_open_files(settings.connections_max)
    listening = bound_socket(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    shared = shared_by(workers)
    if workers > 1:
        Supervisor(settings, listening, shared, workers, lambda: on_ready(url)).run()
    elif not run_worker(Server(settings, shared, on_ready=lambda: on_ready(url)), listening):
        raise LetricsError("The server did not start; the log says why.")


def _allow_open_files(connections: int) -> None:
    """Raise the limit on open files, which counts connections too, where the system lets us and it is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
