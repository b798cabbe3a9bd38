-- Vault and ledger in one file. Every table of a customer's data starts with the subject.
CREATE TABLE installation (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    origin     TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE head (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    size     INTEGER NOT NULL,
    time_ms  INTEGER NOT NULL,
    note     TEXT NOT NULL,
    policy   TEXT NOT NULL,
    callers  INTEGER NOT NULL -- counts the changes of the table of callers
) STRICT;

-- Every policy that was ever in force, so that each process can load the one that is.
CREATE TABLE policy (
    sha256 TEXT PRIMARY KEY,
    source BLOB NOT NULL,
    proof  BLOB NOT NULL CHECK (length(proof) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (
    subject    BLOB PRIMARY KEY CHECK (length(subject) = 16),
    generation INTEGER NOT NULL,
    erased_ms  INTEGER,
    freeze     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_erased ON subject (subject) WHERE erased_ms IS NOT NULL;
CREATE INDEX subject_frozen ON subject (subject) WHERE freeze IS NOT NULL;

CREATE TABLE record (
    subject BLOB NOT NULL,
    class   TEXT NOT NULL,
    version INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    body    BLOB NOT NULL,
    since_ms INTEGER, -- the day its term counts from; NULL while it does not
    PRIMARY KEY (subject, class)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_term ON record (class, since_ms) WHERE since_ms IS NOT NULL;

CREATE TABLE alias (
    digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
    subject BLOB NOT NULL,
    name    TEXT NOT NULL,
    proof   BLOB NOT NULL CHECK (length(proof) = 16),
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_of_subject ON alias (subject);

-- Digests by which a customer may be found; `name` is the index, `kind:field` or `kind:field+field`.
CREATE TABLE posting (
    digest  BLOB NOT NULL CHECK (length(digest) = 16),
    subject BLOB NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (digest, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_of_subject ON posting (subject);

-- The indexes that every customer is in.
CREATE TABLE built (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    type       TEXT NOT NULL,
    id         TEXT NOT NULL,
    subject    BLOB NOT NULL,
    state      TEXT NOT NULL,
    expires_ms INTEGER,
    version    INTEGER NOT NULL,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_of_subject ON fact (subject);

-- Which customers a caller looked at on which of the shop's days, where a budget counts them.
CREATE TABLE seen (
    subject BLOB NOT NULL,
    day     INTEGER NOT NULL,
    caller  TEXT NOT NULL,
    purpose TEXT NOT NULL,
    PRIMARY KEY (day, caller, purpose, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_of_subject ON seen (subject);

CREATE TABLE caller (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    assurance   INTEGER NOT NULL,
    clauses     TEXT NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_ms  INTEGER NOT NULL,
    revoked_ms  INTEGER,
    freeze      TEXT,
    proof       BLOB NOT NULL CHECK (length(proof) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE leaf (
    position INTEGER PRIMARY KEY,
    leaf     BLOB NOT NULL,
    subject  BLOB NOT NULL,
    sealed   BLOB NOT NULL
) STRICT;

-- Where each subject's leaves lie, in blocks of 4,096 positions, each written when it is full: an
-- index on `leaf` would write a page of its own for nearly every leaf. The last leaves are read through.
CREATE TABLE leaf_place (
    block    INTEGER NOT NULL,
    subject  BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (block, subject, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
    level    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hashes   BLOB NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

-- Logs that a restore ended, with the partial tiles of their right edge; they never change.
CREATE TABLE past_log (
    number INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE,
    size   INTEGER NOT NULL,
    note   TEXT NOT NULL
) STRICT;

CREATE TABLE past_leaf (
    log      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    leaf     BLOB NOT NULL,
    subject  BLOB NOT NULL,
    sealed   BLOB NOT NULL,
    PRIMARY KEY (log, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE past_tile (
    log      INTEGER NOT NULL,
    level    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hashes   BLOB NOT NULL,
    PRIMARY KEY (log, level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE replay (
    digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
    request    BLOB NOT NULL,
    position   INTEGER NOT NULL,
    sealed     BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_by_expiry ON replay (expires_ms);

-- The keys that signed the ledger after the first, each with the checkpoint that both sign.
CREATE TABLE log_key (
    version INTEGER PRIMARY KEY,
    vkey    TEXT NOT NULL,
    note    TEXT NOT NULL
) STRICT;

-- Long work of the data plane, where it stands, and who does it now.
CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    argument    TEXT NOT NULL,
    state       TEXT NOT NULL,
    cursor      TEXT NOT NULL,
    done        INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    note        TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    finished_ms INTEGER,
    holder      TEXT NOT NULL,
    lease_ms    INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
