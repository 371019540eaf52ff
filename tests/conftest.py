"""The seed of all random suites, and the end of a run, which tells the seed and what was counted."""

from typing import Any

import hypothesis
import pytest
import structlog

import tables  # noqa: F401  # before any test asks for a place
from counting import Count, Note, counted, noted, summary

SEED = 20_261_124

# What a part logs that no command has set up: left to itself, structlog paints each traceback for a second.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# No example fails for the time that it takes, or for the time that drawing it takes.
hypothesis.settings.register_profile("letrics", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("letrics")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the seed of the random suites."""
    parser.addoption("--seed", type=int, default=SEED, help="where the random suites begin (printed at the end)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let Hypothesis begin from the same seed, where it is given none of its own."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(config.getoption("--seed"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run: the same one gives the same tests."""
    given: int = request.config.getoption("--seed")
    return given


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """Count so many things of a name; the end of the run tells their sum."""
    return lambda name, number: request.node.user_properties.append(counted(name, number))


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Note a measured figure; the end of the run tells it."""
    return lambda figure: request.node.user_properties.append(noted(figure))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell the seed and what was counted, by tests that passed and by tests that failed."""
    # Properties travel with the reports, from other processes too; each test has one report of its call.
    reports = [report for each in ("passed", "failed") for report in terminalreporter.stats.get(each, ())]
    lines = summary(pair for report in reports if report.when == "call" for pair in report.user_properties)
    if lines:
        terminalreporter.section("random suites")
        terminalreporter.write_line(f"seed {config.getoption('--seed')} (another one: pytest --seed NUMBER)")
        for line in lines:
            terminalreporter.write_line(line)
