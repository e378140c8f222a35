-- A file of version 1, made with `sqlite3 FILE .dump` and the two settings at the end. It never changes.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE file (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  secret INTEGER,
  last_world INTEGER NOT NULL
);
INSERT INTO file VALUES(1,123456789,3);
CREATE TABLE closed_team (hash INTEGER PRIMARY KEY);
INSERT INTO closed_team VALUES(77);
CREATE TABLE ended_world (world INTEGER PRIMARY KEY);
INSERT INTO ended_world VALUES(3);
CREATE TABLE scenario (number INTEGER PRIMARY KEY, hash INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO scenario VALUES(1,4752463548404320233,'busy','{"name": "busy", "callback": {"backoff": ["1s"], "forward": ["traceparent"]}, "rules": [{"name": "later", "match": {"username": "late*"}, "count": "profile", "lookup": {"pending": {"polls": 3}}}]}');
CREATE TABLE callback_settings (number INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL);
INSERT INTO callback_settings VALUES(1,5899975651872960195,'{"max_attempts":3,"backoff":["1s"],"on_failed":false,"delay":"0s","copies":1,"drop":false,"fail_first":0,"headers":{},"forward":["traceparent"],"before_response":false,"order":"due","burst":"100ms"}');
CREATE TABLE settings_use (world INTEGER, settings INTEGER, PRIMARY KEY (world, settings)) WITHOUT ROWID;
INSERT INTO settings_use VALUES(1,1);
INSERT INTO settings_use VALUES(2,1);
INSERT INTO settings_use VALUES(3,1);
CREATE TABLE team (
  world INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  identity TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  masked_key TEXT NOT NULL,
  reopened INTEGER NOT NULL,
  own_key TEXT NOT NULL,
  keys TEXT NOT NULL,           -- one a line; percent-encoded: % and line feed
  library_scenario TEXT NOT NULL,
  has_own_scenario INTEGER NOT NULL,
  own_seed INTEGER,             -- of its own scenario; NULL: none
  own_credits INTEGER,          -- of its own scenario; NULL: as in the text
  scenario INTEGER NOT NULL,
  world_name TEXT NOT NULL,     -- that rules compare
  credits INTEGER NOT NULL,
  secret INTEGER NOT NULL,
  clock_manual INTEGER NOT NULL,
  clock_always_real INTEGER NOT NULL,
  clock_scale REAL NOT NULL,
  clock_now INTEGER NOT NULL,
  clock_wall INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  ids_seeded INTEGER NOT NULL,
  ids_base INTEGER NOT NULL,
  ids_before INTEGER NOT NULL,
  ids_count INTEGER NOT NULL,
  gate_passed INTEGER NOT NULL,
  gate_window_begin INTEGER,
  gate_admitted INTEGER NOT NULL,
  opening INTEGER NOT NULL,
  added INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  forgotten_movements INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  rejected TEXT NOT NULL,       -- JSON: by status
  completed INTEGER NOT NULL,
  not_found INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unmatched INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  exhausted INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  ever_delivered INTEGER NOT NULL,
  ever_exhausted INTEGER NOT NULL,
  ever_dropped INTEGER NOT NULL,
  burst_end INTEGER,
  rules_followed TEXT NOT NULL, -- JSON: by rule of the scenario
  rule_names TEXT NOT NULL,     -- JSON: of the rules that accepted enrichments
  forgotten INTEGER NOT NULL,
  creations INTEGER NOT NULL,
  extra_rules_added INTEGER NOT NULL,
  end_enrichment INTEGER NOT NULL,
  end_callback INTEGER NOT NULL
);
INSERT INTO team VALUES(1,8,'id-1',replace('\nkey-1','\n',char(10)),'','label-1','…1',0,'key-1',replace('key-1\nsecond\n','\n',char(10)),'library',0,NULL,NULL,1,'',250,1,1,0,2.5,12,34,1767225600000000,0,-1708784358674188386,0,7,0,NULL,0,250,50,4,0,8,'{"400":1}',4,1,0,0,3,0,0,3,0,0,NULL,'[1]','["extra rule","later"]',0,13,1,7,5);
INSERT INTO team VALUES(2,9,'id-2',replace('\nkey-2','\n',char(10)),'','label-2','…2',1,'key-2',replace('key-2\nsecond\n','\n',char(10)),'library',0,NULL,NULL,1,'',250,2,1,0,2.5,12,34,1767225600000000,0,-3109707795483133813,0,7,0,NULL,0,250,50,5,0,8,'{"400":1}',5,1,0,0,3,0,0,3,0,0,NULL,'[1]','["extra rule","later"]',0,13,1,7,5);
CREATE TABLE added_enrichment (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  id BLOB NOT NULL,
  status INTEGER NOT NULL,
  type INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  polls_left INTEGER NOT NULL,
  rule INTEGER,                 -- index in team.rule_names
  callback_draw INTEGER NOT NULL,
  first_callback INTEGER,
  creation INTEGER NOT NULL,
  due INTEGER,
  pending_at INTEGER NOT NULL,
  processing_at INTEGER,
  resolved_at INTEGER,
  ended_at INTEGER,
  processing INTEGER,           -- a duration; below 0: that many polls; NULL: forever
  linkedin_url TEXT NOT NULL,
  email TEXT NOT NULL,          -- planned
  callback_url TEXT,
  external_id TEXT,
  settings INTEGER,             -- of its callbacks
  forwarded TEXT,               -- headers, one a line
  PRIMARY KEY (world, number)
) WITHOUT ROWID;
INSERT INTO added_enrichment VALUES(1,0,X'6955b9002d1d416c58000000',2,0,0,1,0,NULL,3909630176,0,1,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/jane','jane@example.com','http://app.example/hook','crm-jane',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,1,X'6955b9002d1d416c58000001',0,0,0,0,0,NULL,2720069631,NULL,2,1767225600100000,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/joe','joe@example.com','http://app.example/hook','crm-joe',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,2,X'6955b9002d1d416c58000002',2,0,0,1,0,NULL,3930971762,2,3,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/jim','jim@example.com','http://app.example/hook','crm-jim',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,3,X'6955b9002d1d416c58000003',3,0,1,0,0,0,3154868181,3,4,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/nobody','nobody@example.com','http://app.example/hook','crm-nobody',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,4,X'6955b9002d1d416c58000004',2,0,0,1,0,NULL,1864221470,4,5,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/ann','ann@example.com','http://app.example/hook','crm-ann',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,5,X'6955b9002d1d416c58000005',0,0,0,0,3,1,2967616854,NULL,6,NULL,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/late','late@example.com','http://app.example/hook','crm-late',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(1,6,X'6955b9002d1d416c58000006',0,0,0,0,0,NULL,1888346311,NULL,12,1767225600100000,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/new','new@example.com',NULL,NULL,1,NULL);
INSERT INTO added_enrichment VALUES(2,0,X'6955b9001c4acaec64000000',2,0,0,1,0,NULL,366005837,0,1,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/jane','jane@example.com','http://app.example/hook','crm-jane',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,1,X'6955b9001c4acaec64000001',2,0,0,1,0,NULL,653841402,1,2,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/joe','joe@example.com','http://app.example/hook','crm-joe',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,2,X'6955b9001c4acaec64000002',2,0,0,1,0,NULL,1255180926,2,3,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/jim','jim@example.com','http://app.example/hook','crm-jim',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,3,X'6955b9001c4acaec64000003',3,0,1,0,0,0,283022048,3,4,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/nobody','nobody@example.com','http://app.example/hook','crm-nobody',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,4,X'6955b9001c4acaec64000004',2,0,0,1,0,NULL,3831074613,4,5,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/ann','ann@example.com','http://app.example/hook','crm-ann',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,5,X'6955b9001c4acaec64000005',0,0,0,0,3,1,3475770708,NULL,6,NULL,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/late','late@example.com','http://app.example/hook','crm-late',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(2,6,X'6955b9001c4acaec64000006',2,0,0,1,0,NULL,3078488428,NULL,12,NULL,1767225600000000,1767225600100000,1767225600500000,1767225600500000,400000,'https://www.linkedin.com/in/new','new@example.com',NULL,NULL,1,NULL);
INSERT INTO added_enrichment VALUES(3,0,X'6955b9002bf85b0d55000000',2,0,0,1,0,NULL,2314958859,0,1,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/jane','jane@example.com','http://app.example/hook','crm-jane',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,1,X'6955b9002bf85b0d55000001',2,0,0,1,0,NULL,384316835,1,2,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/joe','joe@example.com','http://app.example/hook','crm-joe',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,2,X'6955b9002bf85b0d55000002',2,0,0,1,0,NULL,2803057797,2,3,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/jim','jim@example.com','http://app.example/hook','crm-jim',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,3,X'6955b9002bf85b0d55000003',3,0,1,0,0,0,78249657,3,4,NULL,1767225600000000,1767225600100000,1767225600500000,1767225602000000,400000,'https://www.linkedin.com/in/nobody','nobody@example.com','http://app.example/hook','crm-nobody',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,4,X'6955b9002bf85b0d55000004',2,0,0,1,0,NULL,2733713385,4,5,NULL,1767225600000000,1767225600100000,1767225600500000,NULL,400000,'https://www.linkedin.com/in/ann','ann@example.com','http://app.example/hook','crm-ann',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,5,X'6955b9002bf85b0d55000005',0,0,0,0,3,1,4275733384,NULL,6,NULL,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/late','late@example.com','http://app.example/hook','crm-late',1,replace('Traceparent: 00-1\n','\n',char(10)));
INSERT INTO added_enrichment VALUES(3,6,X'6955b9002bf85b0d55000006',0,0,0,0,0,NULL,3402911572,NULL,12,1767225600100000,1767225600000000,NULL,NULL,NULL,400000,'https://www.linkedin.com/in/new','new@example.com',NULL,NULL,1,NULL);
CREATE TABLE enrichment_progress (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  status INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  polls_left INTEGER NOT NULL,
  first_callback INTEGER,
  due INTEGER,
  processing_at INTEGER,
  resolved_at INTEGER,
  ended_at INTEGER,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;
INSERT INTO enrichment_progress VALUES(1,1,2,1,0,1,NULL,1767225600100000,1767225600500000,1767225602000000);
CREATE TABLE callback (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  enrichment INTEGER NOT NULL,
  copy INTEGER NOT NULL,        -- from 0
  state INTEGER NOT NULL,
  creation INTEGER NOT NULL,
  due INTEGER,
  burst INTEGER,
  manual_attempts INTEGER NOT NULL,
  interrupted INTEGER NOT NULL,
  state_before INTEGER,         -- during a manual attempt
  due_before INTEGER,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;
INSERT INTO callback VALUES(1,0,0,0,2,7,1767225603000000,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(1,1,1,0,3,8,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(1,2,2,0,3,9,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(1,3,3,0,3,10,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(1,4,4,0,1,11,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(2,0,0,0,1,7,NULL,NULL,0,0,NULL,NULL,2);
INSERT INTO callback VALUES(2,1,1,0,3,8,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(2,2,2,0,3,9,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(2,3,3,0,3,10,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(2,4,4,0,1,11,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(3,0,0,0,2,7,1767225603000000,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(3,1,1,0,3,8,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(3,2,2,0,3,9,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(3,3,3,0,3,10,NULL,NULL,0,0,NULL,NULL,1);
INSERT INTO callback VALUES(3,4,4,0,1,11,NULL,NULL,0,0,NULL,NULL,1);
CREATE TABLE attempt (
  world INTEGER NOT NULL,
  callback INTEGER NOT NULL,
  number INTEGER NOT NULL,      -- from 1
  at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  status INTEGER NOT NULL,      -- 0: no response
  error TEXT NOT NULL,
  latency INTEGER NOT NULL,
  PRIMARY KEY (world, callback, number)
) WITHOUT ROWID;
INSERT INTO attempt VALUES(1,0,1,1767225600500000,1767225602000000,503,'',3000);
INSERT INTO attempt VALUES(1,1,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(1,2,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(1,3,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(1,4,1,1767225600500000,0,0,'',0);
INSERT INTO attempt VALUES(2,0,1,1767225600500000,1767225602000000,503,'',3000);
INSERT INTO attempt VALUES(2,0,2,1767225603000000,0,0,'',0);
INSERT INTO attempt VALUES(2,1,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(2,2,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(2,3,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(2,4,1,1767225600500000,0,0,'',0);
INSERT INTO attempt VALUES(3,0,1,1767225600500000,1767225602000000,503,'',3000);
INSERT INTO attempt VALUES(3,1,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(3,2,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(3,3,1,1767225600500000,1767225602000000,200,'',2000);
INSERT INTO attempt VALUES(3,4,1,1767225600500000,0,0,'',0);
CREATE TABLE movement (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  balance INTEGER NOT NULL,
  enrichment BLOB,              -- its id
  PRIMARY KEY (world, number)
) WITHOUT ROWID;
INSERT INTO movement VALUES(1,0,1767225600000000,0,250,250,NULL);
INSERT INTO movement VALUES(1,1,1767225600100000,2,50,300,NULL);
INSERT INTO movement VALUES(1,2,1767225600500000,1,-1,299,X'6955b9002d1d416c58000000');
INSERT INTO movement VALUES(1,3,1767225600500000,1,-1,298,X'6955b9002d1d416c58000001');
INSERT INTO movement VALUES(1,4,1767225600500000,1,-1,297,X'6955b9002d1d416c58000002');
INSERT INTO movement VALUES(1,5,1767225600500000,1,-1,296,X'6955b9002d1d416c58000004');
INSERT INTO movement VALUES(2,0,1767225600000000,0,250,250,NULL);
INSERT INTO movement VALUES(2,1,1767225600100000,2,50,300,NULL);
INSERT INTO movement VALUES(2,2,1767225600500000,1,-1,299,X'6955b9001c4acaec64000000');
INSERT INTO movement VALUES(2,3,1767225600500000,1,-1,298,X'6955b9001c4acaec64000001');
INSERT INTO movement VALUES(2,4,1767225600500000,1,-1,297,X'6955b9001c4acaec64000002');
INSERT INTO movement VALUES(2,5,1767225600500000,1,-1,296,X'6955b9001c4acaec64000004');
INSERT INTO movement VALUES(2,6,1767225600500000,1,-1,295,X'6955b9001c4acaec64000006');
INSERT INTO movement VALUES(3,0,1767225600000000,0,250,250,NULL);
INSERT INTO movement VALUES(3,1,1767225600100000,2,50,300,NULL);
INSERT INTO movement VALUES(3,2,1767225600500000,1,-1,299,X'6955b9002bf85b0d55000000');
INSERT INTO movement VALUES(3,3,1767225600500000,1,-1,298,X'6955b9002bf85b0d55000001');
INSERT INTO movement VALUES(3,4,1767225600500000,1,-1,297,X'6955b9002bf85b0d55000002');
INSERT INTO movement VALUES(3,5,1767225600500000,1,-1,296,X'6955b9002bf85b0d55000004');
CREATE TABLE profile_count (
  world INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  number INTEGER NOT NULL,      -- of the rule, or kind of call
  profile TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (world, kind, number, profile)
) WITHOUT ROWID;
CREATE TABLE extra_rule (
  world INTEGER NOT NULL,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  settings INTEGER NOT NULL,    -- that its steps inherit
  remaining INTEGER NOT NULL,
  followed INTEGER NOT NULL,
  PRIMARY KEY (world, number)
) WITHOUT ROWID;
INSERT INTO extra_rule VALUES(1,0,'{"match": {"username": "nobody"}, "lookup": {"outcome": "not-found"}}',1,4,1);
INSERT INTO extra_rule VALUES(2,0,'{"match": {"username": "nobody"}, "lookup": {"outcome": "not-found"}}',1,4,1);
INSERT INTO extra_rule VALUES(3,0,'{"match": {"username": "nobody"}, "lookup": {"outcome": "not-found"}}',1,4,1);
CREATE INDEX scenario_by_hash ON scenario (hash);
CREATE INDEX callback_settings_by_hash ON callback_settings (hash);
CREATE VIEW enrichment AS
SELECT a.world, a.number, a.id, coalesce(p.status, a.status) AS status, a.type, a.outcome,
  coalesce(p.charged, a.charged) AS charged, coalesce(p.polls_left, a.polls_left) AS polls_left, a.rule,
  a.callback_draw, iif(p.number IS NULL, a.first_callback, p.first_callback) AS first_callback, a.creation,
  iif(p.number IS NULL, a.due, p.due) AS due, a.pending_at,
  iif(p.number IS NULL, a.processing_at, p.processing_at) AS processing_at,
  iif(p.number IS NULL, a.resolved_at, p.resolved_at) AS resolved_at,
  iif(p.number IS NULL, a.ended_at, p.ended_at) AS ended_at, a.processing, a.linkedin_url, a.email, a.callback_url,
  a.external_id, a.settings, a.forwarded
FROM added_enrichment AS a LEFT JOIN enrichment_progress AS p ON p.world = a.world AND p.number = a.number;
CREATE VIEW teams AS
SELECT team.id, team.name, team.label, team.masked_key AS key, scenario.name AS scenario,
  iif(clock_manual, 'manual', 'running') AS clock,
  strftime('%Y-%m-%dT%H:%M:%S', clock_now / 1000000, 'unixepoch') || printf('.%03dZ', clock_now / 1000 % 1000) AS now,
  opening + added - charged AS balance, opening, added, charged,
  requests, completed, not_found, failed, delivered, exhausted, dropped, forgotten
FROM team LEFT JOIN scenario ON scenario.number = team.scenario
ORDER BY position;
CREATE VIEW enrichments AS
SELECT team.id AS team, lower(hex(enrichment.id)) AS id,
  CASE status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'completed' WHEN 3 THEN 'not-found'
    WHEN 4 THEN 'failed' END AS status,
  linkedin_url, CASE type WHEN 0 THEN 'work' WHEN 1 THEN 'personal' END AS type,
  CASE status WHEN 2 THEN email END AS email, external_id, callback_url,
  CASE outcome WHEN 0 THEN 'completed' WHEN 1 THEN 'not-found' WHEN 2 THEN 'failed' END AS planned,
  enrichment.charged, json_extract(rule_names, '$[' || rule || ']') AS rule,
  strftime('%Y-%m-%dT%H:%M:%S', pending_at / 1000000, 'unixepoch') || printf('.%03dZ', pending_at / 1000 % 1000)
    AS pending_at,
  strftime('%Y-%m-%dT%H:%M:%S', processing_at / 1000000, 'unixepoch') || printf('.%03dZ', processing_at / 1000 % 1000)
    AS processing_at,
  strftime('%Y-%m-%dT%H:%M:%S', resolved_at / 1000000, 'unixepoch') || printf('.%03dZ', resolved_at / 1000 % 1000)
    AS resolved_at
FROM team JOIN enrichment USING (world);
CREATE VIEW callbacks AS
SELECT team.id AS team, lower(hex(enrichment.id)) || '-' || (copy + 1) AS id, lower(hex(enrichment.id)) AS enrichment,
  CASE state WHEN 0 THEN 'scheduled' WHEN 1 THEN 'delivering' WHEN 2 THEN 'retrying' WHEN 3 THEN 'delivered'
    WHEN 4 THEN 'exhausted' WHEN 5 THEN 'dropped' END AS state,
  callback_url AS url, attempts,
  strftime('%Y-%m-%dT%H:%M:%S', callback.due / 1000000, 'unixepoch') || printf('.%03dZ', callback.due / 1000 % 1000)
    AS next_attempt_at
FROM team JOIN callback USING (world)
  JOIN enrichment ON enrichment.world = callback.world AND enrichment.number = callback.enrichment;
CREATE VIEW attempts AS
SELECT team.id AS team, lower(hex(enrichment.id)) || '-' || (copy + 1) AS callback, attempt.number,
  strftime('%Y-%m-%dT%H:%M:%S', attempt.at / 1000000, 'unixepoch') || printf('.%03dZ', attempt.at / 1000 % 1000) AS at,
  nullif(attempt.status, 0) AS status, nullif(error, '') AS error, latency / 1000.0 AS latency_ms
FROM team JOIN callback USING (world)
  JOIN enrichment ON enrichment.world = callback.world AND enrichment.number = callback.enrichment
  JOIN attempt ON attempt.world = callback.world AND attempt.callback = callback.number;
CREATE VIEW ledger AS
SELECT team.id AS team, movement.number,
  strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%03dZ', at / 1000 % 1000) AS at,
  CASE kind WHEN 0 THEN 'opening' WHEN 1 THEN 'charge' WHEN 2 THEN 'adjustment' WHEN 3 THEN 'carried-forward' END
    AS kind,
  amount, balance, nullif(lower(hex(enrichment)), '') AS enrichment,
  balance = sum(amount) OVER (PARTITION BY world ORDER BY movement.number) AS adds_up
FROM team JOIN movement USING (world);
COMMIT;
PRAGMA application_id = 1701737069;
PRAGMA user_version = 1;
