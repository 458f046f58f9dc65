-- The message that carries a challenge's code. It is committed with the step that asks for the code: the row of the
-- challenge is its place in the outbox. `send_due_at` is when a worker takes it (null: nothing is to be sent),
-- `message_id` the name that the provider and the ledger know this send by, `send_as` how it is to be written.
ALTER TABLE proofs ADD COLUMN message_id UUID;
ALTER TABLE proofs ADD COLUMN send_due_at TIMESTAMPTZ;
ALTER TABLE proofs ADD COLUMN send_tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE proofs ADD COLUMN send_as JSONB;
ALTER TABLE proofs ADD COLUMN send_failed BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX proofs_to_send ON proofs (send_due_at) WHERE send_due_at IS NOT NULL;

-- Messages without a code, committed with what they tell of: `kind` names the text, `details` what it says.
CREATE TABLE notices (
    id          UUID PRIMARY KEY,
    account_id  UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    channel     TEXT NOT NULL,
    destination TEXT NOT NULL,
    kind        TEXT NOT NULL,
    details     JSONB NOT NULL,
    send_as     JSONB NOT NULL,
    send_due_at TIMESTAMPTZ NOT NULL,
    send_tries  BIGINT NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX notices_to_send ON notices (send_due_at);
