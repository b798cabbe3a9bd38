"""Leak scan: values that nobody else has go in at the shop's front door; where do they come out?

    canaries = plant(recipe, "http://127.0.0.1:8741")
    report = scan(places, Search(canaries), now)

- Only reads what it looks through; the shop gets the requests of a recipe and no others.
- A report, error or log never holds a canary: hits are named by label, file names are masked.
- What could not be read is UNKNOWN and makes the outcome so; it is never called clean.
- Bounded: a block of 1 MiB, a row of a table, 4 MiB unpacked from inside of either at a time.
"""

from __future__ import annotations

from shopward.sources.leaks.canaries import Canary, load, save
from shopward.sources.leaks.planting import plant
from shopward.sources.leaks.recipe import Recipe
from shopward.sources.leaks.report import Report
from shopward.sources.leaks.scan import Place, scan
from shopward.sources.leaks.search import Search

__all__ = ["Canary", "Place", "Recipe", "Report", "Search", "load", "plant", "save", "scan"]
