"""Where the local authority and its certificate lie, made and renewed when they are due.

    <folder>/root.pem     the root's certificate, public: what a browser is asked to trust
    <folder>/root.key     the root's key and certificate, mode 0600
    <folder>/server.pem   the server's key and chain, mode 0600

- Each file is replaced whole and durably; a root is never replaced while it is valid, since
  browsers trust it.
- A server certificate that is due, damaged, for other names or of another root is issued anew.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from shopward.errors import ConfigError
from shopward.sources.durable import replace_durably
from shopward.tls.local_ca import issue, make_root
from shopward.tls.pair import Pair, parse_pair

ROOT: Final = "root.pem"
ROOT_KEY: Final = "root.key"
SERVER: Final = "server.pem"


def ensure(folder: Path, names: Sequence[str], now: datetime) -> Path:
    """The file of a server pair that is valid for these names, made or renewed if need be.

    Raises:
        ConfigError: The folder cannot be written, or the root in it is damaged or expired.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = _root(folder, now)
        path = folder / SERVER
        if not _is_good(path, root, names, now):
            replace_durably(path, issue(root, names, now).dump())
    except OSError as error:
        raise ConfigError(
            f"The TLS folder cannot be used ({type(error).__name__}).",
            hint="Give this user write access to the folder that `tls.folder` names.",
            field="tls.folder",
        ) from error
    return path


def root_pem(folder: Path) -> bytes:
    """The root's certificate, public.

    Raises:
        ConfigError: There is none yet.
    """
    try:
        return (folder / ROOT).read_bytes()
    except OSError:
        raise ConfigError(
            "There is no local certificate authority yet.",
            hint="Start `shopward run` once; it makes one.",
            field="tls.folder",
        ) from None


def _root(folder: Path, now: datetime) -> Pair:
    path = folder / ROOT_KEY
    if path.exists():
        root = parse_pair(path.read_bytes())
        if now >= root.leaf.not_valid_after_utc:
            raise ConfigError(
                "The local certificate authority has expired.",
                hint=f"Run `shopward trust remove`, delete {path}, start again, then "
                "`shopward trust install`.",
                field="tls.folder",
            )
    else:
        root = make_root(socket.gethostname(), now)
        replace_durably(path, root.dump())
    public = root.leaf.public_bytes(Encoding.PEM)
    if not (folder / ROOT).exists() or (folder / ROOT).read_bytes() != public:
        replace_durably(folder / ROOT, public)
        (folder / ROOT).chmod(0o644)
    return root


def _is_good(path: Path, root: Pair, names: Sequence[str], now: datetime) -> bool:
    try:
        pair = parse_pair(path.read_bytes())
        pair.leaf.verify_directly_issued_by(root.leaf)
    except (FileNotFoundError, ConfigError, ValueError, InvalidSignature):
        return False
    return set(pair.names) == set(names) and not pair.is_due(now)
