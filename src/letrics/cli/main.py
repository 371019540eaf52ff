"""The `letrics` command: its global options, its subcommands, and how errors reach a terminal."""

import errno
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from letrics import garbage
from letrics.cli import terminal
from letrics.config import load_settings
from letrics.errors import InvalidInput, InvalidRequest, LetricsError
from letrics.log import configure_logging
from letrics.services import Services

# Command → where it is defined.  They are imported when named, so that each starts fast.
_COMMANDS = {
    "import": "letrics.cli.imports:import_command",
    "imports": "letrics.cli.changes:imports",
    "sources": "letrics.cli.changes:sources",
    "delete": "letrics.cli.changes:delete",
    "suppress": "letrics.cli.suppress:suppress",
    "suppressions": "letrics.cli.suppress:suppressions",
    "duplicates": "letrics.cli.duplicates:duplicates",
    "export": "letrics.cli.export:export",
    "generations": "letrics.cli.storage:generations",
    "check": "letrics.cli.storage:check",
    "merge": "letrics.cli.storage:merge",
    "backup": "letrics.cli.backup:backup",
    "restore": "letrics.cli.backup:restore",
    "search": "letrics.cli.search:search",
    "serve": "letrics.cli.serve:serve",
    "token": "letrics.cli.tokens:token",
    "user": "letrics.cli.users:user",
    "audit": "letrics.cli.audit:audit",
    "demo": "letrics.cli.demo:demo",
}
_USAGE_EXIT = 2
# No space, none by the quota, and no file so large.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The data folder. Default: LETRICS_DATA, else ./letrics-data.",
)
@click.version_option(package_name="letrics", message="Letrics %(version)s")
@click.pass_context
def letrics(ctx: click.Context, data: Path | None) -> None:
    """Letrics: companies and the people who work there, from your files to a JSON API."""
    settings = load_settings(data=data)
    configure_logging(settings)
    ctx.obj = ctx.with_resource(Services(settings))


def main() -> None:
    """Run the command line; every error raised on purpose becomes one line and an exit code."""
    garbage.look_seldom()
    # NumPy's library for matrices, which nothing here multiplies, would start a thread a processor that spins for work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        letrics.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        terminal.errors.print("Stopped.")
        sys.exit(terminal.INTERRUPTED_EXIT)
    except LetricsError as error:
        for fault in error.faults:
            terminal.print_error(fault.details)
        sys.exit(_USAGE_EXIT if isinstance(error, InvalidInput | InvalidRequest) else 1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`letrics search … | head`); that is no error.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno in _FULL:
            where = f", at {error.filename}" if error.filename else ""
            terminal.print_error(f"The disk or a quota is full{where}. Nothing was changed: make room and try again.")
            sys.exit(1)
        terminal.print_error(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
        sys.exit(1)
    finally:
        garbage.let_go()


if __name__ == "__main__":
    main()
