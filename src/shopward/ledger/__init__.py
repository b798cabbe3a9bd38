"""The receipt: a tamper-evident log of every look at the data and every refusal.

An entry is a public leaf (time, kind, salted commitment) in an RFC 9162 Merkle tree; each batch is
signed as a C2SP checkpoint; anyone verifies offline (`docs/spec/ledger.md`,
`docs/spec/verify_receipt.py`). Everything here is pure: the store brings the bytes.

`entry` leaf and commitment · `merkle` hashes and proofs · `tiles` layout · `edge` what a log needs
to grow · `log` numbering and signing · `checkpoint`, `receipt`, `consistency` the documents ·
`reader` what is asked of a store · `verify` the replay · `tail` the follower.
"""

from __future__ import annotations
