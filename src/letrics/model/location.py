"""Where a company or a person is."""

import msgspec


class Location(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A place as a record has it; of its many parts JSON has those that are known.

    `country_code` is ISO 3166-1 alpha-2, `region_code` ISO 3166-2 with its country (`US-CA`), `continent`
    one of EU, NA, SA, AS, AF, OC, AN.  `country` and `region` are English or local names once recognised; `city` keeps
    the source's spelling; `raw` is the text that was read, where the source gave one text for all.
    """

    raw: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    region_code: str | None = None
    country: str | None = None
    country_code: str | None = None
    continent: str | None = None
    latitude: float | None = None
    longitude: float | None = None
