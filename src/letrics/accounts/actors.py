"""Who changes something, as the audit log tells it."""

import msgspec


class Actor(msgspec.Struct, frozen=True):
    """Who acts and from where: a user or token by *id* (empty for the command line) and name."""

    id: str
    name: str
    address: str
    request_id: str = ""


# Whoever may run commands on the data folder.
CONSOLE = Actor("", "command line", "console")
