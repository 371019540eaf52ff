"""
Merging beside a server: now and then it looks whether segments are to be merged, and lets a process of its own do it.

In a process, since merging millions of records would hold up searches; it may be stopped or killed at any time.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from letrics.config import PREFIX, Settings, settings_table
from letrics.errors import LetricsError
from letrics.index.manifest import newest_step
from letrics.log import get_logger
from letrics.services import Services

_log = get_logger(__name__)
_LOOK_INTERVAL_S = 5.0
_STOP_TIMEOUT_S = 10.0


@contextmanager
def merging_in_background(settings: Settings) -> Iterator[None]:
    """Merge what is due for as long as the context lasts."""
    stop = threading.Event()
    watching = threading.Thread(target=_watch, args=(settings, stop), name="merging", daemon=True)
    watching.start()
    try:
        yield
    finally:
        stop.set()
        watching.join(_STOP_TIMEOUT_S)


def _watch(settings: Settings, stop: threading.Event) -> None:
    looked_at = 0
    with Services(settings) as services:
        while not stop.wait(_LOOK_INTERVAL_S):
            try:
                # What could not be merged is tried again when something has changed.
                before, looked_at = looked_at, newest_step(settings.index_dir)
                if looked_at != before and services.index.merge_is_due():
                    _merge(settings, stop)
            except (LetricsError, OSError) as error:
                _log.error("segments not merged", exc_info=error)


def _merge(settings: Settings, stop: threading.Event) -> None:
    """Run `letrics merge` to its end, or until *stop*."""
    own = {PREFIX + each.name.upper(): str(getattr(settings, each.name)) for each in settings_table()}
    command = [sys.executable, "-m", "letrics", "merge"]
    # What goes wrong it says on standard error, as this process does.
    environment = {**os.environ, **own}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603  # ourselves
        while process.poll() is None:
            if stop.wait(0.2):
                process.terminate()
