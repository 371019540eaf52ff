"""Numbers as files spell them: counts, money, bands of employees, years, yes and no."""

import re
from functools import lru_cache

_SCALES = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "tsd": 10**3,
    "m": 10**6,
    "mm": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "mrd": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "t": 10**12,
    "tn": 10**12,
    "trillion": 10**12,
}
# Words of languages that write the decimals after a comma: € 1.500 Mio is 1,500 million, $1.234 bn is not.
_SCALES_AFTER_A_DECIMAL_COMMA = frozenset({"tsd", "mio", "mrd"})
_COUNT = re.compile(
    r"(?:ca\.?|about|approx\.?|~|>|over)?\s*+(?P<number>[0-9][0-9.,'’\s_]*+)(?P<scale>[a-z]*+)\.?\s*+\+?"
)
_PEOPLE = re.compile(
    r"\s*(?:employees?|people|staff|mitarbeiter(?:innen)?|mitarbeitende|salariés|empleados|dipendenti|werknemers)$"
)
_CURRENCY = re.compile(r"us\$|[$€£¥₹]|\b(?:usd|eur|gbp|chf|jpy|inr|cad|aud|sek|nok|dkk|pln|brl|euros?|dollars?)\b")
_BOUNDS = re.compile(r"(?P<low>[0-9][0-9.,'’\s]*?k?)\s*(?:-|–|—|to|bis|à|\.\.)\s*(?P<high>[0-9][0-9.,'’\s]*k?)")
# The last number of each band; what is over them all is the last band.
_BANDS = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (1_000, "501-1000"))
_HIGH_BANDS = ((5_000, "1001-5000"), (10_000, "5001-10000"))
_LAST_BAND = "10001+"
_YES = frozenset({"true", "yes", "y", "1", "x", "t", "ja", "oui", "si", "sí", "sim", "✓", "on", "wahr", "vrai"})
_NO = frozenset({"false", "no", "n", "0", "f", "nein", "non", "não", "off", "falsch", "faux"})
_YEAR_MIN, _YEAR_MAX = 1000, 2100
_NUMBER_MAX = 2**53  # the largest whole number that every JSON reader keeps
# No number is as long as this; what is longer is not looked at, since that might take long.
_LENGTH_MAX = 100


def _plain_number(digits: str, scale: str) -> float:
    """
    Return the number in *digits*, whichever of point, comma, apostrophe and space parts its thousands.

    Before a word such as million, one group of three digits is decimals after that language's decimal sign.
    """
    decimal_sign = "" if not scale else "," if scale in _SCALES_AFTER_A_DECIMAL_COMMA else "."
    packed = re.sub(r"['’\s_]", "", digits).strip(".,")
    separators = re.findall(r"[.,]", packed)
    if len(set(separators)) == 2:
        decimal = separators[-1]
        packed = packed.replace("," if decimal == "." else ".", "").replace(decimal, ".")
        if packed.count(".") > 1:
            raise ValueError
    elif separators:
        head, *groups = re.split(r"[.,]", packed)
        is_decimal = len(groups) == 1 and separators[0] == decimal_sign
        if not is_decimal and all(len(group) == 3 for group in groups) and 1 <= len(head) <= 3 and head != "0":
            packed = head + "".join(groups)
        elif len(groups) == 1:
            packed = f"{head}.{groups[0]}"
        else:
            raise ValueError
    return float(packed)


def _spelt(value: str, wanted: str) -> str:
    """Return *value* as numbers are looked at: in lower case, with nothing around it."""
    spelt = value.strip().lower()
    if len(spelt) > _LENGTH_MAX:
        raise ValueError(wanted)
    return spelt


def _number(value: str, wanted: str) -> int:
    found = _COUNT.fullmatch(value)
    if found is None or found["scale"] not in _SCALES:
        raise ValueError(wanted)
    try:
        number = _plain_number(found["number"], found["scale"]) * _SCALES[found["scale"]]
    except ValueError:
        raise ValueError(wanted) from None
    if number > _NUMBER_MAX:
        raise ValueError(wanted)
    return round(number)


@lru_cache(maxsize=16_384)
def count(value: str) -> int:
    """Return a count: `2,100,000`, `2.100.000`, `1 556 000`, `10k`, `10000+` (its lower end)."""
    wanted = f"{value[:100]!r} is no count such as 2,100,000."
    return _number(_PEOPLE.sub("", _spelt(value, wanted)), wanted)


@lru_cache(maxsize=16_384)
def money(value: str) -> int:
    """Return an amount in whole units of its own currency: `$681,000,000,000`, `€ 1.2 bn`, `(5,000)` is negative."""
    wanted = f"{value[:100]!r} is no amount such as $1,200,000."
    amount = _CURRENCY.sub("", _spelt(value, wanted)).strip()
    negative = (amount.startswith("(") and amount.endswith(")")) or amount.startswith(("-", "−"))
    number = _number(amount.strip("()-− "), wanted)
    return -number if negative else number


def employee_range_of(employees: int) -> str:
    """Return the band that a number of *employees* lies in."""
    return next((band for most, band in (*_BANDS, *_HIGH_BANDS) if employees <= most), _LAST_BAND)


@lru_cache(maxsize=4_096)
def employee_range(value: str) -> str:
    """Return the canonical band of a band or a number: `1,001-5,000 employees` → `1001-5000`."""
    given = _PEOPLE.sub("", _spelt(value, f"{value[:100]!r} is no number or band of people such as 51-200."))
    found = _BOUNDS.fullmatch(given)
    if found is not None:
        return employee_range_of(count(found["high"].strip()))
    employees = count(given)
    return employee_range_of(employees + 1 if given.endswith("+") else employees)


@lru_cache(maxsize=4_096)
def year(value: str) -> int:
    """Return a year from 1000 to 2100; of a whole date, its year."""
    found = re.fullmatch(r"([0-9]{4})(?:\.0|-[0-9]{2}(?:-[0-9]{2}.*)?)?", value.strip())
    if found is None or not _YEAR_MIN <= int(found[1]) <= _YEAR_MAX:
        raise ValueError(f"{value[:100]!r} is no year such as 1998.")
    return int(found[1])


def boolean(value: str) -> bool:
    """Return yes or no: true/false, yes/no, y/n, 1/0, x, and the like in other languages."""
    word = value.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"{value[:100]!r} is neither yes nor no.")
