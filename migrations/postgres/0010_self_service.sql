-- When the owner of a passkey was last told that there may be a copy of it.
ALTER TABLE passkeys ADD COLUMN copy_noted_at TIMESTAMPTZ;

-- The browser that is remembered, as it was called when it was.
ALTER TABLE remembered_devices ADD COLUMN device TEXT;
