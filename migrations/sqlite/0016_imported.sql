-- When an account was brought in from another system: those whom a later file of that system does not have were taken out
-- there since.
ALTER TABLE accounts ADD COLUMN imported_at INTEGER;
UPDATE accounts SET imported_at = created_at
 WHERE id IN (SELECT account FROM audit WHERE kind = 'account.created' AND details = '{"by":"import"}');
