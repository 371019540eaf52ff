"""Presets: mapping files for the exports of well-known systems, each recognised by its headers."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from letrics.importer.headers import loose_key
from letrics.importer.mapping_file import MappingFile, parsed_mapping


@cache
def presets() -> dict[str, MappingFile]:
    """Return every preset by its name."""
    folder = files("letrics.importer.presets")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    texts = {name: folder.joinpath(name).read_text("utf-8") for name in names}
    # They are held right by tests, and not looked through at each import.
    return {name.removesuffix(".toml"): parsed_mapping(text, name) for name, text in texts.items()}


def recognised(header: Sequence[str]) -> str | None:
    """Return the name of the preset whose headers are all in *header*; of several, of the one that asks for most."""
    have = {loose_key(each) for each in header}
    fitting = [name for name, preset in presets().items() if {loose_key(h) for h in preset.recognise} <= have]
    return max(fitting, key=lambda name: len(presets()[name].recognise), default=None)
