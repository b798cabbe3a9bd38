"""What can go wrong: one class per `code` of the vault's problem details.

`detail` and `hint` are sentences for a person. `str` and `repr` are made for logs: they hold this
module's own title and the slugs of code, reason and field, never text that a server wrote, and
never a value or a credential. A code that this version does not know becomes `ShopwardError`.
"""

from __future__ import annotations

import re

from shopward_client.answers import Problem, Receipt

_SLUG = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")


class ShopwardError(Exception):
    """The base of every error raised on purpose.

    Attributes:
        code: The stable slug of the problem's documentation page.
        title: A few words for the code.
        status: The HTTP status, or 0 when no answer came.
        detail: One sentence for a person.
        hint: What to do next.
        field: The field, member or setting at fault, when there is one.
        reason: A slug finer than `code`, such as `fact-closed`, when there is one.
        receipt: Where the refusal stands in the ledger, when it was entered.
        retry_after_s: Seconds to wait, when the answer named them.
        idempotency_key: The key of the write that failed; repeating the write with it is safe.
    """

    code: str = "error"
    title: str = "Something went wrong"
    status: int = 0
    hint: str = "Look the code up in the error pages of the documentation."

    def __init__(self, detail: str, *, hint: str | None = None, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.reason: str | None = None
        self.receipt: Receipt | None = None
        self.retry_after_s: int | None = None
        self.idempotency_key: str | None = None
        if hint is not None:
            self.hint = hint


class InvalidError(ShopwardError):
    """The request cannot be understood as it stands."""

    code = "invalid"
    title = "The request is not valid"


class UnauthenticatedError(ShopwardError):
    """No credential, or one that is unknown or revoked."""

    code = "unauthenticated"
    title = "The caller is not known"


class DeniedError(ShopwardError):
    """The policy does not permit this; the refusal is in the ledger."""

    code = "denied"
    title = "The policy does not permit this"


class NotFoundError(ShopwardError):
    """There is nothing under that name."""

    code = "not-found"
    title = "There is nothing under that name"


class MethodError(ShopwardError):
    """The path exists and does not take that method: the versions of both sides differ."""

    code = "method"
    title = "This path does not take that method"


class ConflictError(ShopwardError):
    """The change meets a state that does not allow it."""

    code = "conflict"
    title = "This conflicts with what is stored"


class ErasedError(ShopwardError):
    """The customer was erased; what is left cannot be opened."""

    code = "erased"
    title = "This customer was erased"


class TooLargeError(ShopwardError):
    """The body or batch is above the limit; split it."""

    code = "too-large"
    title = "The request is too large"


class UnsupportedMediaError(ShopwardError):
    """The body did not arrive as JSON; something between rewrote it."""

    code = "media-type"
    title = "The body is not declared to be JSON"


class RateLimitedError(ShopwardError):
    """The caller's requests per minute are used up; `retry_after_s` says how long."""

    code = "rate-limited"
    title = "Too many requests"


class UndecryptableError(ShopwardError):
    """A sealed value did not open."""

    code = "undecryptable"
    title = "A sealed value did not open"


class InternalError(ShopwardError):
    """Something nobody expected; `detail` names the request for whoever runs the vault."""

    code = "internal"
    title = "Something unexpected happened"


class UnavailableError(ShopwardError):
    """The vault cannot take this now; nothing was acknowledged, and it may be sent again."""

    code = "unavailable"
    title = "The vault cannot take this now"


class UnreachableError(UnavailableError):
    """No connection to the vault; nothing was sent."""

    code = "unreachable"
    title = "The vault cannot be reached"
    hint = "Check the address and that `shopward serve` is running."


class NoAnswerError(ShopwardError):
    """The request left, the answer did not come: a write may or may not have happened."""

    code = "no-answer"
    title = "The vault did not answer"
    hint = "Repeat a write with this error's `idempotency_key`: it cannot happen twice."


class UnexpectedAnswerError(ShopwardError):
    """What answered is not a vault, or not one that this client understands."""

    code = "unexpected-answer"
    title = "The answer is not understood"
    hint = "Check that the address is the vault's own, and the versions of both sides."


class BackupError(ShopwardError):
    """A backup is damaged, foreign, too old or of another version; nothing was restored."""

    code = "backup"
    title = "The backup cannot be used"


class JournalError(ShopwardError):
    """The erasure journal is missing or was altered."""

    code = "journal"
    title = "The erasure journal does not hold"


class IntegrityError(ShopwardError):
    """A proof, signature or checkpoint does not hold: the ledger was altered."""

    code = "integrity"
    title = "The ledger does not verify"


class ProofError(IntegrityError):
    """A Merkle proof is malformed or proves something else."""

    code = "proof"
    title = "The proof does not hold"


class SignatureError(IntegrityError):
    """A signed note is malformed or not signed by a key we trust."""

    code = "signature"
    title = "The signature does not hold"


class ConfigError(ShopwardError):
    """A setting, here or on the vault's side, that is refused."""

    code = "configuration"
    title = "The configuration is refused"
    hint = "Correct the setting that is named."


class PolicyError(ConfigError):
    """The policy file has mistakes; `detail` lists every one."""

    code = "policy"
    title = "The policy file has mistakes"


class KeystoreError(ConfigError):
    """The vault's keystore does not open."""

    code = "keystore"
    title = "The keystore does not open"


def _family(base: type[ShopwardError]) -> dict[str, type[ShopwardError]]:
    found = {base.code: base}
    for child in base.__subclasses__():
        found |= _family(child)
    return found


BY_CODE = _family(ShopwardError)


def from_problem(problem: Problem, *, retry_after_s: int | None = None) -> ShopwardError:
    """Turn problem details into the error of their code."""
    kind = BY_CODE.get(problem.code, ShopwardError)
    error = kind(_summary(kind, problem), hint=problem.hint, field=problem.field)
    error.code, error.title, error.status = problem.code, problem.title, problem.status
    error.detail, error.reason, error.receipt = problem.detail, problem.reason, problem.receipt
    error.retry_after_s = retry_after_s
    return error


def _summary(kind: type[ShopwardError], problem: Problem) -> str:
    """Say what happened in words fit for a log: our title, and slugs that look like slugs."""
    named = (("", problem.code), ("reason ", problem.reason), ("field ", problem.field))
    slugs = [label + slug for label, slug in named if slug and _SLUG.fullmatch(slug)]
    return f"{kind.title} ({', '.join(slugs)})"
