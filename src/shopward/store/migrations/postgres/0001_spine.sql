-- Vault and ledger in one database. Every table of a customer's data starts with the subject.
-- What is sealed does not compress, so nothing is tried (STORAGE EXTERNAL).
CREATE TABLE installation (
    only_row   smallint PRIMARY KEY CHECK (only_row = 1),
    id         bytea NOT NULL CHECK (octet_length(id) = 16),
    origin     text NOT NULL,
    created_ms bigint NOT NULL
);

-- The one row that every commit locks. It is rewritten in place, in the room that fillfactor leaves.
CREATE TABLE head (
    only_row smallint PRIMARY KEY CHECK (only_row = 1),
    size     bigint NOT NULL,
    time_ms  bigint NOT NULL,
    note     text NOT NULL,
    policy   text NOT NULL,
    callers  bigint NOT NULL, -- counts the changes of the table of callers
    revision bigint NOT NULL
) WITH (fillfactor = 10);

-- Every policy that was ever in force, so that each process can load the one that is.
CREATE TABLE policy (
    sha256 text PRIMARY KEY,
    source bytea NOT NULL,
    proof  bytea NOT NULL CHECK (octet_length(proof) = 32)
);

CREATE TABLE subject (
    subject    bytea PRIMARY KEY CHECK (octet_length(subject) = 16),
    generation bigint NOT NULL,
    erased_ms  bigint,
    "freeze"   text
);
CREATE INDEX subject_erased ON subject (subject) WHERE erased_ms IS NOT NULL;
CREATE INDEX subject_frozen ON subject (subject) WHERE "freeze" IS NOT NULL;

CREATE TABLE record (
    subject bytea NOT NULL,
    class   text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    epoch   bigint NOT NULL,
    wrapped bytea NOT NULL,
    body    bytea NOT NULL,
    since_ms bigint, -- the day its term counts from; NULL while it does not
    PRIMARY KEY (subject, class)
);
CREATE INDEX record_by_term ON record (class, since_ms) WHERE since_ms IS NOT NULL;
ALTER TABLE record ALTER body SET STORAGE EXTERNAL;

CREATE TABLE alias (
    digest  bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    subject bytea NOT NULL,
    name    text COLLATE "C" NOT NULL,
    proof   bytea NOT NULL CHECK (octet_length(proof) = 16),
    version bigint NOT NULL
);
CREATE INDEX alias_of_subject ON alias (subject);

-- Digests by which a customer may be found; `name` is the index, `kind:field` or `kind:field+field`.
CREATE TABLE posting (
    digest  bytea NOT NULL CHECK (octet_length(digest) = 16),
    subject bytea NOT NULL,
    name    text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (digest, subject)
);
CREATE INDEX posting_of_subject ON posting (subject);

-- The indexes that every customer is in.
CREATE TABLE built (
    name text COLLATE "C" PRIMARY KEY
);

CREATE TABLE fact (
    type       text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    subject    bytea NOT NULL,
    state      text NOT NULL,
    expires_ms bigint,
    version    bigint NOT NULL,
    PRIMARY KEY (type, id)
);
CREATE INDEX fact_of_subject ON fact (subject);

-- Which customers a caller looked at on which of the shop's days, where a budget counts them.
CREATE TABLE seen (
    subject bytea NOT NULL,
    day     bigint NOT NULL,
    caller  text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    PRIMARY KEY (day, caller, purpose, subject)
);
CREATE INDEX seen_of_subject ON seen (subject);

CREATE TABLE caller (
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL,
    role        text NOT NULL,
    assurance   bigint NOT NULL,
    clauses     text NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_ms  bigint NOT NULL,
    revoked_ms  bigint,
    "freeze"    text,
    proof       bytea NOT NULL CHECK (octet_length(proof) = 32)
);

CREATE TABLE leaf (
    position bigint PRIMARY KEY,
    leaf     bytea NOT NULL,
    subject  bytea NOT NULL,
    sealed   bytea NOT NULL
);
ALTER TABLE leaf ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX leaf_of_subject ON leaf (subject, position); -- what a customer reads of herself

CREATE TABLE tile (
    level    bigint NOT NULL,
    position bigint NOT NULL,
    hashes   bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    PRIMARY KEY (level, position)
);
ALTER TABLE tile ALTER hashes SET STORAGE EXTERNAL;

-- Logs that a restore ended, with the partial tiles of their right edge; they never change.
CREATE TABLE past_log (
    number bigint PRIMARY KEY,
    origin text NOT NULL UNIQUE,
    size   bigint NOT NULL,
    note   text NOT NULL
);

CREATE TABLE past_leaf (
    log      bigint NOT NULL,
    position bigint NOT NULL,
    leaf     bytea NOT NULL,
    subject  bytea NOT NULL,
    sealed   bytea NOT NULL,
    PRIMARY KEY (log, position)
);
ALTER TABLE past_leaf ALTER sealed SET STORAGE EXTERNAL;

CREATE TABLE past_tile (
    log      bigint NOT NULL,
    level    bigint NOT NULL,
    position bigint NOT NULL,
    hashes   bytea NOT NULL,
    PRIMARY KEY (log, level, position)
);
ALTER TABLE past_tile ALTER hashes SET STORAGE EXTERNAL;

CREATE TABLE replay (
    digest     bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    request    bytea NOT NULL,
    position   bigint NOT NULL,
    sealed     bytea NOT NULL,
    expires_ms bigint NOT NULL
);
CREATE INDEX replay_by_expiry ON replay (expires_ms);

-- The keys that signed the ledger after the first, each with the checkpoint that both sign.
CREATE TABLE log_key (
    version bigint PRIMARY KEY,
    vkey    text NOT NULL,
    note    text NOT NULL
);

-- Long work of the data plane, where it stands, and who does it now.
CREATE TABLE job (
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL,
    argument    text NOT NULL,
    state       text NOT NULL,
    cursor      text NOT NULL,
    done        bigint NOT NULL,
    total       bigint NOT NULL,
    note        text NOT NULL,
    started_ms  bigint NOT NULL,
    updated_ms  bigint NOT NULL,
    finished_ms bigint,
    holder      text NOT NULL,
    lease_ms    bigint NOT NULL,
    version     bigint NOT NULL
);
