-- The ids of the virtual keys that batches and files belong to. What was there before is everybody's.
ALTER TABLE batch ADD COLUMN owner_key TEXT;
ALTER TABLE file ADD COLUMN owner_key TEXT;

DROP INDEX batch_provider;
DROP INDEX file_provider;
CREATE INDEX batch_owner ON batch (provider, owner_key, seq);
CREATE INDEX file_owner ON file (provider, owner_key, seq);
