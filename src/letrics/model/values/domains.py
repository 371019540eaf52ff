"""Domains: the registrable domain by the public suffix list, and the top-level domains over it."""

import re
from functools import cache, lru_cache
from pathlib import Path

import idna
from publicsuffixlist import PSLFILE, PublicSuffixList, encode_idn

from letrics.model.folding import fold_once
from letrics.model.values.mailboxes import MAILBOXES
from letrics.prepared import prepared

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# One label, and one or two that may be a public suffix.
_UNDER_SUFFIX = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\.((?:[a-z0-9]{1,63}\.)?[a-z]{2,63})")
_ICANN_ENDS = "// ===END ICANN DOMAINS==="
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://|^//", re.IGNORECASE)

# Where anybody may have a page.
_PAGES = frozenset(
    "linkedin.com facebook.com fb.com instagram.com twitter.com x.com youtube.com youtu.be tiktok.com pinterest.com"
    " xing.com vimeo.com medium.com github.com gitlab.com crunchbase.com angel.co wellfound.com yelp.com glassdoor.com"
    " linktr.ee linkin.bio beacons.ai bio.link carrd.co about.me t.me wa.me whatsapp.com telegram.me discord.gg"
    " reddit.com threads.net vk.com weibo.com bit.ly goo.gl tinyurl.com google.com goo.gle".split()
)


def _made_suffixes() -> bytes:
    """Return the public suffix list in punycode, as canonical domains are, without its remarks."""
    rules = []
    for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines():
        rule = line.partition(" ")[0].lower()
        if line.startswith("// ==="):
            rules.append(line)
        elif rule and not rule.startswith("//"):
            rules.append(rule[: rule.startswith("!")] + encode_idn(rule.removeprefix("!")))
    return "\n".join(rules).encode()


def _suffix_list() -> memoryview:
    return prepared("suffixes", _made_suffixes, packages=("publicsuffixlist",), code=(Path(__file__),))


@cache
def _suffixes(*, only_icann: bool = False) -> PublicSuffixList:
    return PublicSuffixList(
        str(_suffix_list(), "ascii"), only_icann=only_icann, accept_unknown=only_icann, accept_encoded_idn=False
    )


@cache
def _rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """
    Return the suffixes under which just one more label is registered, and all names with rules.

    Behind the suffixes of the whole list come those of its ICANN section.
    """
    lines = str(_suffix_list(), "ascii").split("\n")
    rules = set(lines)
    icann = lines[: lines.index(_ICANN_ENDS)]
    suffixes, of_icann = (frozenset(rule for rule in each if f"*.{rule}" not in rules) for each in (rules, icann))
    return suffixes, of_icann, frozenset(rule.removeprefix("!").removeprefix("*.") for rule in rules)


def _suffix_over(host: str, *, only_icann: bool) -> str | None:
    """Return the public suffix over *host*, where that is one label more, and a look at the list tells it."""
    plain = _UNDER_SUFFIX.fullmatch(host)
    suffixes, of_icann, named = _rules()
    if plain is None or host in named:
        return None
    return plain[1] if plain[1] in (of_icann if only_icann else suffixes) else None


@lru_cache(maxsize=65_536)
def domain(value: str) -> str:
    """
    Return the registrable domain in *value*: a domain, host name, URL, or address behind an `@`.

    By the full public suffix list, its private section included (`shop.myshopify.com` stays whole);
    lower case, punycode.
    """
    if _suffix_over(value, only_icann=False) is not None:
        return value
    wanted = f"{value[:100]!r} holds no domain such as acme.com"
    host = _SCHEME.sub("", value.strip())
    host = re.split(r"[/?#\s]", host, maxsplit=1)[0].rpartition("@")[2]
    host = _ascii(re.sub(r":[0-9]*$", "", host).rstrip("."), wanted)
    labels = host.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError(f"{wanted}.")
    registrable = _suffixes().privatesuffix(host)
    if registrable is None and _suffixes().publicsuffix(host) is None:
        raise ValueError(f"{value[:100]!r} ends in .{labels[-1]}, which is no top-level domain.")
    if registrable is None:
        raise ValueError(f"{value[:100]!r} is a public suffix, under which others register domains.")
    return str(registrable)


def _ascii(host: str, wanted: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise ValueError(f"{wanted}.") from None


@lru_cache(maxsize=65_536)
def public_suffix(domain: str) -> str:
    """Return the public suffix of a canonical *domain* by the ICANN section: `co.uk` for firm.co.uk."""
    suffix = _suffix_over(domain, only_icann=True)
    return suffix if suffix is not None else str(_suffixes(only_icann=True).publicsuffix(domain))


def tld(domain: str) -> str:
    """Return the last label of a canonical *domain*: `uk` for firm.co.uk."""
    return domain.rpartition(".")[2]


def tld_terms(domain: str) -> tuple[str, ...]:
    """Return what the filter `tlds` finds *domain* by: its public suffix and all that lie over it."""
    return _with_those_over(public_suffix(domain))


@lru_cache(maxsize=4_096)
def _with_those_over(suffix: str) -> tuple[str, ...]:
    labels = suffix.split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels)))


@lru_cache(maxsize=4_096)
def canonical_tld(value: str) -> str:
    """
    Return a top-level domain or public suffix as records have it: `.De` → `de`, `рф` → `xn--p1ai`.

    What can be no domain is folded only: it occurs nowhere, and the search says so.
    """
    name = fold_once(value).removeprefix(".")
    name = name.rstrip(".") or name
    try:
        return _ascii(name, "")
    except ValueError:
        return name or "."


def is_private_mailbox(domain: str) -> bool:
    """Return whether anybody may have a mailbox at *domain*."""
    return domain in MAILBOXES


def is_shared_host(domain: str) -> bool:
    """Return whether *domain* is that of a mailbox, social-network or link-page host: never a company's key."""
    return domain in MAILBOXES or domain in _PAGES
