"""What can go wrong, once: every error a person or a program can meet.

Each class carries a stable `code` (the slug of its documentation page and of the RFC 9457 `type`),
a `title`, an HTTP `status` and a `hint` that says what to do next. Messages name fields and
settings, never their values. A denial is a *value* inside the house (`policy.Deny`) and becomes
`DeniedError` only at the edge, after its ledger entry is committed.
"""

from __future__ import annotations

from typing import ClassVar


class ShopwardError(Exception):
    """The base of every error raised on purpose.

    Args:
        detail: One sentence for a person; names fields, never values.
        hint: What to do next; defaults to the class's hint.
        field: The field, setting or column at fault, when there is one.
        reason: A stable slug finer than `code`, when there is one.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    hint: str = "Look the code up in docs/errors.md."

    def __init__(
        self,
        detail: str | None = None,
        *,
        hint: str | None = None,
        field: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.field = field
        self.reason = reason
        if hint is not None:
            self.hint = hint


class InvalidError(ShopwardError):
    """The request, row or file cannot be understood as it stands."""

    code = "invalid"
    title = "The request is not valid"
    status = 400
    hint = "Correct the field that is named and send it again; nothing was written."


class UnauthenticatedError(ShopwardError):
    """No credential, or one that is unknown or revoked."""

    code = "unauthenticated"
    title = "The caller is not known"
    status = 401
    hint = "Send `Authorization: Bearer <credential>`; `shopward caller add` makes one."


class DeniedError(ShopwardError):
    """The policy does not permit this; the refusal is in the ledger."""

    code = "denied"
    title = "The policy does not permit this"
    status = 403
    hint = "Ask `shopward explain` with the same arguments why."


class NotFoundError(ShopwardError):
    """There is nothing under that name."""

    code = "not-found"
    title = "There is nothing under that name"
    status = 404
    hint = "Check the token, path or number for a typing mistake."


class MethodError(ShopwardError):
    """The path is there, but not with this method."""

    code = "method"
    title = "This path does not take that method"
    status = 405
    hint = "Look the path up in /openapi.json."


class ConflictError(ShopwardError):
    """The change meets a state that does not allow it."""

    code = "conflict"
    title = "This conflicts with what is stored"
    status = 409
    hint = "Look the existing record up and update it instead."


class ErasedError(ShopwardError):
    """The customer was erased; what is left cannot be opened."""

    code = "erased"
    title = "This customer was erased"
    status = 410
    hint = "Remove the token from your own records; the data is gone on purpose."


class TooLargeError(ShopwardError):
    """The body or batch is above the limit."""

    code = "too-large"
    title = "The request is too large"
    status = 413
    hint = "Split it into smaller batches."


class UnsupportedMediaError(ShopwardError):
    """The body is not declared to be JSON."""

    code = "media-type"
    title = "The body is not declared to be JSON"
    status = 415
    hint = "Send `Content-Type: application/json`."


class RateLimitedError(ShopwardError):
    """The caller's requests per minute are used up."""

    code = "rate-limited"
    title = "Too many requests"
    status = 429
    hint = "Wait for the seconds named in Retry-After, then go on."


class InternalError(ShopwardError):
    """Something nobody expected; the server's log has the kind of error, never a value."""

    code = "internal"
    title = "Something unexpected happened"
    status = 500
    hint = "Send the request id to whoever runs Shopward."


class UndecryptableError(ShopwardError):
    """A sealed value did not open: wrong key, altered bytes or another row's value.

    One opaque error for all three, so that it is no oracle.
    """

    code = "undecryptable"
    title = "A sealed value did not open"
    status = 500
    hint = "Run `shopward doctor` and `shopward ledger verify`; keep a copy of the store as it is."


class UnavailableError(ShopwardError):
    """The store cannot take this now; nothing was acknowledged, and it may be sent again."""

    code = "unavailable"
    title = "The vault cannot take this now"
    status = 503
    hint = "Try again; if it stays, look at `shopward doctor` and the readiness page."


class BackupError(ShopwardError):
    """A backup that is damaged, foreign, too old or of another version; nothing was restored."""

    code = "backup"
    title = "The backup cannot be used"
    status = 422
    hint = "Take another backup; `shopward backup verify FILE` says which ones are whole."


class JournalError(ShopwardError):
    """The erasure journal is missing or was altered: what it forbids to come back is not known."""

    code = "journal"
    title = "The erasure journal does not hold"
    status = 500
    hint = "Keep a copy as evidence, and put the journal back from where you keep its copy."


class IntegrityError(ShopwardError):
    """A proof, signature or checkpoint does not hold: the ledger was altered."""

    code = "integrity"
    title = "The ledger does not verify"
    status = 500
    hint = "Keep a copy of the store as evidence and follow docs/operations/incident.md."


class ConfigError(ShopwardError):
    """A setting, policy or keystore that refuses to start."""

    code = "configuration"
    title = "The configuration refuses to start"
    status = 500
    hint = "Correct the entry that is named; `shopward doctor` checks the rest."


class PolicyError(ConfigError):
    """The policy file has mistakes; every one is listed."""

    code = "policy"
    title = "The policy file has mistakes"
    hint = "Correct each line named, then run `shopward policy check`."

    def __init__(self, mistakes: tuple[str, ...], *, name: str = "policy.toml") -> None:
        many = f"{len(mistakes)} mistakes" if len(mistakes) != 1 else "1 mistake"
        super().__init__(f"{name} has {many}: " + " | ".join(mistakes))
        self.mistakes = mistakes


class KeystoreError(ConfigError):
    """The keystore is missing, damaged, or its passphrase is wrong."""

    code = "keystore"
    title = "The keystore does not open"
    hint = "Check the path and the passphrase; without the keystore no value can be opened."


class ProofError(IntegrityError):
    """A Merkle proof is malformed or proves something else."""

    code = "proof"
    title = "The proof does not hold"


class SignatureError(IntegrityError):
    """A signed note is malformed or not signed by a key we trust."""

    code = "signature"
    title = "The signature does not hold"
