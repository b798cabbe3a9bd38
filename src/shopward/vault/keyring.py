"""The keyring: finds the data key of a customer and retention class, and makes new ones.

Wrapped keys are stored by the caller beside the data; this module reads no database. It keeps
unwrapped keys in memory, a bounded number for a bounded time; the oldest leave first.

Bound contexts (parts as in `context`):

    data key   "shopward/dek/v1" | installation | subject | class | u32 key version
    field      "shopward/field/v1" | installation | subject | class | field |
               u32 key version | u32 schema version

- A key from memory is found by its place and the very bytes it was unwrapped from, which come
  from the row that was just read: an erased or re-keyed customer's old key is never used again.
- What is kept is 48 bytes a key, not a cipher object of 3 KiB: making one again takes a
  microsecond, and many more customers fit.
- Subject and installation have 16 bytes.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from shopward.vault.blind_index import BlindIndex
from shopward.vault.cipher import Dek
from shopward.vault.context import context, u32
from shopward.vault.custodian import Custodian

SCHEMA_VERSION: Final = 1
_ID_BYTES: Final = 16


class _FieldTails(dict[str, bytes]):
    """What the bound context of a field of one class and key version ends in, made once."""

    def __init__(self, cls: str, version: int) -> None:
        super().__init__()
        self._cls, self._version = cls.encode(), u32(version)

    def __missing__(self, field: str) -> bytes:
        tail = context(self._cls, field.encode(), self._version, u32(SCHEMA_VERSION))
        self[field] = tail
        return tail


FieldTails = Mapping[str, bytes]


class Keyring:
    """The data keys and index keys of one installation.

    Args:
        custodian: Whoever keeps the KEKs.
        installation: 16 bytes that name this installation; not secret.
        cache_size: How many data keys to keep in memory, about 300 bytes each.

    Raises:
        ValueError: The installation has another length; a mistake in the program.
    """

    def __init__(self, custodian: Custodian, installation: bytes, cache_size: int = 65_536) -> None:
        if len(installation) != _ID_BYTES:
            raise ValueError("an installation id has 16 bytes")
        self._custodian = custodian
        self._dek_head = context(b"shopward/dek/v1", installation) + u32(_ID_BYTES)
        self._dek_tails: dict[tuple[str, int], bytes] = {}
        self._name_tails: dict[tuple[str, int, int], bytes] = {}
        self._field_head = context(b"shopward/field/v1", installation) + u32(_ID_BYTES)
        self._field_tails: dict[tuple[str, int], _FieldTails] = {}
        self._indexes: dict[tuple[str, str, int], BlindIndex] = {}
        self._oldest_index = self._oldest_epoch = 0
        self._names: dict[tuple[str, str], BlindIndex] = {}
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()
        self._cache_size = cache_size
        self.refresh()

    def mint(self, subject: bytes, cls: str, version: int, now: datetime) -> tuple[Dek, int, bytes]:
        """A new data key.

        Args:
            subject: The customer's id, 16 bytes.
            cls: The retention class.
            version: 1 for the first key of this subject and class, one more for each later one.
            now: Decides the epoch.

        Returns:
            The key, the epoch, and the wrapped key to store; the last two are not secret.

        Raises:
            KeystoreError: The custodian cannot keep the epoch's KEK.
        """
        key = os.urandom(32)
        epoch = self._custodian.current_epoch(now)
        wrapped = self._custodian.wrap(epoch, key, self._dek_context(subject, cls, version))
        name = self._name(subject, cls, version, epoch, wrapped)
        return self._keep(name, Dek(key)), epoch, wrapped

    def dek(self, subject: bytes, cls: str, version: int, epoch: int, wrapped: bytes) -> Dek:
        """The data key that is wrapped in these bytes.

        Raises:
            UndecryptableError: The bytes belong to another row or are damaged, or the epoch's KEK
                is gone.
        """
        name = self._name(subject, cls, version, epoch, wrapped)
        held = self._cache.get(name)
        if held is not None:
            return Dek.restore(held)
        bound = self._dek_context(subject, cls, version)
        return self._keep(name, Dek(self._custodian.unwrap(epoch, wrapped, bound)))

    def rewrap(
        self, subject: bytes, cls: str, version: int, epoch: int, wrapped: bytes, now: datetime
    ) -> tuple[int, bytes]:
        """The same data key wrapped under the current epoch: (epoch, wrapped key).

        Raises:
            UndecryptableError: As for `dek`.
            KeystoreError: The custodian cannot keep the epoch's KEK.
        """
        key = self.dek(subject, cls, version, epoch, wrapped).remains[:32]
        current = self._custodian.current_epoch(now)
        return current, self._custodian.wrap(current, key, self._dek_context(subject, cls, version))

    def forget(self, subject: bytes, keys: Iterable[tuple[str, int, int, bytes]]) -> None:
        """Drops a customer's keys from memory, as an erasure demands.

        Args:
            subject: The customer's id, 16 bytes.
            keys: Class, version, epoch and wrapped key, as stored.
        """
        for key in keys:
            self._cache.pop(self._name(subject, *key), None)

    def clear(self) -> None:
        """Drops every key of every customer from memory."""
        self._cache.clear()

    def field_context(self, cls: str, field: str, subject: bytes, version: int) -> bytes:
        """The bound context of one field of one customer.

        Args:
            cls: The retention class.
            field: The field's name in the policy.
            subject: The customer's id, 16 bytes.
            version: The version of the data key.

        Raises:
            ValueError: The subject has another length; a mistake in the program.
        """
        head, tails = self.field_contexts(cls, subject, version)
        return head + tails[field]

    def field_contexts(self, cls: str, subject: bytes, version: int) -> tuple[bytes, FieldTails]:
        """The bound contexts of a class's fields: a head, and by field's name what follows it.

        Raises:
            ValueError: The subject has another length; a mistake in the program.
        """
        if len(subject) != _ID_BYTES:
            raise ValueError("a subject id has 16 bytes")
        tails = self._field_tails.get((cls, version))
        if tails is None:
            tails = self._field_tails[cls, version] = _FieldTails(cls, version)
        return self._field_head + subject, tails

    @property
    def custodian(self) -> Custodian:
        """Whoever keeps the KEKs; for those who rotate them."""
        return self._custodian

    def refresh(self) -> None:
        """Takes over which versions are read and written; what is refused leaves memory.

        `reads` is the version of the index keys to look up by, `writes` those to write under:
        more than one only while they are rotated.
        """
        state = self._custodian.state("index")
        self.reads = state.reads
        self.writes = tuple(range(state.min, state.current + 1))
        epochs = self._custodian.state("epoch").min
        if (state.min, epochs) != (self._oldest_index, self._oldest_epoch):
            self._oldest_index, self._oldest_epoch = state.min, epochs
            self._indexes.clear()
            self._cache.clear()

    def name(self, field: str, kind: str) -> BlindIndex:
        """The index of random names, such as tokens: under a key that is never rotated."""
        index = self._names.get((field, kind))
        if index is None:
            index = self._names[field, kind] = BlindIndex(self._custodian.name_key(field, kind))
        return index

    def index(self, field: str, kind: str, version: int | None = None) -> BlindIndex:
        """The blind index of a field.

        Args:
            field: Its name in the policy; names that begin with `@` are Shopward's own.
            kind: For example `unique`.
            version: The version of the index key; the one to look up by when it is left out.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        version = self.reads if version is None else version
        index = self._indexes.get((field, kind, version))
        if index is None:
            index = BlindIndex(self._custodian.index_key(field, kind, version))
            self._indexes[field, kind, version] = index
        return index

    def _keep(self, name: bytes, dek: Dek) -> Dek:
        if len(self._cache) >= self._cache_size:
            self._cache.popitem(last=False)
        self._cache[name] = dek.remains
        return dek

    def _name(self, subject: bytes, cls: str, version: int, epoch: int, wrapped: bytes) -> bytes:
        """Whose key it is, where, and the very bytes it was wrapped in."""
        tail = self._name_tails.get((cls, version, epoch))
        if tail is None:
            tail = context(cls.encode(), u32(version), u32(epoch))
            self._name_tails[cls, version, epoch] = tail
        return subject + tail + wrapped

    def _dek_context(self, subject: bytes, cls: str, version: int) -> bytes:
        tail = self._dek_tails.get((cls, version))
        if tail is None:
            tail = self._dek_tails[cls, version] = context(cls.encode(), u32(version))
        return self._dek_head + subject + tail
