from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.errors import ProofError
from shopward.ledger import merkle
from tests.ledger import naive

DATA = [f"leaf {n}".encode() for n in range(70)]
BITS = st.integers(0, 255)
ROOTS = [naive.tree(DATA[:size]) for size in range(len(DATA) + 1)]


def node(height: int, index: int) -> bytes:
    return naive.tree(DATA[index << height : (index + 1) << height])


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root_of([]) == naive.tree([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, len(DATA) + 1))
def test_root_is_the_recursive_one(size: int) -> None:
    hashes = [merkle.leaf_hash(item) for item in DATA[:size]]
    assert merkle.root_of(merkle.frontier_of(hashes)) == ROOTS[size]


@pytest.mark.parametrize("size", range(1, len(DATA) + 1))
def test_every_inclusion_proof_is_the_recursive_one_and_verifies(size: int) -> None:
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        assert proof == naive.path(index, DATA[:size])
        merkle.verify_inclusion(index, size, merkle.leaf_hash(DATA[index]), proof, ROOTS[size])


@pytest.mark.parametrize("new", range(1, len(DATA) + 1))
def test_every_consistency_proof_is_the_recursive_one_and_verifies(new: int) -> None:
    for old in range(1, new + 1):
        proof = merkle.consistency_proof(old, new, node)
        assert proof == naive.proof(old, DATA[:new])
        merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@st.composite
def wrong_inclusions(draw: st.DrawFn) -> tuple[int, int, bytes, list[bytes], bytes]:
    """A true inclusion proof with one thing changed."""
    size = draw(st.integers(1, len(DATA)))
    index = draw(st.integers(0, size - 1))
    proof = naive.path(index, DATA[:size])
    leaf, root = merkle.leaf_hash(DATA[index]), ROOTS[size]
    match draw(st.sampled_from(("index", "leaf", "root", "longer", "shorter", "bit"))):
        case "index":
            index = draw(st.integers(-3, size + 3).filter(lambda n: n != index))
        case "leaf":
            leaf = _flip(draw(BITS), leaf)
        case "root":
            root = _flip(draw(BITS), root)
        case "longer":
            proof = [*proof, draw(st.binary(min_size=32, max_size=32))]
        case "shorter" if proof:
            proof.pop(draw(st.integers(0, len(proof) - 1)))
        case _ if proof:
            at = draw(st.integers(0, len(proof) - 1))
            proof[at] = _flip(draw(BITS), proof[at])
        case _:
            size += 1
    return index, size, leaf, proof, root


@settings(deadline=None)
@given(wrong_inclusions())
def test_an_inclusion_proof_with_one_change_is_refused(
    case: tuple[int, int, bytes, list[bytes], bytes],
) -> None:
    with pytest.raises(ProofError):
        merkle.verify_inclusion(*case)


@settings(deadline=None)
@given(st.data())
def test_a_consistency_proof_with_one_change_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, len(DATA)))
    old = data.draw(st.integers(1, new - 1))
    proof = naive.proof(old, DATA[:new])
    hashes = [ROOTS[old], ROOTS[new], *proof]
    at = data.draw(st.integers(0, len(hashes) - 1))
    hashes[at] = _flip(data.draw(BITS), hashes[at])
    with pytest.raises(ProofError):
        merkle.verify_consistency(old, new, hashes[0], hashes[1], hashes[2:])
    with pytest.raises(ProofError):
        merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], [*proof, ROOTS[1]])
    with pytest.raises(ProofError):
        merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof[:-1])


@settings(deadline=None)
@given(
    st.integers(-2, 2**64),
    st.integers(-2, 2**64),
    st.lists(st.binary(max_size=33), max_size=70),
    st.binary(max_size=33),
    st.binary(max_size=33),
)
def test_invented_proofs_are_refused_with_our_error(
    first: int, second: int, proof: list[bytes], left: bytes, right: bytes
) -> None:
    with pytest.raises(ProofError):
        merkle.verify_inclusion(first, second, left, proof, right + b"x")
    with pytest.raises(ProofError):
        merkle.verify_consistency(first, second, left, right + left + b"x", proof)


@pytest.mark.parametrize("length", [0, 12, 31, 33, 64])
def test_hashes_that_are_not_32_bytes_are_refused(length: int) -> None:
    odd = bytes(length)
    for leaf, proof, root in ((odd, [], odd), (ROOTS[1], [odd], ROOTS[2]), (ROOTS[1], [], odd)):
        with pytest.raises(ProofError, match="32 bytes"):
            merkle.verify_inclusion(0, 1, leaf, proof, root)
        with pytest.raises(ProofError, match="32 bytes"):
            merkle.verify_consistency(1, 1, leaf, root, proof)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1), (1, 2**63)])
def test_edges_of_size_are_refused(old: int, new: int) -> None:
    with pytest.raises(ProofError, match="size above 0"):
        merkle.verify_consistency(old, new, ROOTS[0], ROOTS[0], [])


def test_two_trees_of_one_size_need_one_root_and_no_proof() -> None:
    merkle.verify_consistency(7, 7, ROOTS[7], ROOTS[7], [])
    for new_root, proof in ((ROOTS[8], []), (ROOTS[7], [ROOTS[7]])):
        with pytest.raises(ProofError, match="one size"):
            merkle.verify_consistency(7, 7, ROOTS[7], new_root, proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (0, 2**63)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="not in the tree"):
        merkle.verify_inclusion(index, size, ROOTS[1], [], ROOTS[1])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (3, 3), (-1, 2)])
def test_no_inclusion_proof_is_made_for_an_index_outside(first: int, second: int) -> None:
    with pytest.raises(ProofError):
        merkle.inclusion_proof(first, second, node)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 2)])
def test_no_consistency_proof_is_made_for_such_sizes(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        merkle.consistency_proof(old, new, node)


def _flip(bit: int, data: bytes) -> bytes:
    """The bytes with one bit changed."""
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")
