-- Webhooks of jobs. One whose `at` is there is to be sent, and its job stays until it is.
CREATE TABLE delivery (
    job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE,
    url TEXT NOT NULL,
    -- what it shares with other webhooks of the same receiver
    origin TEXT NOT NULL,
    -- awaiting: the job is not over; due: not before at; sending: owner does until at; delivered; given_up
    stage TEXT NOT NULL,
    owner TEXT,
    at INTEGER,
    claims INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    reason TEXT
) STRICT;

CREATE INDEX delivery_at ON delivery (at, job) WHERE at IS NOT NULL;
