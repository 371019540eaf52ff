"""
Who is calling: from the Authorization header to a caller, or a refusal.

`/v1` takes Bearer tokens and nothing else: no token in the query string, no cookie.
"""

from starlette.types import Scope

from letrics.accounts.token_cache import TokenCache
from letrics.accounts.tokens import Caller
from letrics.errors import Forbidden, Unauthorized
from letrics.web.wire import header_values

_HOW = "Send a token in the header `Authorization: Bearer YOUR_API_KEY`."


def bearer_secret(scope: Scope) -> str:
    """Return the token that a request carries; raises Unauthorized where it carries none, or not just one."""
    given = header_values(scope, b"authorization")
    if not given:
        raise Unauthorized(f"This request carries no token. {_HOW}", presented=False)
    if len(given) > 1:
        raise Unauthorized(f"This request has {len(given)} Authorization headers; it takes one.", presented=True)
    scheme, _, secret = given[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized(f"The Authorization header is of another scheme. {_HOW}", presented=True)
    return secret.strip()


async def caller_of(scope: Scope, tokens: TokenCache) -> Caller:
    """Return who sends a request; raises Unauthorized."""
    caller = await tokens.caller(bearer_secret(scope))
    if caller is None:
        raise Unauthorized("The token is not valid: it is mistyped, unknown, expired or revoked.", presented=True)
    return caller


def check_scope(caller: Caller, scope: str) -> None:
    """Raise Forbidden where the caller's token lacks *scope*."""
    if scope not in caller.scopes:
        raise Forbidden(f"The token lacks the scope {scope}. Make one that has it.", scope=scope)
