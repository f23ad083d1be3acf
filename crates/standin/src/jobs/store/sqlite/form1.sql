-- Jobs in the order of their submission. A step rewrites the whole row, so whatever may be large is elsewhere.
-- Times are microseconds since 1970.
CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    owner_key TEXT,
    batch TEXT,
    created INTEGER NOT NULL,
    started INTEGER,
    completed INTEGER,
    expires INTEGER,
    ttl INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    executions INTEGER NOT NULL,
    polls INTEGER NOT NULL,
    held INTEGER NOT NULL,
    cancel_requested INTEGER,
    cancellation BLOB,
    control TEXT NOT NULL,
    not_before INTEGER,
    -- free: nobody works on it before run_at; leased: run_owner does until run_at; answered; over
    run TEXT NOT NULL,
    run_owner TEXT,
    run_at INTEGER,
    -- when it may be claimed or reclaimed
    ready INTEGER
) STRICT;

CREATE INDEX job_ready ON job (ready, seq) WHERE ready IS NOT NULL;
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;
CREATE INDEX job_pending ON job (seq) WHERE stage = 'pending';
CREATE INDEX job_batch ON job (batch, seq) WHERE batch IS NOT NULL;
CREATE INDEX job_owner ON job (owner_key, seq);

CREATE TABLE request (
    job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE,
    method TEXT NOT NULL,
    target TEXT NOT NULL,
    headers TEXT NOT NULL,
    route TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE answer (
    job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE,
    stage TEXT NOT NULL,
    status_code INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE event (
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    data BLOB,
    PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

-- A key outlives its job where that is over within a day.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    id BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_created ON idempotency (created);

-- How many jobs are at each stage, so that nobody counts them.
CREATE TABLE tally (stage TEXT PRIMARY KEY, jobs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES ('pending', 0), ('processing', 0), ('completed', 0), ('failed', 0);

CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    UPDATE tally SET jobs = jobs + 1 WHERE stage = new.stage;
END;
CREATE TRIGGER job_moved AFTER UPDATE OF stage ON job WHEN new.stage <> old.stage BEGIN
    UPDATE tally SET jobs = jobs - 1 WHERE stage = old.stage;
    UPDATE tally SET jobs = jobs + 1 WHERE stage = new.stage;
END;
CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN
    UPDATE tally SET jobs = jobs - 1 WHERE stage = old.stage;
END;
