"""Practice 2: Strong authentication. People who work for the shop sign in with two factors, always.

What stands today is the staff's realm: passkeys first, else a password and a code; invitations,
recovery with two people, sessions that end. Customers' sign-in and the OpenID provider come later
and find their place beside it.

The modules here are rules: values in, values out. `web` holds the pages and what they keep.

Standards: NIST SP 800-63B-4 (authentication), OWASP ASVS 5.0 chapters 6 and 7, PCI DSS 4.0.1
requirement 8, RFC 6238 (TOTP), WebAuthn Level 3.
"""

from __future__ import annotations
