"""What suites count of their own (`record_property(name, number)`) is added up and said at the end of a run."""

from collections import Counter
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say the sums, over all processes of the run."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            counts.update({name: number for name, number in report.user_properties if isinstance(number, int)})
    for name, number in sorted(counts.items()):
        terminalreporter.write_line(f"{name}: {number:,}")
