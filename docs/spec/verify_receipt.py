#!/usr/bin/env python3
"""Verify Shopward receipts, checkpoints and log exports offline, trusting only the log's key.

  verify_receipt.py receipt RECEIPT.json --key VKEY
  verify_receipt.py consistency OLD.checkpoint NEW.checkpoint PROOF.json --key VKEY
  verify_receipt.py log EXPORT.jsonl CHECKPOINT --key VKEY [--earlier OLD.checkpoint] [--tiles DIR]
  verify_receipt.py certificate CERTIFICATE.json --key VKEY
  verify_receipt.py link OLD.jsonl OLD.checkpoint NEW.jsonl NEW.checkpoint --key VKEY

A log that changed its key is verified by any one of its keys with `--keys LOGKEYS.json`, which the
log gives out under /v1/log/keys: every hand-over in it has to be signed by both of its keys.

Needs Python 3.11 and `cryptography`, and nothing of Shopward. Written from docs/spec/ledger.md by
its recursive definitions, so that it shares no line with the program it checks. Exit status 0 when
everything holds, 1 with a reason when something does not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
ERASURES = {"record:erased", "record:expired"}
Key = tuple[str, int | None]
LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z


def must(holds: object, reason: str) -> None:
    """Refuse with a reason unless something holds."""
    if not holds:
        raise ValueError(reason)


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text: str) -> bytes:
    """Base64 in its one canonical spelling."""
    data = base64.b64decode(text, validate=True)
    must(base64.b64encode(data).decode() == text, "base64 is not canonical")
    return data


def decimal(text: str) -> int:
    """ASCII digits without leading zeros."""
    must(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "a number is malformed")
    return int(text)


def split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << ((n - 1).bit_length() - 1)


def tree(hashes: list[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes (RFC 9162, section 2.1.1)."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    k = split(len(hashes))
    return sha256(b"\x01", tree(hashes[:k]), tree(hashes[k:]))


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162, section 2.1.3)."""
    must(0 <= index < size and bool(path) == (size > 1), "the inclusion proof has a wrong length")
    if size == 1:
        return leaf
    k = split(size)
    if index < k:
        return sha256(b"\x01", climb(index, k, leaf, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], climb(index - k, size - k, leaf, path[:-1]))


def grown(m: int, n: int, path: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency path leads to (RFC 9162, section 2.1.4)."""
    must(0 < m <= n, "the old checkpoint is empty or later than the new one")
    if m == n:
        must(len(path) == (known is None), "the consistency proof has a wrong length")
        end = path[0] if known is None else known
        return end, end
    must(path, "the consistency proof has a wrong length")
    k, side = split(n), path[-1]
    if m <= k:
        old, new = grown(m, k, path[:-1], known)
        return old, sha256(b"\x01", new, side)
    old, new = grown(m - k, n - k, path[:-1], None)
    return sha256(b"\x01", side, old), sha256(b"\x01", side, new)


def signed(note: str, vkey: str) -> tuple[str, str] | None:
    """Name of the key and text of a note (C2SP signed-note) that it signed; None if it did not."""
    name, hex_id, key = vkey.split("+", 2)
    public = b64(key)
    must(public[:1] == b"\x01" and len(public) == 33, "the key is not an Ed25519 key")
    must(sha256(name.encode(), b"\n", public)[:4].hex() == hex_id, "the key id is wrong")
    must(not re.search(r"[\x00-\x09\x0b-\x1f]", note), "the note has control characters")
    text, blank, signatures = note.rpartition("\n\n")
    must(blank and signatures.endswith("\n"), "the note is malformed")
    is_signed = False
    for line in signatures[:-1].split("\n"):
        dash, who, signature = line.split(" ")
        must(dash == "—", "a signature line is malformed")
        raw = b64(signature)
        if (who, raw[:4].hex()) == (name, hex_id):
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], f"{text}\n".encode())
            is_signed = True
    return (name, text) if is_signed else None


def checkpoint(note: str, keys: list[Key]) -> tuple[int, bytes]:
    """Size and root of a checkpoint (C2SP tlog-checkpoint) that one of the log's keys signed.

    A key that was handed over signs nothing larger than its hand-over.
    """
    for vkey, last in keys:
        if (found := signed(note, vkey)) is not None:
            size, root = head_of(*found)
            must(last is None or size <= last, "a retired key signed this checkpoint")
            return size, root
    raise ValueError("the key did not sign this checkpoint")


def head_of(name: str, text: str) -> tuple[int, bytes]:
    """Size and root in the text of a checkpoint of the log of this name."""
    origin, size, root, *more = text.split("\n")
    must(origin == name and all(more) and len(b64(root)) == 32, "it is of another log or malformed")
    return decimal(size), b64(root)


def keys_of(trusted: str, chain: Path | None) -> list[Key]:
    """The keys of the log, the newest first, each with the size at which it was handed over."""
    if chain is None:
        return [(trusted.strip(), None)]
    document = json.loads(text_of(chain))
    must(document["format"] == "shopward-log-keys/v1", "these are no keys of a log")
    vkeys, notes = document["keys"], document["handovers"]
    must(trusted.strip() in vkeys, "the key you trust is not one of the log's")
    must(len(notes) == len(vkeys) - 1, "a hand-over is missing")
    sizes = [0]
    for old, new, note in zip(vkeys, vkeys[1:], notes, strict=False):
        given, taken = checkpoint(note, [(old, None)]), checkpoint(note, [(new, None)])
        must(given == taken and given[0] >= max(1, sizes[-1]), "a hand-over does not fit")
        sizes.append(given[0])
    return list(zip(reversed(vkeys), [None, *reversed(sizes[1:])], strict=True))


def entry(leaf: bytes, salt: str | None, details: str | None) -> tuple[int, str]:
    """Time and kind of a leaf, once its details, if they are opened, are what it commits to."""
    kind = leaf[10:-32]
    must(leaf[:1] == b"\x01" and len(leaf) == 42 + leaf[9] == 42 + len(kind), "a leaf is malformed")
    must(re.fullmatch(rb"[!-~]{1,40}", kind), "a leaf has a malformed kind")
    must((salt is None) == (details is None), "an entry is half opened")
    if salt is not None and details is not None:
        parts = (b64(salt), details.encode())
        must(len(parts[0]) == 32, "a salt has a wrong length")
        committed = sha256(b"shopward/commitment/v1\x00", *parts)
        must(committed == leaf[-32:], "the details are not what the leaf commits to")
    time_ms = int.from_bytes(leaf[1:9], "big")
    must(time_ms <= LAST_MS, "a leaf has a time past the year 9999")
    return time_ms, kind.decode()


def hashes_of(lines: list[str]) -> list[bytes]:
    """The hashes of a proof."""
    path = [b64(line) for line in lines]
    must(all(len(item) == 32 for item in path), "a hash does not have 32 bytes")
    return path


def text_of(path: Path) -> str:
    """A file's UTF-8 text, its newlines untouched."""
    return path.read_bytes().decode()


def check_receipt(args: argparse.Namespace) -> str:
    """One entry is in the log, and says what its details say."""
    (receipt,) = args.files
    number, size, leaf, details = receipt_of(json.loads(text_of(receipt)), args.keys)
    time_ms, kind = int.from_bytes(leaf[1:9], "big"), leaf[10:-32].decode()
    when = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return (
        f"entry {number} of {size}: {kind} at {when}\n{shown(details or 'details are not opened')}"
    )


def shown(text: str) -> str:
    """Text without what could steer a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def receipt_of(document: dict[str, Any], keys: list[Key]) -> tuple[int, int, bytes, str | None]:
    """Index, size of the tree, leaf and details of a receipt, once all of it holds."""
    must(document["format"] == "shopward-receipt/v1", "this is no receipt")
    leaf, details = b64(document["leaf"]), document["details"]
    head, blank, note = document["proof"].partition("\n\n")
    magic, *lines = head.split("\n")
    must(blank and magic == "c2sp.org/tlog-proof@v1", "this is no proof")
    if lines[0].startswith("extra "):
        lines.pop(0)
    word, number = lines[0].split(" ")
    must(word == "index", "the proof has no index")
    size, root = checkpoint(note, keys)
    found = climb(decimal(number), size, sha256(b"\x00", leaf), hashes_of(lines[1:]))
    must(found == root, "the inclusion proof leads to another root")
    entry(leaf, document["salt"], details)
    return decimal(number), size, leaf, details


def check_certificate(args: argparse.Namespace) -> str:
    """The ledger's key states an erasure, and the erasure's entry is in the log."""
    (path,) = args.files
    document = json.loads(text_of(path))
    must(document["format"] == "shopward-erasure-certificate/v1", "this is no certificate")
    notes = [signed(document["statement"], vkey) for vkey, _ in args.keys]
    found = next((one for one in notes if one is not None), None)
    must(found, "the key did not sign this certificate")
    name, text = found or ("", "")
    first, line = text.split("\n")
    must(first == "shopward-erasure/v1", "the statement is of another format")
    said = json.loads(line)
    number, _, leaf, details = receipt_of(document["receipt"], args.keys)
    must((said["log"], said["entry"]) == (name, number), "it is of another log or entry")
    must(b64(said["leaf_hash"]) == sha256(b"\x00", leaf), "the entry is another one")
    kind = leaf[10:-32].decode()
    must(kind == said["kind"] and kind in ERASURES, "the entry is no erasure")
    when = datetime.fromtimestamp(int.from_bytes(leaf[1:9], "big") // 1000, UTC)
    must(said["erased"] == f"{when:%Y-%m-%dT%H:%M:%SZ}", "the entry is of another time")
    told = json.loads(details or "{}")
    must(told.get("subject") == said["subject"], "the entry is of another customer")
    must(told.get("classes", []) == said["classes"], "the entry is of other classes")
    gone = f"key destroyed {said['destroyed']}" if said["destroyed"] else "key not yet destroyed"
    whose = shown(str(said["subject"]))
    return f"erasure of {whose}, entry {number}: dead by {said['dead_by']}, {gone}"


def check_consistency(args: argparse.Namespace) -> str:
    """The new checkpoint only added entries to the old one."""
    before, after, proof = args.files
    old, old_root = checkpoint(text_of(before), args.keys)
    new, new_root = checkpoint(text_of(after), args.keys)
    document = json.loads(text_of(proof))
    must(document["format"] == "shopward-consistency/v1", "this is no consistency proof")
    found = grown(old, new, hashes_of(document["proof"]), old_root)
    must(found == (old_root, new_root), "the consistency proof leads to other roots")
    return f"the log of {new} entries begins with the log of {old}"


def exported(export: Path, head: Path, keys: list[Key]) -> list[bytes]:
    """The leaf hashes of an export that holds exactly the signed entries."""
    size, root = checkpoint(text_of(head), keys)
    hashes: list[bytes] = []
    last = 0
    for number, line in enumerate(filter(None, text_of(export).split("\n"))):
        row = json.loads(line)
        must(row["index"] == number, f"entry {number} is missing or out of order")
        leaf = b64(row["leaf"])
        hashes.append(sha256(b"\x00", leaf))
        before, last = last, entry(leaf, row["salt"], row["details"])[0]
        must(before <= last, f"entry {number} is older than the one before it")
    must(len(hashes) == size, f"{size} entries are signed and {len(hashes)} exported")
    must(tree(hashes) == root, "the entries do not lead to the signed root")
    return hashes


def check_log(args: argparse.Namespace) -> str:
    """An export holds exactly the signed entries, and begins with what was signed earlier."""
    hashes = exported(*args.files, args.keys)
    size = len(hashes)
    if args.earlier:
        old, old_root = checkpoint(text_of(args.earlier), args.keys)
        must(old <= size, f"{old} entries were signed earlier: the log was truncated")
        must(tree(hashes[:old]) == old_root, "the entries signed earlier were rewritten")
    if args.tiles:
        check_tiles(args.tiles, hashes)
    return f"all {size} entries are those that were signed"


def check_link(args: argparse.Namespace) -> str:
    """A log that a restore began continues the log before it; both hold what was signed."""
    old_export, old_head, new_export, new_head = args.files
    new = exported(new_export, new_head, args.keys)
    first = json.loads(text_of(new_export).split("\n")[0])
    _, kind = entry(b64(first["leaf"]), first["salt"], first["details"])
    must(kind == "log:continued" and first["details"], "its first entry continues no log")
    previous = json.loads(first["details"])["previous"]
    old_key = renamed(args.keys[0][0], previous["origin"])
    old = exported(old_export, old_head, [(old_key, None)])
    must(len(old) == previous["kept"], "the log before has another size than was kept of it")
    known, root = checkpoint(previous["checkpoint"], [(old_key, None)])
    must(known >= len(old), "the checkpoint that is named is older than what was kept")
    must(known > len(old) or root == tree(old), "the checkpoint that is named is of another log")
    lost = f", {known - len(old)} more were signed and are lost" if known > len(old) else ""
    return f"the log of {len(new)} entries continues the log of {len(old)}{lost}\n{old_key}"


def renamed(vkey: str, name: str) -> str:
    """The vkey of the same public key under another log's name."""
    public = b64(vkey.split("+", 2)[2])
    key_id = sha256(name.encode(), b"\n", public)[:4].hex()
    return f"{name}+{key_id}+{base64.b64encode(public).decode()}"


def check_tiles(folder: Path, row: list[bytes], level: int = 0) -> None:
    """Every full tile under DIR/tile is what the entries lead to (C2SP tlog-tiles)."""
    above = []
    for n in range(len(row) // 256):
        digits = f"{n:0{(len(str(n)) + 2) // 3 * 3}d}"
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        hashes = row[n * 256 : n * 256 + 256]
        stored = (folder / "tile" / str(level) / name).read_bytes()
        must(stored == b"".join(hashes), f"tile {level}/{name} is not what the entries lead to")
        above.append(tree(hashes))
    if above:
        check_tiles(folder, above, level + 1)


def main() -> int:
    """Check what was asked; 0 when it holds, 1 when it does not."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    checks = {
        "receipt": check_receipt,
        "consistency": check_consistency,
        "log": check_log,
        "link": check_link,
        "certificate": check_certificate,
    }
    parser.add_argument("command", choices=checks)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--key", required=True, metavar="VKEY", help="the log's public key line")
    parser.add_argument("--keys", dest="chain", type=Path, help="all keys of a log that changed it")
    parser.add_argument("--earlier", type=Path, help="a checkpoint that was kept outside")
    parser.add_argument("--tiles", type=Path, help="a folder that holds tile/0/000 and so on")
    args = parser.parse_args()
    try:
        args.keys = keys_of(args.key, args.chain)
        print("VERIFIED", checks[args.command](args))
    except (InvalidSignature, OSError, *MALFORMED) as error:
        print(f"NOT VERIFIED: {error}" if str(error) else f"NOT VERIFIED: {type(error).__name__}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
