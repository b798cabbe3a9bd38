"""Style sheets, scripts and icons, out of memory and under a name that changes with them.

`/static/<build>/console/site.css`: the build is one digest over all files, so browsers may keep
them for ever, and scripts find their neighbours by a relative path. There is no build step.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import Http404, HttpRequest, HttpResponse

FOR_EVER: Final = "public, max-age=31536000, immutable"
BUILD_CHARS: Final = 16
TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """One file and how it is announced."""

    body: bytes
    content_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file of every app, by its path."""
    found: dict[str, Asset] = {}
    for finder in get_finders():
        for path, storage in finder.list([]):
            with storage.open(path) as file:
                found.setdefault(path, Asset(file.read(), _type(path)))
    return found


@cache
def build() -> str:
    """The digest of all files together."""
    digest = hashlib.sha256()
    for path, asset in sorted(assets().items()):
        digest.update(hashlib.sha256(path.encode()).digest())
        digest.update(hashlib.sha256(asset.body).digest())
    return digest.hexdigest()[:BUILD_CHARS]


class BuildStorage(StaticFilesStorage):
    """What `{% static %}` asks for an address."""

    def url(self, name: str | None) -> str:
        """The address of a file.

        Raises:
            ValueError: There is no such file.
        """
        if name not in assets():
            raise ValueError(f"there is no static file {name}")
        return f"{self.base_url}{build()}/{name}"


def serve(request: HttpRequest, digest: str, path: str) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """One file; another build's is not found, so that no page mixes two."""
    asset = assets().get(path)
    if asset is None or digest != build():
        raise Http404
    headers = {"Cache-Control": FOR_EVER}
    return HttpResponse(asset.body, content_type=asset.content_type, headers=headers)


def _type(path: str) -> str:
    guessed = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0]
    kind = guessed or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
