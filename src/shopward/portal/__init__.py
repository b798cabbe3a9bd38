"""Practice 7: Educate customers. They see who saw their data, and learn to tell real mail.

Rules for what a customer is told (`activity`, `security`, `holdings`, `digest`), for what is ours
and what only looks so (`sent_by_us`, `suspicious_mail`, `verify_code`, `phrase`), and for what
stops everything (`not_me`, `address_guard`). Receipts are verified in her own browser
(`web/static/portal/receipt.js`): no word of the shop has to be believed.

Standards: RFC 9162 (Merkle proofs), RFC 8032 (Ed25519), C2SP signed-note and tlog-proof.
"""

from __future__ import annotations
