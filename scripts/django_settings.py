"""Django's settings without an installation: for types, migrations, messages and tests."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shopward.console.settings import django_settings
from shopward.settings import ConsoleSettings, Settings

_HOUSE = msgspec.structs.replace(
    Settings(), console=ConsoleSettings(database=Path("/nonexistent/console.db"))
)
globals().update(django_settings(_HOUSE, "of-no-installation"))
