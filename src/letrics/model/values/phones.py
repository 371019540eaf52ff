"""Phone numbers."""

import re
from functools import lru_cache

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@lru_cache(maxsize=65_536)
def phone(value: str, country_code: str | None = None) -> str:
    """
    Return E.164 where *value* can be parsed, in the country *country_code* if it names none; else as given.

    An extension is kept behind the number as `;ext=`.
    """
    given = " ".join(value.split())
    if not any(character.isdigit() for character in given):
        raise ValueError(f"{value[:100]!r} holds no phone number.")
    import phonenumbers  # many files have no numbers

    # 00 is what most countries dial before a country's code; where the country is known, the parser knows its own.
    dialled = f"+{given[2:]}" if country_code is None and given.startswith("00") else given
    try:
        number = phonenumbers.parse(dialled, country_code)
    except phonenumbers.NumberParseException:
        return given
    if not phonenumbers.is_possible_number(number):
        return given
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not _E164.fullmatch(formatted):
        return given
    return f"{formatted};ext={number.extension}" if number.extension else formatted
