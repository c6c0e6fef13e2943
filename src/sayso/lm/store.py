"""Every reply in one SQLite file, written when it arrives and before anybody reads it.

A reply is found by the key of its request (`conversation.key_of`), so that a second run asks only for what is missing. A request that failed
for good is kept with its reason, its text and the number of tries, and is asked again by the next run. What was spent is counted per
model, in the same transaction as the replies that it paid for.

The file is in SQLite's write-ahead mode: a killed process loses nothing that was written, and several processes may read and write
at a time. Where two of them ask the same thing, the first reply stays and both read that one. Not for network drives, whose
locks are not to be trusted.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sayso.errors import BackendError, DataError
from sayso.lm._protocol import Reply

__all__ = ["Failure", "ReplyStore", "Spent"]

VERSION = 1
BUSY_S = 60.0
RETRY_S = 0.01
MOST_KEYS = 500  # in one question; SQLite takes 999 and more
CHECKPOINT_PAGES = 4000  # 16 MB between two moments of tidying up
TABLES = """
CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, model TEXT NOT NULL, reply BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS failures (key BLOB PRIMARY KEY, model TEXT NOT NULL, reason TEXT NOT NULL,
  tries INTEGER NOT NULL, request BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS spent (model TEXT PRIMARY KEY, calls INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL);
"""
decode = msgspec.json.Decoder(Reply).decode
encode = msgspec.json.Encoder().encode


class Spent(NamedTuple):
    """Calls and tokens; tokens of a call that ended without a count are estimated."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def minus(self, other: "Spent") -> "Spent":
        """What is left of it."""
        return self.plus(Spent(-other.calls, -other.prompt_tokens, -other.completion_tokens))


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A request that got no reply: why, after how many tries, and what it was (pictures as hashes)."""

    key: bytes
    model: str
    reason: str
    tries: int
    request: bytes


class ReplyStore:
    """One connection to the file; each thread opens its own.

    Raises:
        DataError: the file is something else, or of another version.
        BackendError: the file cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> "ReplyStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of the keys have a reply."""
        return {row[0] for row in self._rows("SELECT key FROM replies WHERE key IN ({})", keys)}

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        """The replies that are there."""
        return {row[0]: decode(row[1]) for row in self._rows("SELECT key, reply FROM replies WHERE key IN ({})", keys)}

    def write(
        self, *, model: str, replies: Iterable[tuple[bytes, Reply]] = (), failures: Iterable[Failure] = (), spent: Spent
    ) -> None:
        """All of it, or nothing, is on file when this returns."""
        rows = [(key, model, encode(reply)) for key, reply in replies]
        failed = [(one.key, one.model, one.reason, one.tries, one.request) for one in failures]
        with self._explained(), self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", rows)
            self._db.executemany("DELETE FROM failures WHERE key = ?", ([row[0]] for row in rows))
            self._db.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)", failed)
            self._db.execute(
                "INSERT INTO spent VALUES (?, ?, ?, ?) ON CONFLICT (model) DO UPDATE SET calls = calls + excluded.calls, "
                "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
                "completion_tokens = completion_tokens + excluded.completion_tokens",
                (model, *spent),
            )

    def spent(self, model: str) -> Spent:
        """What this model cost so far, over all runs on this file."""
        found = self._ask("SELECT calls, prompt_tokens, completion_tokens FROM spent WHERE model = ?", [model])
        return Spent(*found[0]) if found else Spent()

    def failures(self) -> Iterator[Failure]:
        """The dead letters, in the order of their keys."""
        for row in self._ask("SELECT key, model, reason, tries, request FROM failures ORDER BY key"):
            yield Failure(key=row[0], model=row[1], reason=row[2], tries=row[3], request=row[4])

    def counts(self) -> dict[str, int]:
        """How many replies and failures are on file."""
        return {name: self._ask(f"SELECT count(*) FROM {name}")[0][0] for name in ("replies", "failures")}

    def _prepare(self) -> None:
        # In this order: another process may make both between the two questions.
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION and (version or tables):
            raise DataError(
                f"{self.path} is no store of replies of version {VERSION} (but {version}); choose another file"
            )
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        if not version:
            with self._transaction():
                for statement in filter(str.strip, TABLES.split(";")):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _write_ahead(self) -> None:
        """SQLite does not wait by itself where two connections change the mode at once: one of them is told that the file is locked."""
        until = time.monotonic() + BUSY_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(RETRY_S)

    def _rows(self, question: str, keys: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(keys), MOST_KEYS):
            some = keys[start : start + MOST_KEYS]
            yield from self._ask(question.format(",".join("?" * len(some))), some)

    def _ask(self, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._explained(), closing(self._db.execute(question, values)) as cursor:
            return cursor.fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise BackendError(
                f"cannot use the store of replies {self.path} ({error}); free some space, end other runs on it, and run again"
            ) from error
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"{self.path} is no store of replies ({error}); choose another file, or delete it"
            ) from error
