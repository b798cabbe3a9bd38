"""Sign-in for the shop: the provider's tables, endpoints and pages."""

from __future__ import annotations
