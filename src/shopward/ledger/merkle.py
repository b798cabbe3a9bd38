"""The Merkle tree of RFC 9162: hashes, proofs and their verification, over numbers and bytes.

`leaf = SHA-256(0x00 | data)`, `node = SHA-256(0x01 | left | right)`; a tree of n leaves splits at
the largest power of two below n. A *node reader* answers `node(height, index)`: the hash of the
complete subtree of 2^height leaves that starts at leaf `index * 2^height`.

This module stores nothing and knows neither tiles nor signatures.

* A proof verifies only with exactly the hashes the tree's shape asks for, each of 32 bytes.
* Nothing is provable about an empty tree: a size of 0 is refused, not waved through.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence

from shopward.errors import ProofError

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """The 32-byte hash of a leaf. Source: RFC 9162 §2.1.1."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of two subtrees. Source: RFC 9162 §2.1.1."""
    return _sha256(b"\x01" + left + right).digest()


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The root over a tree's complete subtrees, given from the largest to the smallest."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


def frontier_of(hashes: Sequence[bytes]) -> list[bytes]:
    """The complete subtrees over consecutive hashes of equal height, largest first."""
    frontier: list[bytes] = []
    for count, leaf in enumerate(hashes):
        carry, right = count, leaf
        while carry & 1:
            right = node_hash(frontier.pop(), right)
            carry >>= 1
        frontier.append(right)
    return frontier


def range_hash(start: int, end: int, node: NodeReader) -> bytes:
    """The hash of leaves `start` to `end`, where a subtree of that width may begin at `start`."""
    parts: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(node(height, start >> height))
        start += 1 << height
    return root_of(parts)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root at `size`, from the leaf upwards.

    Raises:
        ProofError: The index is not in the tree.

    Source: RFC 9162 §2.1.3.1.
    """
    if not 0 <= index < size:
        raise ProofError("the index is not in the tree")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(range_hash(middle, high, node))
            high = middle
        else:
            path.append(range_hash(low, middle, node))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """The hashes that show that the tree at `new` begins with the tree at `old`.

    Raises:
        ProofError: `old` is 0 or larger than `new`.

    Source: RFC 9162 §2.1.4.1.
    """
    if not 0 < old <= new:
        raise ProofError("consistency goes from a size above 0 to one not smaller")
    path: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(range_hash(middle, high, node))
            high = middle
        else:
            path.append(range_hash(low, middle, node))
            low = middle
    if low:
        path.append(range_hash(low, high, node))
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Show that the leaf with this hash is number `index` of the tree with this root.

    Args:
        index: From 0.
        size: Number of leaves, below 2^63.
        leaf: The 32-byte leaf hash.
        proof: 32-byte hashes, untrusted.
        root: The 32-byte root a trusted checkpoint names.

    Raises:
        ProofError: It does not show that.

    Source: RFC 9162 §2.1.3.2.
    """
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("the index is not in the tree")
    here, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if here & 1 or here == last:
            result = node_hash(sibling, result)
            shift = _low_zeros(here)
            here, last = here >> shift, last >> shift
        else:
            result = node_hash(result, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    if not hmac.compare_digest(result, root):
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Show that the tree of `new` leaves begins with the tree of `old` leaves.

    Raises:
        ProofError: It does not show that, a hash is not 32 bytes, or a size is 0.

    Source: RFC 9162 §2.1.4.2.
    """
    _check_hashes(old_root, new_root, *proof)
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("consistency goes from a size above 0 to one not smaller")
    if old == new:
        if proof or not hmac.compare_digest(old_root, new_root):
            raise ProofError("two trees of one size have one root and need no proof")
        return
    if not proof:
        raise ProofError("the consistency proof is empty")
    _fold_consistency(old, new, old_root, new_root, proof)


def _fold_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """The loop of RFC 9162 §2.1.4.2, steps 2 to 7, for 0 < old < new."""
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    shift = _low_zeros(old)
    here, last = (old - 1) >> shift, (new - 1) >> shift
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if here & 1 or here == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            shift = _low_zeros(here)
            here, last = here >> shift, last >> shift
        else:
            after = node_hash(after, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    if not hmac.compare_digest(before, old_root) or not hmac.compare_digest(after, new_root):
        raise ProofError("the consistency proof leads to other roots")


def _check_hashes(*hashes: bytes) -> None:
    """Refuse a hash that is not 32 bytes, whatever it would lead to."""
    if any(len(item) != HASH_BYTES for item in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")


def _split(count: int) -> int:
    """The largest power of two below `count`, for `count` > 1."""
    return 1 << ((count - 1).bit_length() - 1)


def _low_zeros(number: int) -> int:
    """How many low bits of `number` are zero; 0 for the number 0."""
    return (number & -number).bit_length() - 1 if number else 0
