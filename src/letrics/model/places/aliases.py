"""The short lists that no data package has: everyday aliases, groups of countries, and names out of use."""

# Names and abbreviations in everyday use, by what they name.
COUNTRIES = {
    "AE": ("UAE", "Emirates"),
    "BA": ("Bosnia",),
    "CD": ("DR Congo", "DRC", "Congo Kinshasa"),
    "CG": ("Congo Brazzaville",),
    "CI": ("Ivory Coast",),
    "CN": ("PRC", "Mainland China"),
    "CZ": ("Czech Republic",),
    "GB": ("Great Britain", "Britain"),
    "HK": ("Hong Kong", "Hongkong"),
    "KP": ("North Korea",),
    "KR": ("South Korea", "Korea"),
    "MK": ("Macedonia",),
    "MM": ("Myanmar",),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "The Netherlands"),
    "PS": ("Palestine",),
    "RU": ("Russia",),
    "SY": ("Syria",),
    "TR": ("Turkey", "Turkiye"),
    "TW": ("Taiwan",),
    "US": ("USA", "US of A", "United States of America", "America", "The United States"),
    "VA": ("Vatican",),
    "VN": ("Vietnam",),
}

REGIONS = {
    "AU-NSW": ("NSW",),
    "CA-QC": ("Québec",),
    "CH-GR": ("Graubünden",),
    "DE-MV": ("Mecklenburg-Western Pomerania",),
    "DE-NW": ("NRW",),
    "ES-CT": ("Cataluña", "Catalunya"),
    "ES-MD": ("Community of Madrid",),
    "ES-PV": ("Euskadi",),
    "FR-IDF": ("Paris Region",),
    "SE-M": ("Scania",),
    "US-DC": ("Washington DC",),
}

_MIDDLE_EAST = "AE BH IL IQ IR JO KW LB OM PS QA SA SY TR YE"
_CENTRAL_AMERICA = "BZ CR GT HN MX NI PA SV"
_LATIN_CARIBBEAN = "BL CU DO GF GP HT MF MQ PR"

# Groups by their names; members are countries and, in lower case, whole continents.
GROUPS = {
    ("EMEA",): f"eu af {_MIDDLE_EAST}",
    ("DACH", "D-A-CH"): "DE AT CH",
    ("Nordics", "Nordic countries", "The Nordics"): "DK FI IS NO SE AX FO GL",
    ("Scandinavia",): "DK NO SE",
    ("Benelux",): "BE NL LU",
    ("Baltics", "Baltic states"): "EE LV LT",
    ("Iberia",): "ES PT AD GI",
    ("EU", "European Union"): "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    ("Middle East",): _MIDDLE_EAST,
    ("MENA",): f"{_MIDDLE_EAST.replace(' TR', '')} DZ EG LY MA TN",
    ("GCC",): "AE BH KW OM QA SA",
    ("LATAM", "Latin America"): f"{_CENTRAL_AMERICA} {_LATIN_CARIBBEAN} AR BO BR CL CO EC PE PY UY VE",
    ("Americas",): "na sa",
    ("APAC", "Asia Pacific"): ("oc BD BN BT CN HK ID IN JP KH KP KR LA LK MM MN MO MV MY NP PH PK SG TH TL TW VN"),
    ("ANZ",): "AU NZ",
    ("ASEAN",): "BN ID KH LA MM MY PH SG TH TL VN",
}

# Cities that were renamed: GeoNames lists these with the names in use, and does not tell them apart.
OUT_OF_USE = (
    "Alma-Ata", "Angora", "Batavia", "Bombay", "Breslau", "Byzantium", "Calcutta", "Christiania", "Constantinople",
    "Danzig", "Frunze", "Gorky", "Karl-Marx-Stadt", "Königsberg", "Konstantinopel", "Lemberg", "Leningrad",
    "Léopoldville", "Leopoldville", "Londinium", "Lourenço Marques", "Lugdunum", "Lutetia", "Madras", "Petrograd",
    "Pressburg", "Saigon", "Smyrna", "Stalingrad", "Stettin", "Sverdlovsk", "Titograd", "Tsaritsyn",
)  # fmt: skip
