"""The countries of the made-up companies: how many, their legal forms and domains, and whose names people bear."""

import msgspec


class Country(msgspec.Struct, frozen=True):
    """*share* is relative; *locale* names Faker's lists of names; *phone* begins numbers that are reserved for fiction."""

    code: str
    share: float
    locale: str
    suffixes: tuple[str, ...]
    legal_forms: tuple[str, ...]
    phone: str | None = None


# Phone numbers: the blocks that the regulators of these countries keep free for film and print.
COUNTRIES = (
    Country("US", 30, "en_US", ("com", "com", "io", "co"), ("Inc.", "LLC", "Corp."), "+1{area}55501"),
    Country("DE", 16, "de_DE", ("de", "de", "com"), ("GmbH", "GmbH", "AG", "GmbH & Co. KG")),
    Country("GB", 12, "en_GB", ("co.uk", "co.uk", "com"), ("Ltd", "Limited", "PLC"), "+4420794600"),
    Country("FR", 8, "fr_FR", ("fr", "com"), ("SAS", "SARL", "SA")),
    Country("NL", 5, "nl_NL", ("nl", "com"), ("B.V.", "N.V.")),
    Country("ES", 4, "es_ES", ("es", "com"), ("S.L.", "S.A.")),
    Country("IT", 4, "it_IT", ("it", "com"), ("S.r.l.", "S.p.A.")),
    Country("CA", 4, "en_US", ("ca", "com"), ("Inc.", "Ltd."), "+1{area}55501"),
    Country("CH", 3, "de_DE", ("ch", "com"), ("AG", "GmbH")),
    Country("AT", 2.5, "de_AT", ("at", "com"), ("GmbH", "AG")),
    Country("SE", 2.5, "sv_SE", ("se", "com"), ("AB",)),
    Country("PL", 2, "pl_PL", ("pl", "com"), ("Sp. z o.o.", "S.A.")),
    Country("AU", 2, "en_GB", ("com.au", "com"), ("Pty Ltd", "Ltd"), "+61270101"),
    Country("IN", 2, "en_IN", ("in", "co.in", "com"), ("Pvt. Ltd.", "Ltd.")),
    Country("DK", 1.5, "da_DK", ("dk", "com"), ("ApS", "A/S")),
    Country("BR", 1.5, "pt_BR", ("com.br", "com"), ("Ltda.", "S.A.")),
)
AREA_CODES = ("212", "312", "415", "512", "617", "206", "303", "404", "416", "604")
