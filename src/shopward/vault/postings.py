"""The digests under which a customer's row stands in the indexes beside unique values.

    exact     the form
    compound  context(form, …) of the fields' forms, the fields in ascending order
    prefix    its beginnings of 2 to 12 characters
    infix     every 3 characters of it that stand together

Each is the first 16 bytes of HMAC-SHA-256 under the key of the index. Sixteen bytes are kept to
save room, not to hide: who is found is opened and compared, so that a digest that two values share
costs a comparison and no wrong answer. What an index shows by the *number* of equal digests no
length of theirs takes away.

- A value has at most 198 digests in one index.
- A customer is under every version of the index keys that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from shopward.policy import Index, Way
from shopward.policy.indexes import MOST_CHARS
from shopward.store import PostingRow
from shopward.vault import forms
from shopward.vault.context import context
from shopward.vault.service import Vault

DIGEST_BYTES: Final = 16
LEAST: Final[Mapping[Way, int]] = {Way.EXACT: 1, Way.COMPOUND: 1, Way.PREFIX: 2, Way.INFIX: 3}
"""Characters that a search needs at least."""
LONGEST_PREFIX: Final = 12
GRAM: Final = 3

Values = Callable[[str], str | None]


def rows_of(
    vault: Vault,
    subject: bytes,
    values: Values,
    indexes: Iterable[Index],
    versions: Sequence[int] | None = None,
) -> Iterator[PostingRow]:
    """Every row of a customer (16 bytes) in these indexes.

    Args:
        vault: Whose keys.
        subject: The customer.
        values: Gives a field's value, None when there is none.
        indexes: Those wanted.
        versions: Versions of the index keys; all that are written when left out.
    """
    for index in indexes:
        whole = whole_forms(vault, index, values)
        if whole is None:
            continue
        messages = messages_of(index, whole)
        for version in versions or vault.keyring.writes:
            for digest in digests(vault, index, messages, version):
                yield PostingRow(digest, subject, index.id, version)


def whole_forms(vault: Vault, index: Index, values: Values) -> tuple[str, ...] | None:
    """The forms of an index's fields, None when one of them has none."""
    found = []
    for name, kind in zip(index.fields, index.types, strict=True):
        value = values(name)
        if value is None or len(value) > MOST_CHARS:
            return None
        form = forms.whole(kind, value, region=vault.region, folds=index.folds)
        if form is None:
            return None
        found.append(form)
    return tuple(found)


def messages_of(index: Index, whole: Sequence[str]) -> set[bytes]:
    """What is digested for a customer whose fields have these forms."""
    if index.way is Way.COMPOUND:
        return {joined(whole)}
    form = whole[0]
    if index.way is Way.EXACT:
        return {form.encode()}
    if index.way is Way.PREFIX:
        longest = min(len(form), LONGEST_PREFIX)
        return {form[:end].encode() for end in range(LEAST[Way.PREFIX], longest + 1)}
    return grams(form)


def grams(form: str) -> set[bytes]:
    """Every three characters that stand together."""
    return {form[at : at + GRAM].encode() for at in range(min(len(form), MOST_CHARS) - GRAM + 1)}


def joined(whole: Sequence[str]) -> bytes:
    """Several forms as one message that no others make."""
    return context(*(form.encode() for form in whole))


def digests(vault: Vault, index: Index, messages: Iterable[bytes], version: int) -> set[bytes]:
    """16 bytes for each message, under one version of the index's key.

    Raises:
        UndecryptableError: The version is gone or refused.
    """
    keyed = vault.keyring.index(index.over, index.kind, version)
    return {keyed.digest(message)[:DIGEST_BYTES] for message in messages}
