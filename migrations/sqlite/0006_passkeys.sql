-- Passkeys. `credential` is the public key with what was seen at registration; what changes with use has columns of its
-- own, so that a use is one conditional statement: the sign count must grow.
CREATE TABLE passkeys (
    id            BLOB PRIMARY KEY,
    account_id    BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE,
    credential    TEXT NOT NULL,
    name          TEXT NOT NULL,
    sign_count    INTEGER NOT NULL,
    backed_up     BOOLEAN NOT NULL,
    user_verified BOOLEAN NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER
);
CREATE INDEX passkeys_of_account ON passkeys (account_id);

-- What an account is called inside passkeys: random, and told to nobody else.
CREATE TABLE passkey_users (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    handle     BLOB NOT NULL UNIQUE
);

-- Challenges that were asked of nobody in particular and travelled sealed in a page: once answered, they are here until
-- they would have expired.
CREATE TABLE spent_challenges (
    hash       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at);

-- What the asking factor has to keep until it is answered, sealed; and what a proof has shown beyond its method.
ALTER TABLE proofs ADD COLUMN state BLOB;
ALTER TABLE proofs ADD COLUMN details TEXT;
