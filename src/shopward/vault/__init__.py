"""Practice 9: encrypt stored data. Every field is sealed under its customer's own key.

Data is opened for a declared purpose and never without a receipt. Standards: AES-256-GCM (NIST
SP 800-38D), XAES-256-GCM (C2SP), HKDF (RFC 5869), Argon2id (RFC 9106). Formats:
`docs/spec/sealed-fields.md`.
"""

from __future__ import annotations
