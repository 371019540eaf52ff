"""
The secret of an API token: `letr_`, 30 base62 characters from the system's generator, 6 of checksum.

The checksum lets a scanner, and the server, tell a mistyped token without looking it up.
"""

import re
import secrets
import string
from hashlib import sha256
from zlib import crc32

START = "letr_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS = 30
_CHECKSUM_CHARACTERS = 6
_SHAPE = re.compile(rf"{START}[0-9A-Za-z]{{{_RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS}}}", re.ASCII)


def mint_secret() -> str:
    """Return a new secret: 178 bits of chance."""
    body = START + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return body + _checksum(body)


def is_well_formed(secret: str) -> bool:
    """Return whether *secret* has the shape and the checksum of one that was minted."""
    if _SHAPE.fullmatch(secret) is None:
        return False
    return _checksum(secret[:-_CHECKSUM_CHARACTERS]) == secret[-_CHECKSUM_CHARACTERS:]


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256; with so much chance in it, no slow hash is needed."""
    return sha256(secret.encode()).digest()


def _checksum(body: str) -> str:
    number, digits = crc32(body.encode()), ""
    for _ in range(_CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
