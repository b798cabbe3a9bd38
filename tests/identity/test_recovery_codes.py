"""Codes on paper: enough randomness, stored keyed, each good once."""

from __future__ import annotations

from shopward.identity import recovery_codes as codes

KEY = b"k" * 32


def test_ten_codes_of_120_bits_that_nobody_misreads() -> None:
    made = codes.make()
    assert len(set(made)) == codes.COUNT == 10
    assert len(set(codes.ALPHABET)) == 2**5
    assert not set("01IO") & set(codes.ALPHABET)
    assert all(len(code.replace("-", "")) == 24 for code in made)


def test_a_code_works_once() -> None:
    made = codes.make()
    kept = tuple(codes.digest(KEY, "7", code) for code in made)
    left = codes.without(kept, codes.digest(KEY, "7", made[3]))
    assert left is not None
    assert len(left) == 9
    assert codes.without(left, codes.digest(KEY, "7", made[3])) is None


def test_case_and_hyphens_do_not_matter() -> None:
    code = codes.make()[0]
    typed = " " + code.lower().replace("-", " ")
    assert codes.digest(KEY, "7", typed) == codes.digest(KEY, "7", code)


def test_what_is_stored_is_bound_to_key_and_person() -> None:
    code = codes.make()[0]
    stored = codes.digest(KEY, "7", code)
    assert stored != codes.digest(KEY, "8", code)
    assert stored != codes.digest(b"l" * 32, "7", code)
    assert code.replace("-", "") not in stored.upper()
