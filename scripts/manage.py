"""Django's own commands for developers: `scripts/manage.py makemigrations identity`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "scripts.django_settings"  # noqa: TID251 - for Django
execute_from_command_line(sys.argv)
