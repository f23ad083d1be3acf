-- Batches in the order of their submission: what stands in columns is looked for, the row is JSON.
CREATE TABLE batch (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    created INTEGER NOT NULL,
    -- when somebody may claim it; null where it is over
    ready INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX batch_ready ON batch (ready, seq) WHERE ready IS NOT NULL;
CREATE INDEX batch_over ON batch (created) WHERE ready IS NULL;
CREATE INDEX batch_provider ON batch (provider, seq);

CREATE TABLE line (
    seq INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    custom_id TEXT NOT NULL,
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    -- answered, lost, canceled or expired; null where it has not ended
    ended TEXT,
    status INTEGER,
    answer BLOB
) STRICT;

CREATE UNIQUE INDEX line_number ON line (batch, number);
CREATE INDEX line_open ON line (batch, number) WHERE ended IS NULL;

CREATE TABLE file (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER
) STRICT;

CREATE INDEX file_provider ON file (provider, seq);
CREATE INDEX file_expires ON file (expires) WHERE expires IS NOT NULL;

-- What files hold is apart, so that a list of them reads none of it.
CREATE TABLE content (file INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
