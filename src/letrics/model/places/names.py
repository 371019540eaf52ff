"""Place names as they are compared, and the short list of aliases that no data package has."""

from functools import lru_cache
from unicodedata import combining, normalize

from letrics.model.folding import fold

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "’": " ", "'": " ", "‘": " "}
    | {"-": " ", "–": " ", ".": " ", "/": " ", "(": " ", ")": " ", "[": " ", "]": " "}
)


@lru_cache(maxsize=131_072)
def place_key(name: str) -> str:
    """Return *name* as places are compared: folded, accents and hyphens dropped; `São-Paulo` is `sao paulo`."""
    key = fold(name)
    if not key.isascii():
        key = "".join(c for c in normalize("NFKD", key) if not combining(c))
    return " ".join(key.translate(_LETTERS).split())


COUNTRY_ALIASES = {
    "uk": "GB",
    "u k": "GB",
    "great britain": "GB",
    "britain": "GB",
    "usa": "US",
    "u s a": "US",
    "u s": "US",
    "united states of america": "US",
    "america": "US",
    "uae": "AE",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "czechia": "CZ",
    "south korea": "KR",
    "korea": "KR",
    "north korea": "KP",
    "russia": "RU",
    "ivory coast": "CI",
    "hong kong": "HK",
    "macau": "MO",
    "taiwan": "TW",
    "vatican": "VA",
    "turkey": "TR",
    "kosovo": "XK",
    "brd": "DE",
}

# English names of regions that ISO 3166-2 lists by their local names.
REGION_ALIASES = {
    "bavaria": "DE-BY",
    "hesse": "DE-HE",
    "lower saxony": "DE-NI",
    "north rhine westphalia": "DE-NW",
    "nrw": "DE-NW",
    "rhineland palatinate": "DE-RP",
    "saxony": "DE-SN",
    "saxony anhalt": "DE-ST",
    "thuringia": "DE-TH",
    "mecklenburg western pomerania": "DE-MV",
    "vienna": "AT-9",
    "lower austria": "AT-3",
    "upper austria": "AT-4",
    "styria": "AT-6",
    "carinthia": "AT-2",
    "tyrol": "AT-7",
    "zurich": "CH-ZH",
    "geneva": "CH-GE",
    "lucerne": "CH-LU",
    "vaud": "CH-VD",
    "ticino": "CH-TI",
    "lombardy": "IT-25",
    "tuscany": "IT-52",
    "piedmont": "IT-21",
    "sicily": "IT-82",
    "sardinia": "IT-88",
    "apulia": "IT-75",
    "lazio": "IT-62",
    "catalonia": "ES-CT",
    "cataluna": "ES-CT",
    "andalusia": "ES-AN",
    "basque country": "ES-PV",
    "balearic islands": "ES-IB",
    "canary islands": "ES-CN",
    "community of madrid": "ES-MD",
    "brittany": "FR-BRE",
    "normandy": "FR-NOR",
    "corsica": "FR-20R",
    "flanders": "BE-VLG",
    "wallonia": "BE-WAL",
    "brussels": "BE-BRU",
    "north holland": "NL-NH",
    "south holland": "NL-ZH",
    "north brabant": "NL-NB",
    "friesland": "NL-FR",
    "washington dc": "US-DC",
    "washington d c": "US-DC",
    "state of sao paulo": "BR-SP",
    "quebec": "CA-QC",
    "scania": "SE-M",
    "masovia": "PL-14",
}

CONTINENTS = {"AF": "002", "AS": "142", "EU": "150", "NA": "003", "OC": "009", "SA": "005", "AN": "AQ"}
