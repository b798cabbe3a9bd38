"""Practice 7: Educate customers. They see who saw their data, and learn to tell real mail.

What stands today is the receipt verifier that runs in the customer's own browser
(`web/static/portal/receipt.js`): no word of the shop has to be believed. Its pages come with the
customers' sign-in.

Standards: RFC 9162 (Merkle proofs), RFC 8032 (Ed25519), C2SP signed-note and tlog-proof.
"""

from __future__ import annotations
