"""Regions: the subdivisions of countries by ISO 3166-2, by code and by name (see `packages/regions.py`)."""

import re
from collections import defaultdict
from functools import cache

import msgspec

from letrics.model.folding import compatible
from letrics.model.places.countries import CODE
from letrics.model.tables import Table, parted
from letrics.prepared import prepared


class Regions:
    """All regions: what they are called, and what they lie in."""

    def __init__(self, data: memoryview) -> None:
        about, keys = parted(data)
        self.names: dict[str, str]
        self._parents: dict[str, str]
        self.names, self._parents = msgspec.msgpack.decode(about, type=tuple[dict[str, str], dict[str, str]])
        self._lines: dict[str, tuple[str, ...]] = {}
        self._keys = Table(keys)
        by_suffix = defaultdict(list)
        for code in self.names:
            by_suffix[code.partition("-")[2]].append(code)
        self._by_suffix = by_suffix

    def line(self, code: str | None) -> tuple[str, ...]:
        """Return *code* and the regions that it lies in, the smallest first; nothing for None."""
        if code is None:
            return ()
        line = self._lines.get(code)
        if line is None:
            line = (code, *self.line(self._parents.get(code)))
            self._lines[code] = line
        return line

    def is_top(self, code: str) -> bool:
        """Return whether *code* lies in no other region."""
        return code not in self._parents

    def by_name(self, key: str, country: str | None = None) -> frozenset[str]:
        """Return the regions that bear the folded name *key*, those of *country* if given."""
        found = self._keys.get(key)
        if found is None:
            return frozenset()
        codes = str(found, "ascii").split()
        return frozenset(code for code in codes if country is None or code.startswith(country + "-"))

    def by_code(self, text: str, country: str | None = None) -> frozenset[str]:
        """Return the regions whose ISO code is *text*, whole (`US-TX`) or without its country (`TX`)."""
        code = re.sub(r"[\s.]", "", compatible(text)).upper()
        found = (code,) if code in self.names else self._by_suffix.get(code, ())
        # Digits alone are the codes of half the world's regions.
        if code.isdigit() and country is None:
            return frozenset()
        return frozenset(each for each in found if country is None or each.startswith(country + "-"))


def _made() -> bytes:
    from letrics.model.places.packages.regions import made_regions

    return made_regions()


@cache
def regions() -> Regions:
    """Return the regions, read when first asked for."""
    return Regions(prepared("regions", _made, packages=("pycountry",), code=CODE))
