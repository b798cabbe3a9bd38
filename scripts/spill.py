"""Looks for keys in all that root could read of a process: environment, memory, open files.

    python scripts/spill.py --config var/shopward.toml PID [PID …]

The keystore is opened with its passphrase to know what to look for; nothing secret is printed. The
data plane must be found to hold keys (otherwise the search is blind), the control plane must not.
Needs root, or the user of the processes where the system lets it trace them.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from shopward import settings
from shopward.vault.keystore import FileCustodian, open_keystore

PIECE_BYTES: Final = 1 << 24
MAPPED: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \d+\s*(.*)")
KERNELS_OWN: Final = ("[vvar", "[vsyscall", "[vdso")


def needles_of(custodian: FileCustodian) -> dict[str, bytes]:
    """Every key of a keystore by name: 32 secret bytes each."""
    document = msgspec.to_builtins(custodian._secrets)  # noqa: SLF001 - all of it, of whatever kind
    return dict(_keys_in(document, ""))


def _keys_in(part: object, name: str) -> Iterator[tuple[str, bytes]]:
    """Every text of 64 hexadecimal digits in a document, named by its path."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _keys_in(value, f"{name} {key}".strip())
    elif isinstance(part, list | tuple):
        for at, value in enumerate(part):
            yield from _keys_in(value, f"{name} {at}")
    elif isinstance(part, str) and re.fullmatch("[0-9a-f]{64}", part):
        yield name, bytes.fromhex(part)


def spelled(needles: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each key as it may lie about: in raw, as hexadecimal, as base64."""
    spellings: dict[str, bytes] = {}
    for name, key in needles.items():
        spellings |= {
            f"{name} (raw)": key,
            f"{name} (hex)": key.hex().encode(),
            f"{name} (base64)": base64.b64encode(key).rstrip(b"="),
            f"{name} (base64url)": base64.urlsafe_b64encode(key).rstrip(b"="),
        }
    return spellings


def search(pid: int, needles: Mapping[str, bytes]) -> tuple[list[str], int]:
    """(where which needle was found, bytes that were read) of one process.

    Raises:
        OSError: It may not be read, or is not there.
    """
    found: set[str] = set()
    count = 0
    longest = max(map(len, needles.values()), default=1)
    for place, pieces in _places(pid):
        kept = b""
        for piece in pieces:
            count += len(piece)
            window = kept + piece
            found |= {f"{place}: {name}" for name, key in needles.items() if key in window}
            kept = piece[-longest:]
    return sorted(found), count


def _places(pid: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    folder = Path(f"/proc/{pid}")
    yield "environment", iter([(folder / "environ").read_bytes()])
    yield "command line", iter([(folder / "cmdline").read_bytes()])
    for descriptor in sorted((folder / "fd").iterdir()):
        with contextlib.suppress(OSError):
            if descriptor.is_file():
                yield f"file {descriptor.readlink()}", _file(descriptor)
    yield "memory", _memory(folder)


def _file(path: Path) -> Iterator[bytes]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _memory(folder: Path) -> Iterator[bytes]:
    """Every readable mapping; what the kernel keeps for itself is passed over."""
    with (folder / "mem").open("rb", buffering=0) as memory:
        for line in (folder / "maps").read_text("utf-8").splitlines():
            match = MAPPED.match(line)
            if match is None or match[3].startswith(KERNELS_OWN):
                continue
            at, end = int(match[1], 16), int(match[2], 16)
            while at < end:
                try:
                    piece = os.pread(memory.fileno(), min(PIECE_BYTES, end - at), at)
                except OSError:
                    break
                if not piece:
                    break
                yield piece
                at += len(piece)


def main() -> int:
    """Search the processes; 1 when a key was found in one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="shopward.toml")
    parser.add_argument("pids", type=int, nargs="+", metavar="PID")
    args = parser.parse_args()
    house = settings.load(args.config)
    passphrase = settings.read_passphrase(house.custodian).reveal().encode()
    needles = spelled(needles_of(open_keystore(house.custodian.keystore, passphrase)))
    any_found = False
    for pid in args.pids:
        found, count = search(pid, needles)
        any_found = any_found or bool(found)
        print(f"{pid}: {len(found)} keys found in {count / 1024**2:,.0f} MiB")
        for line in found:
            print(f"  {line}")
    return 1 if any_found else 0


if __name__ == "__main__":
    sys.exit(main())
