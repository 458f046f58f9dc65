-- Who may go without a second factor and put its setting up off is not asked again before this time.
ALTER TABLE accounts ADD COLUMN invite_after INTEGER;

-- Who has a number: somebody new may have got it, and a number serves a few people only.
CREATE INDEX contacts_by_number ON contacts (value) WHERE kind = 'phone';
-- Numbers that nobody has used for long.
CREATE INDEX contacts_by_last_proof ON contacts (state_at) WHERE kind = 'phone' AND state = 'verified';
