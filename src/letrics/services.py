"""Config becomes objects: here, and nowhere else."""

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from letrics import prepared
from letrics.config import Settings

# What a part is made of is imported with it: a command pays only for what it uses.
if TYPE_CHECKING:
    from letrics.accounts.audit import Audit
    from letrics.accounts.database import Database
    from letrics.accounts.sessions import Sessions
    from letrics.accounts.sign_in import SignIn
    from letrics.accounts.suppressions import Suppressions
    from letrics.accounts.token_cache import TokenCache
    from letrics.accounts.tokens import Tokens
    from letrics.accounts.usage import Usage
    from letrics.accounts.users import Users
    from letrics.backend import Backend
    from letrics.index.embedded import EmbeddedIndex


class Services:
    """
    What a process of Letrics works with, opened once from its settings.

    Parts are opened when they are first asked for, so that a command pays only for what it uses.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._index: EmbeddedIndex | None = None
        self._accounts: Database | None = None
        prepared.keep_in(settings.data / "prepared")

    @property
    def backend(self) -> "Backend":
        """The search backend."""
        return self.index

    @property
    def index(self) -> "EmbeddedIndex":
        """The embedded index, for what concerns its files: generations, merges, checks and backups."""
        if self._index is None:
            from letrics.index.embedded import EmbeddedIndex

            self._index = EmbeddedIndex(
                self.settings.index_dir,
                reload_interval_s=self.settings.reload_interval_s,
                generations_kept=self.settings.generations_kept,
                merged_documents_max=self.settings.merged_documents_max,
            )
        return self._index

    @property
    def accounts(self) -> "Database":
        """The accounts database, migrated."""
        if self._accounts is None:
            from letrics.accounts.database import open_database, sqlite_url

            self._accounts = open_database(self.settings.accounts_url or sqlite_url(self.settings.data))
        return self._accounts

    def tokens(self) -> "Tokens":
        """Return the API tokens of this installation."""
        from letrics.accounts.tokens import Tokens

        return Tokens(self.accounts, now)

    def token_cache(self) -> "TokenCache":
        """Return the cache through which a server's worker checks tokens."""
        from letrics.accounts.token_cache import TokenCache

        return TokenCache(self.tokens(), now, lifetime_s=self.settings.token_cache_s)

    def users(self) -> "Users":
        """Return the users of this installation."""
        from letrics.accounts.users import Users

        return Users(self.accounts, now)

    def sessions(self) -> "Sessions":
        """Return the sessions of this installation."""
        from letrics.accounts.sessions import Sessions

        return Sessions(
            self.accounts,
            now,
            idle=timedelta(seconds=self.settings.session_idle_s),
            lifetime=timedelta(seconds=self.settings.session_lifetime_s),
        )

    def sign_in(self) -> "SignIn":
        """Return the ways in."""
        from letrics.accounts.sign_in import SignIn

        return SignIn(self.accounts, self.sessions(), now)

    def usage(self) -> "Usage":
        """Return the usage of tokens, as one worker counts it."""
        from letrics.accounts.usage import Usage

        return Usage(self.accounts, now)

    def audit(self) -> "Audit":
        """Return the audit log."""
        from letrics.accounts.audit import Audit

        return Audit(self.accounts, now)

    def suppressions(self) -> "Suppressions":
        """Return who must never come back."""
        from letrics.accounts.suppressions import Suppressions

        return Suppressions(self.accounts, self.settings.data, now)

    def close(self) -> None:
        """Give back all that was opened."""
        if self._index is not None:
            self._index.close()
        if self._accounts is not None:
            self._accounts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


def moment() -> str:
    """Return the time as records have it."""
    from letrics.model.values import timestamp, timestamp_text

    return timestamp_text(timestamp(now().isoformat()))
