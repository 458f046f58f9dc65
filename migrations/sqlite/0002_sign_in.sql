-- Relying parties. `secret_tag` is an HMAC of the client secret under a key that is not in the database.
CREATE TABLE clients (
    id                TEXT PRIMARY KEY,
    metadata          TEXT NOT NULL,
    policy            TEXT NOT NULL,
    secret_tag        BLOB,
    enabled           BOOLEAN NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    first_accessed_at INTEGER
);

-- People. `profile` holds their standard claims but for email and phone, which are contacts. `mfa_reset`: a help desk
-- took their second factors away, and none was set up since.
CREATE TABLE accounts (
    id         BLOB PRIMARY KEY,
    sub        TEXT NOT NULL UNIQUE,
    class      TEXT NOT NULL,
    status     TEXT NOT NULL,
    profile    TEXT NOT NULL,
    locale     TEXT,
    mfa_on     BOOLEAN NOT NULL,
    mfa_reset  BOOLEAN NOT NULL,
    mfa_since  INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

-- What somebody types to sign in: unique in each class, never across.
CREATE TABLE sign_in_names (
    class      TEXT NOT NULL,
    name       TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (class, name)
);
CREATE INDEX sign_in_names_by_account ON sign_in_names (account_id);

-- Addresses and numbers. At most one default of each kind.
CREATE TABLE contacts (
    id             BLOB PRIMARY KEY,
    account_id     BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    value          TEXT NOT NULL,
    state          TEXT NOT NULL,
    is_default     BOOLEAN NOT NULL,
    external_owner TEXT,
    created_at     INTEGER NOT NULL,
    state_at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX contacts_default ON contacts (account_id, kind) WHERE is_default;
CREATE INDEX contacts_by_account ON contacts (account_id);

CREATE TABLE passwords (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    phc        TEXT NOT NULL,
    changed_at INTEGER NOT NULL
);

-- Authenticator apps. The secret is sealed with the account as associated data.
CREATE TABLE authenticators (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret     BLOB NOT NULL,
    enabled_at INTEGER NOT NULL
);

-- An authenticator that somebody is setting up within one sign-in; nothing is enrolled before it is enabled.
CREATE TABLE authenticator_enrolments (
    transaction_id TEXT PRIMARY KEY,
    account_id     BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret         BLOB NOT NULL,
    confirmed_at   INTEGER,
    created_at     INTEGER NOT NULL
);
CREATE INDEX authenticator_enrolments_by_age ON authenticator_enrolments (created_at);

-- Which second factors an account has set up or used at which client.
CREATE TABLE factor_uses (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    factor     TEXT NOT NULL,
    first_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, client_id, factor)
);

-- What was proven, or is being asked, in one transaction: one row a method. A code is asked for while `given_at` is
-- null; the statement that counts a try is the one that fills it in.
CREATE TABLE proofs (
    transaction_id TEXT NOT NULL,
    method         TEXT NOT NULL,
    account_id     BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    destination    TEXT,
    challenge_id   BLOB,
    asked_at       INTEGER NOT NULL,
    expires_at     INTEGER,
    last_sent_at   INTEGER,
    sends          INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    given_at       INTEGER,
    PRIMARY KEY (transaction_id, method)
);
CREATE INDEX proofs_by_age ON proofs (asked_at);
CREATE INDEX proofs_by_account ON proofs (account_id);

-- Requests too large to travel in a URL, sealed.
CREATE TABLE parked_requests (
    id         TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX parked_requests_by_age ON parked_requests (expires_at);

-- Browsers that someone signed in with. `token_hash` changes at each raise, `sid` never.
CREATE TABLE sessions (
    id           BLOB PRIMARY KEY,
    token_hash   BLOB NOT NULL UNIQUE,
    sid          TEXT NOT NULL UNIQUE,
    account_id   BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    proofs       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at     INTEGER
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_age ON sessions (last_seen_at);

-- What an account allowed a client on one occasion, with the code that tells it. Revoking the row ends everything that
-- came from it. One transaction makes at most one grant.
CREATE TABLE grants (
    id              BLOB PRIMARY KEY,
    transaction_id  TEXT NOT NULL UNIQUE,
    client_id       TEXT NOT NULL,
    account_id      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    session_id      BLOB NOT NULL,
    scopes          TEXT NOT NULL,
    acr             TEXT NOT NULL,
    amr             TEXT NOT NULL,
    auth_time       INTEGER NOT NULL,
    nonce           TEXT,
    claims          TEXT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    code_challenge  TEXT,
    code_hash       BLOB NOT NULL UNIQUE,
    code_expires_at INTEGER NOT NULL,
    revoked_at      INTEGER,
    created_at      INTEGER NOT NULL
);
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_session ON grants (session_id);
CREATE INDEX grants_by_age ON grants (created_at);

-- Access tokens, by hash. The first of a grant redeems its code, and only one can. Those of the client credentials grant have no grant row.
CREATE TABLE access_tokens (
    hash       BLOB PRIMARY KEY,
    grant_id   BLOB REFERENCES grants (id) ON DELETE CASCADE,
    redeems    BLOB UNIQUE,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_age ON access_tokens (expires_at);

-- What an account agreed to share with a client, remembered between sign-ins.
CREATE TABLE consents (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    agreed_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- Guesses at a password, by HMAC of the canonical address: there is a row whether or not the account exists.
CREATE TABLE sign_in_budgets (
    key           BLOB PRIMARY KEY,
    used          INTEGER NOT NULL,
    failed_in_row INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    blocked_until INTEGER
);
CREATE INDEX sign_in_budgets_by_age ON sign_in_budgets (last_at);

-- What an account has spent on second factors: wrong codes, messages, and the last authenticator step accepted.
CREATE TABLE factor_budgets (
    account_id          BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    wrong               INTEGER NOT NULL,
    wrong_in_row        INTEGER NOT NULL,
    last_wrong_at       INTEGER,
    totp_step           INTEGER NOT NULL,
    sends_unanswered    INTEGER NOT NULL,
    last_sent_at        INTEGER,
    sends_blocked_until INTEGER
);

-- Keys that sign tokens; the private part is sealed with kid and algorithm as associated data.
CREATE TABLE signing_keys (
    kid          TEXT PRIMARY KEY,
    alg          TEXT NOT NULL,
    sealed_pkcs8 BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    active_from  INTEGER,
    retired_at   INTEGER,
    revoked_at   INTEGER
);

-- Facts of the installation, such as the check value of the master key.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Single-use invitations of administrators, by hash.
CREATE TABLE invitations (
    token_hash BLOB PRIMARY KEY,
    role       TEXT NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);

-- What an administrator may do.
CREATE TABLE roles (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, role)
);
