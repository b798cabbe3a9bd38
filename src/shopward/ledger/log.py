"""The log: turns drafts into numbered leaves under a freshly signed checkpoint.

It lives in memory and does no I/O. The store asks it to `stage` a batch, writes what is staged in
one transaction, commits, and then tells it to `accept`::

    staged = log.stage(drafts, now_ms)   # changes nothing
    …write staged.leaves, staged.hashes, staged.tiles, staged.note; COMMIT…
    log.accept(staged)                   # or forget it: a rolled-back batch leaves no trace

* The index of a leaf is the size of the tree before it: no gaps, no order but this one.
* Ledger time never goes back, although the clock may.
* While its key is handed over, two keys sign each checkpoint (`use`).
* A batch that was not staged on the present head is refused, so a log cannot fork itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shopward.errors import ConflictError, IntegrityError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from shopward.ledger.edge import Edge, Growth, resume
from shopward.ledger.entry import encode_leaves, parse_leaf
from shopward.ledger.merkle import leaf_hash
from shopward.ledger.tiles import Tile
from shopward.signing import Signer

__all__ = ["Draft", "Edge", "Log", "Staged", "resume"]


@dataclass(slots=True)
class Draft:
    """An entry that has no number yet: its kind and the 32-byte commitment to its details."""

    kind: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Staged:
    """A batch ready to be written: everything the store persists for it.

    `size` is the size after it, `first` the index of its first leaf, `tiles` the tiles it fills
    as (level, index, 8,192 bytes), `note` the signed checkpoint, `time_ms` the time of each leaf.
    """

    size: int
    first: int
    leaves: list[bytes]
    hashes: list[bytes]
    tiles: list[Tile]
    note: str
    root: bytes
    time_ms: int
    base_root: bytes = field(repr=False)
    edge: Edge = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a log at one moment: edge, 32-byte root and signed checkpoint belong together."""

    edge: Edge
    root: bytes
    note: str


class Log:
    """One log under one origin, seen from its right edge.

    Args:
        signer: Signs the checkpoints; its name is the origin.
        origin: The log's identity, the first line of every checkpoint.
        edge: `Edge.empty()` for a new log, `resume(...)` for a stored one.

    Raises:
        ConflictError: The signer's name is not the origin.
    """

    __slots__ = ("_head", "_signers", "heard", "origin")

    def __init__(self, signer: Signer, origin: str, edge: Edge) -> None:
        self.origin = origin
        self._signers = _checked((signer,), origin)
        self.heard: Callable[[set[str]], object] = lambda _kinds: None
        root = edge.root
        self._head = Head(edge, root, self._sign(edge.size, root))

    @property
    def size(self) -> int:
        """Number of leaves; the index of the next one."""
        return self._head.edge.size

    @property
    def time_ms(self) -> int:
        """The time of the last leaf; 0 for an empty log."""
        return self._head.edge.time_ms

    @property
    def root(self) -> bytes:
        """The 32-byte root."""
        return self._head.root

    @property
    def note(self) -> str:
        """The signed checkpoint of the present head."""
        return self._head.note

    @property
    def edge(self) -> Edge:
        """The present edge; it does not change under its reader."""
        return self._head.edge

    @property
    def head(self) -> Head:
        """The present head as one value, for readers on another thread than the writer's."""
        return self._head

    @property
    def vkey(self) -> str:
        """The key that verifies checkpoints, as a C2SP signed-note vkey; public."""
        return self._signers[0].vkey

    @property
    def vkeys(self) -> tuple[str, ...]:
        """Every key that signs now: two while the older one hands over."""
        return tuple(signer.vkey for signer in self._signers)

    def use(self, *signers: Signer) -> None:
        """Sign with these keys from now on, the one that hands over first.

        Raises:
            ConflictError: A signer's name is not the origin.
        """
        self._signers = _checked(signers, self.origin)
        head = self._head
        self._head = Head(head.edge, head.root, self._sign(head.edge.size, head.root))

    def sign(self, text: str) -> str:
        """A signed note of another text than a checkpoint, under the keys that sign now.

        Raises:
            ConflictError: The text could pass for a checkpoint of this log.
        """
        if text.split("\n", 1)[0] == self.origin:
            raise ConflictError("a statement does not begin like a checkpoint")
        first, *others = self._signers
        note = first.sign(text)
        for other in others:
            note = other.cosign(note)
        return note

    def stage(self, drafts: Sequence[Draft], now_ms: int) -> Staged:
        """Number, hash and sign a batch without changing the log.

        Args:
            drafts: In the order they are to be numbered.
            now_ms: The wall clock; the batch gets the later of it and the last leaf's time.

        Raises:
            InvalidError: A draft's kind or commitment is outside its bounds.
        """
        head = self._head
        before = head.edge
        time_ms = max(now_ms, before.time_ms)
        leaves = encode_leaves(time_ms, [(draft.kind, draft.commitment) for draft in drafts])
        hashes = [leaf_hash(leaf) for leaf in leaves]
        growth = Growth(before)
        for item in hashes:
            growth.append(item)
        edge = growth.edge(time_ms if leaves else before.time_ms)
        root = edge.root
        return Staged(
            size=edge.size,
            first=before.size,
            leaves=leaves,
            hashes=hashes,
            tiles=growth.tiles,
            note=self._sign(edge.size, root),
            root=root,
            time_ms=time_ms,
            base_root=head.root,
            edge=edge,
        )

    def accept(self, staged: Staged) -> None:
        """Make a staged batch the head, once it is durable.

        Raises:
            ConflictError: It was staged on another head than the present one.
        """
        if staged.first != self.size or staged.base_root != self._head.root:
            raise ConflictError("this batch was staged on another head of the ledger")
        self._head = Head(staged.edge, staged.root, staged.note)

    def follow(self, leaves: Sequence[bytes], note: str) -> None:
        """Move the head over leaves that another process appended and signed.

        Whoever appends with our key signs the checkpoint after; it must be the very one of these
        leaves on the present head. `heard` is told their kinds.

        Raises:
            IntegrityError: A leaf is malformed, or the note is not that of the tree with them.
        """
        parsed = [parse_leaf(leaf) for leaf in leaves]
        growth = Growth(self._head.edge)
        for leaf in leaves:
            growth.append(leaf_hash(leaf))
        edge = growth.edge(parsed[-1].time_ms if parsed else self.time_ms)
        root = edge.root
        stored = open_checkpoint(note, *(signer.verifier for signer in self._signers))
        if (stored.size, stored.root) != (edge.size, root):
            raise IntegrityError("what was appended to the ledger is not what its key has signed")
        self._head = Head(edge, root, note)
        self.heard({leaf.kind for leaf in parsed})

    def verify_head(self, note: str) -> None:
        """Show that a stored checkpoint is the head that was resumed.

        Raises:
            IntegrityError: Another size or root, another origin, or not signed by our key.
        """
        stored = open_checkpoint(note, *(signer.verifier for signer in self._signers))
        if (stored.size, stored.root) != (self.size, self.root):
            raise IntegrityError("the stored checkpoint is not the head of the stored leaves")

    def _sign(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a head."""
        first, *others = self._signers
        return sign_checkpoint(first, Checkpoint(self.origin, size, root), *others)


def _checked(signers: tuple[Signer, ...], origin: str) -> tuple[Signer, ...]:
    if any(signer.name != origin for signer in signers):
        raise ConflictError("the ledger's key has another name than its origin")
    return signers
