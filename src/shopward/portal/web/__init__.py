"""The portal's Django closet; today its static files alone."""

from __future__ import annotations
