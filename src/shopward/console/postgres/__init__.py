"""Django's engine for PostgreSQL, with the promises that SQLite's gives: see `base`."""
