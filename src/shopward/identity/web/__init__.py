"""The Django closet of practice 2: who has an account, and their pages."""

from __future__ import annotations
