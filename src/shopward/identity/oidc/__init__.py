"""Sign-in for the shop: what an OpenID provider promises, as rules. `web.oidc` holds its endpoints.

- The code flow alone, with PKCE under S256, and redirect addresses that match letter for letter.
- What a shop learns of a customer are fields that the policy permits its role for its purpose.
- Everything that a sign-in gave ends with the session it hangs on.

Standards: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; RFC 6749, RFC 6750,
RFC 7009, RFC 7636, RFC 7662, RFC 9207, RFC 9470, RFC 9700.
"""

from __future__ import annotations
