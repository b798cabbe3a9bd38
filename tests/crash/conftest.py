"""What the crash tests share with the stories."""

from __future__ import annotations

from tests.scenarios.conftest import own_plane

__all__ = ["own_plane"]
