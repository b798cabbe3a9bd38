"""Protect: a shop's own tables, changed in place so that chosen columns hold tokens.

    shop = open_shop("mysql://shop@db.internal/shop", password)
    targets = map_file.load(path)                     # confirmed columns alone
    preflight.look(shop, targets, policy, …)          # everything that is in the way, first
    with shop.alone():
        for page in shop.pages(shape, columns, 1000): …
        shop.change(shape, columns, changes)          # only where the row is as it was read

It knows tables and columns; it talks to no vault and makes no tokens.

- A row is changed only where it still holds what was read, compared byte for byte.
- Nothing is altered but the columns asked for: no schema, and no column that counts changes.
- Bounded memory: rows come by key, a page at a time.
- No error holds a value; a row is named by its key.
"""

from __future__ import annotations

from shopward.sources.protect.journal import Journal
from shopward.sources.protect.map_file import Target
from shopward.sources.protect.shop import Change, ColumnShape, Row, Shop, TableShape
from shopward.sources.protect.target import open_shop

__all__ = ["Change", "ColumnShape", "Journal", "Row", "Shop", "TableShape", "Target", "open_shop"]
