"""Practice 1: TLS certificates. Every page is served over TLS from the first start.

What works today is the embedded default: a local certificate authority that can speak for one name
and nothing else, certificates from it that renew themselves, and a TLS context that takes a new
certificate without a restart. Certificates of public authorities (ACME) come later.

Standards: RFC 5280 (certificates, name constraints), RFC 6761 §6.3 (`localhost` names), TLS 1.2
and 1.3 (RFC 5246, RFC 8446).
"""

from __future__ import annotations
