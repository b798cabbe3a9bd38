"""Everything that reaches the ledger, named `<subject>:<action>`.

A name is published with its leaf and never re-used for something else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The kind of a ledger entry; at most 40 ASCII characters, public."""

    SERVER_STARTED = "server:started"
    SERVER_STOPPED = "server:stopped"
    WORKER_RESTARTED = "worker:restarted"
    CLOCK_STEPPED_BACK = "clock:stepped-back"
    STORE_RECOVERED = "store:recovered"
    POLICY_LOADED = "policy:loaded"
    POLICY_REFUSED = "policy:refused"
    CALLER_ADDED = "caller:added"
    CALLER_REVOKED = "caller:revoked"
    CALLER_FROZEN = "caller:frozen"
    CALLER_THAWED = "caller:thawed"
    SUBJECT_FROZEN = "subject:frozen"
    SUBJECT_THAWED = "subject:thawed"
    FREEZE_LISTED = "freeze:listed"
    BUDGET_LOW = "budget:low"
    RETENTION_SWEPT = "retention:swept"
    JOB_STARTED = "job:started"
    JOB_RESUMED = "job:resumed"
    JOB_FINISHED = "job:finished"
    JOB_FAILED = "job:failed"
    JOB_CANCELLED = "job:cancelled"
    CALLER_REVOKED_AGAIN = "caller:revoked-again"
    FROZEN_AGAIN = "freeze:again"
    LOG_CONTINUED = "log:continued"
    BACKUP_MADE = "backup:made"
    BACKUP_GOES_ON = "backup:goes-on"
    DRILL_GOES_ON = "drill:goes-on"
    DRILL_PASSED = "drill:passed"
    DRILL_FAILED = "drill:failed"
    KEYS_REWRAPPED = "keys:rewrapped"
    KEYS_RENEWED = "keys:renewed"
    KEYS_LATCHED = "keys:latched"
    INDEX_BUILT = "index:built"
    INDEX_TURNED = "index:turned"
    INDEX_CLEARED = "index:cleared"
    INDEX_LINTED = "index:linted"
    LEDGER_KEY_BEGUN = "ledger-key:begun"
    LEDGER_KEY_HANDED_OVER = "ledger-key:handed-over"
    BACKUP_KEY_BEGUN = "backup-key:begun"
    EPOCH_BEGUN = "epoch:begun"
    KEY_DESTROYED = "key:destroyed"
    EPOCH_DESTROYED = "epoch:destroyed"
    PASSPHRASE_CHANGED = "passphrase:changed"  # noqa: S105 - a name, no passphrase
    FACT_PUT = "fact:put"
    FACT_LISTED = "fact:listed"
    REQUEST_FILED = "request:filed"
    REQUEST_LISTED = "request:listed"
    REQUEST_CLOSED = "request:closed"
    WEBHOOK_ADDED = "webhook:added"
    WEBHOOK_ROTATED = "webhook:rotated"
    WEBHOOK_DELIVERED = "webhook:delivered"
    RECORD_STORED = "record:stored"
    RECORD_UPDATED = "record:updated"
    RECORD_REVEALED = "record:revealed"
    RECORD_SEARCHED = "record:searched"
    RECORD_EXPLAINED = "record:explained"
    RECORD_ERASED = "record:erased"
    RECORD_ERASED_AGAIN = "record:erased-again"
    RECORD_EXPIRED = "record:expired"
    RECORD_DENIED = "record:denied"
    RECORD_FAILED = "record:failed"
    STAFF_SIGNED_IN = "staff:signed-in"
    STAFF_SIGN_IN_FAILED = "staff:sign-in-failed"
    STAFF_LOCKED = "staff:locked"
    STAFF_PROVEN = "staff:proven"
    STAFF_SIGNED_OUT = "staff:signed-out"
    STAFF_SESSIONS_ENDED = "staff:sessions-ended"
    STAFF_INVITED = "staff:invited"
    STAFF_ADDED = "staff:added"
    STAFF_ROLE_CHANGED = "staff:role-changed"
    STAFF_LEFT = "staff:left"
    STAFF_RETURNED = "staff:returned"
    CUSTOMER_SIGNED_IN = "customer:signed-in"
    CUSTOMER_SIGN_IN_FAILED = "customer:sign-in-failed"
    CUSTOMER_LOCKED = "customer:locked"
    CUSTOMER_PROVEN = "customer:proven"
    CUSTOMER_SIGNED_OUT = "customer:signed-out"
    CUSTOMER_SESSIONS_ENDED = "customer:sessions-ended"
    CUSTOMER_ADDED = "customer:added"
    CUSTOMER_CODE_SENT = "customer:code-sent"
    CUSTOMER_CODE_REFUSED = "customer:code-refused"
    CUSTOMER_NOT_ME = "customer:not-me"
    CUSTOMER_ADDRESS_UNDONE = "customer:address-undone"
    CUSTOMER_ERASURE_ASKED = "customer:erasure-asked"
    CUSTOMER_ERASURE_UNDONE = "customer:erasure-undone"
    CONSENT_GIVEN = "consent:given"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CUSTOMER_REMOVED = "customer:removed"
    INCIDENT_REPORTED = "incident:reported"
    INCIDENT_TAKEN = "incident:taken"
    INCIDENT_CLOSED = "incident:closed"
    FACTOR_ADDED = "factor:added"
    FACTOR_REMOVED = "factor:removed"
    FACTOR_USED_UP = "factor:used-up"
    PASSWORD_CHANGED = "password:changed"  # noqa: S105  # a kind of event
    RECOVERY_CODES_RENEWED = "recovery-codes:renewed"
    RECOVERY_CODE_USED = "recovery-codes:used"
    RECOVERY_ASKED = "recovery:asked"
    RECOVERY_AGREED = "recovery:agreed"
    RECOVERY_CANCELLED = "recovery:cancelled"
    RECOVERY_USED = "recovery:used"
    OIDC_CLIENT_ADDED = "oidc:client-added"
    OIDC_CLIENT_REMOVED = "oidc:client-removed"
    OIDC_KEY_MADE = "oidc:key-made"
    OIDC_KEYS_REPLACED = "oidc:keys-replaced"
    OIDC_SIGNED_IN = "oidc:signed-in"
    OIDC_REPLAYED = "oidc:replayed"
    OIDC_SIGNED_OUT = "oidc:signed-out"
    PROCESS_RESTARTED = "process:restarted"
    ACCOUNTS_RESTORED = "accounts:restored"
    CONSOLE_STARTED = "console:started"
    CONSOLE_STOPPED = "console:stopped"
    TASK_FAILED = "task:failed"
    TASK_RETRIED = "task:retried"
    MAIL_FAILED = "mail:failed"
    SMS_FAILED = "sms:failed"


CONTROL_PLANES_SUBJECTS: Final = frozenset(
    {
        "accounts",
        "consent",
        "console",
        "customer",
        "factor",
        "incident",
        "mail",
        "oidc",
        "password",
        "process",
        "recovery",
        "recovery-codes",
        "sms",
        "staff",
        "task",
    }
)
OF_CONTROL_PLANES: Final = frozenset(
    kind for kind in Kind if kind.partition(":")[0] in CONTROL_PLANES_SUBJECTS
)
"""What a control plane may record; everything else only the data plane itself enters."""
