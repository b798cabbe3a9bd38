"""Discovery: looks through a shop's database, files or logs and says where personal data is.

    source = open_source("postgresql://shop@/shop")
    report = discover(source, Limits(), into_bar)

- Only reads: databases in a read-only transaction of the server's, files opened for reading.
- Bounded: so many rows of a table, so many bytes of a file, one record in memory at a time.
- No report, error, state or log holds a value; nothing is written but what is asked for.
- What could not be read is UNKNOWN and makes the report incomplete; it is never called clean.

Standards followed: RFC 4180 (CSV), RFC 8259 (JSON), NCSA and Combined log formats.
"""

from __future__ import annotations

from shopward.sources.discovery.port import Limits, Source
from shopward.sources.discovery.report import Report
from shopward.sources.discovery.scan import discover
from shopward.sources.discovery.target import open_source

__all__ = ["Limits", "Report", "Source", "discover", "open_source"]
