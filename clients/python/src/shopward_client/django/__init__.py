"""Protects a Django shop's model fields without changing the shop: its tables hold tokens.

    INSTALLED_APPS = [..., "shopward_client.django"]
    SHOPWARD = {
        "url": "https://vault.internal:8731",
        "credential_file": "/etc/shop/shopward.credential",
        "map": BASE_DIR / "columns.toml",
        "purpose": "account",
    }

A row of a protected table is one customer of the vault, and every protected column of it holds her
token. Code of the shop reads and assigns plain text as before; what it reads is revealed then, with
everything else that was loaded for the same page, in one call.

- No clear value is written to a protected column: without the vault, nothing is saved.
- What cannot be shown reads as `•••`; a text with `•••` in it is never saved over a value.
- A text that looks like a token, typed by somebody, is a text like any other.
"""
