"""The spool's tables. Instants are RFC 3339 texts in UTC; those of a session are in the frame of its first moment."""

VERSION = 1

SCHEMA = (
    # is_paired: it was read once, and is read whenever it wakes. is_known: the service was told of it.
    # mark_…: the newest record that was read, where the next download goes on.
    """CREATE TABLE device (
        address TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        manufacturer TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        serial TEXT NOT NULL DEFAULT '',
        firmware TEXT NOT NULL DEFAULT '',
        may_empty INTEGER NOT NULL,
        is_paired INTEGER NOT NULL DEFAULT 0,
        is_known INTEGER NOT NULL DEFAULT 0,
        mark_number INTEGER,
        mark_time TEXT,
        last_read_at TEXT,
        last_said TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    # wall, uptime, boot: its first moment. device, clock: as the service is told, in JSON, once it is over.
    """CREATE TABLE session (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL,
        wall TEXT NOT NULL,
        uptime REAL NOT NULL,
        boot TEXT NOT NULL,
        is_open INTEGER NOT NULL DEFAULT 1,
        is_complete INTEGER NOT NULL DEFAULT 0,
        device TEXT,
        clock TEXT
    ) STRICT""",
    # key: the Idempotency-Key, the same until the service has answered. code: why it refused; NULL: it waits.
    """CREATE TABLE batch (
        key TEXT PRIMARY KEY,
        session_id INTEGER NOT NULL REFERENCES session,
        is_last INTEGER NOT NULL,
        code TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    # batch_key: NULL while its session goes on.
    """CREATE TABLE payload (
        id INTEGER PRIMARY KEY,
        session_id INTEGER NOT NULL REFERENCES session,
        batch_key TEXT REFERENCES batch,
        characteristic TEXT NOT NULL,
        raw BLOB NOT NULL,
        received_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX payload_of_session ON payload (session_id)",
    "CREATE INDEX payload_of_batch ON payload (batch_key)",
    "CREATE TABLE jump (boot TEXT NOT NULL, uptime REAL NOT NULL, by_s REAL NOT NULL, noticed_at TEXT NOT NULL) STRICT",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)
