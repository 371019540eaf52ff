"""Web addresses: sites, and LinkedIn profiles and pages."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

_LINKEDIN = re.compile(
    r"^(?:https?://)?(?:[a-z]{1,3}\.)?linkedin\.com/"
    r"(?:mwlite/)?(?P<kind>in|pub|company|school|showcase|company-beta)/(?P<slug>[^/?#\s]+)(?P<rest>[^?#\s]*)",
    re.IGNORECASE,
)
# The canonical form itself, which is what many sources have.
_CANONICAL = re.compile(r"https://www\.linkedin\.com/(?:in|company|school|showcase)/[a-z0-9_-]+")
# Tells it by a look.
is_plain_linkedin = _CANONICAL.fullmatch
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
# An address that is written just so already, which is what nearly every source has.
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~-]+)*")
_PEOPLE = ("in", "pub")


@lru_cache(maxsize=16_384)
def website_url(value: str) -> str:
    """Return a web address with its scheme (https where none is given) and its host in lower case."""
    if _PLAIN.fullmatch(value):
        return value
    wanted = f"{value[:100]!r} is no web address such as https://acme.com"
    address = value.strip()
    if not _SCHEME.match(address):
        if "://" in address or address.startswith("mailto:"):
            raise ValueError(f"{wanted}.")
        address = "https://" + address.lstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        raise ValueError(f"{wanted}.") from None
    if not host or "." not in host.strip(".") or any(c.isspace() for c in address):
        raise ValueError(f"{wanted}.")
    path = "" if parts.path == "/" and not parts.query and not parts.fragment else parts.path
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), path=path).geturl()


def linkedin_url(value: str) -> str:
    """
    Return the canonical address of a LinkedIn profile or page, without tracking, language or scheme variants.

    `de.linkedin.com/in/Jane-Doe/?trk=x` → `https://www.linkedin.com/in/jane-doe`.
    """
    if _CANONICAL.fullmatch(value):
        return value
    found = _LINKEDIN.match(value.strip())
    if found is None:
        raise ValueError(f"{value[:100]!r} is no LinkedIn address such as linkedin.com/in/name or /company/name.")
    kind = found["kind"].lower()
    slug = quote(unquote(found["slug"]).lower(), safe="-_.~")
    if kind == "pub":
        return f"https://www.linkedin.com/pub/{slug}{found['rest'].lower().rstrip('/')}"
    return f"https://www.linkedin.com/{'company' if kind == 'company-beta' else kind}/{slug}"


def linkedin_is_person(url: str) -> bool:
    """Return whether a canonical LinkedIn *url* is a person's profile, not an organisation's page."""
    return url.split("/")[3] in _PEOPLE
