"""Settings from the environment and from the command line."""

from pathlib import Path

import pytest

from letrics.config import PREFIX, Settings, load_settings, settings_table
from letrics.errors import InvalidInput


def test_without_a_word_the_defaults_of_the_contract_hold() -> None:
    """Limits and places are those that the contract and the design name."""
    settings = load_settings({"PATH": "/bin", "letrics_data": "other", "XLETRICS_DATA": "other"})
    assert settings == Settings()
    assert settings.data == Path("letrics-data")
    limits = (settings.body_bytes_max, settings.url_bytes_max, settings.headers_bytes_max, settings.json_depth_max)
    assert limits == (1024 * 1024, 8 * 1024, 16 * 1024, 32)
    assert (settings.values_max, settings.value_characters_max) == (1_000, 256)
    assert (settings.search_timeout_s, settings.drain_timeout_s) == (2.0, 30)


def test_each_setting_is_set_by_its_variable() -> None:
    """`LETRICS_<FIELD>` sets the field, in its type."""
    for setting in settings_table():
        assert setting.variable == PREFIX + setting.name.upper()
        text = {int: "7", float: "7.5"}.get(setting.type, "seven")
        value = getattr(load_settings({setting.variable: text}), setting.name)
        assert value == setting.type(text)
        assert type(value) is type(setting.type(text))


def test_what_is_given_overrules_the_environment() -> None:
    """An option of the command line wins; one that was not given leaves the variable."""
    environ = {"LETRICS_DATA": "from-variable"}
    assert load_settings(environ, data=Path("from-option")).data == Path("from-option")
    assert load_settings(environ, data=None).data == Path("from-variable")
    assert load_settings(environ).index_dir == Path("from-variable/index")


def test_a_variable_that_is_no_setting_is_refused() -> None:
    """A misspelt setting is said, with those that exist, and not passed over."""
    with pytest.raises(InvalidInput, match=r"LETRICS_DATTA .*LETRICS_DATA"):
        load_settings({"LETRICS_DATTA": "x"})


@pytest.mark.parametrize("service", ["LETRICS", "LETRICS_API"])
def test_what_kubernetes_sets_for_a_service_is_passed_over(service: str) -> None:
    """A Service of our name puts variables into each container; a port that somebody hoped to set is still refused."""
    injected = {
        "SERVICE_HOST": "10.0.0.11",
        "SERVICE_PORT": "8000",
        "SERVICE_PORT_HTTP_API": "8000",
        "PORT": "tcp://10.0.0.11:8000",
        "PORT_8000_TCP": "tcp://10.0.0.11:8000",
        "PORT_8000_TCP_PROTO": "tcp",
        "PORT_8000_TCP_PORT": "8000",
        "PORT_8000_TCP_ADDR": "10.0.0.11",
    }
    assert load_settings({f"{service}_{name}": text for name, text in injected.items()}) == Settings()
    with pytest.raises(InvalidInput, match=f"{service}_PORT is not a setting"):
        load_settings({f"{service}_PORT": "8000"})


@pytest.mark.parametrize("variable", ["LETRICS_BODY_BYTES_MAX", "LETRICS_SEARCH_TIMEOUT_S"])
@pytest.mark.parametrize("text", ["", "many", "1,5", "0", "-1", "nan"])
def test_a_value_that_does_not_fit_is_refused(variable: str, text: str) -> None:
    """A number is a number greater than 0; the message names the variable."""
    with pytest.raises(InvalidInput, match=variable):
        load_settings({variable: text})


def test_every_setting_is_explained() -> None:
    """Each row of the table has a sentence, and a default that fits its type."""
    for setting in settings_table():
        assert setting.doc.endswith(".")
        assert isinstance(setting.default, setting.type)
