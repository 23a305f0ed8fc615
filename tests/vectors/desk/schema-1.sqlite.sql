BEGIN TRANSACTION;
CREATE TABLE arrived (
	nonce VARCHAR(32) NOT NULL, 
	sender VARCHAR NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (nonce)
);
INSERT INTO "arrived" VALUES('abababababababababababababababab','us',1790000010.0);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	link_id VARCHAR(32) NOT NULL, 
	user_id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	settles BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(link_id) REFERENCES links (link_id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "decisions" VALUES(1,'00000000000000000000000000000000',3,1790000000.0,'confirmed','same serial, same importer’s mark',0);
INSERT INTO "decisions" VALUES(2,'00000000000000000000000000000000',1,1790000060.0,'confirmed','seen the photographs: Muñoz’s receipt',0);
INSERT INTO "decisions" VALUES(3,'00000000000000000000000000000002',3,1790000090.0,'refuted','another Ñandú',0);
CREATE TABLE facts (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "facts" VALUES('version','1');
CREATE TABLE grants (
	user_id INTEGER NOT NULL, 
	case_id VARCHAR NOT NULL, 
	PRIMARY KEY (user_id, case_id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "grants" VALUES(1,'FED/1/2026');
INSERT INTO "grants" VALUES(2,'FED/2/2026');
INSERT INTO "grants" VALUES(3,'*');
INSERT INTO "grants" VALUES(4,'*');
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	user_name VARCHAR NOT NULL, 
	event VARCHAR(40) NOT NULL, 
	link_id VARCHAR(32), 
	count INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "journal" VALUES(1,1790000000.0,'test','list_taken_in',NULL,12);
INSERT INTO "journal" VALUES(2,1790000000.0,'carla','decided','00000000000000000000000000000000',NULL);
INSERT INTO "journal" VALUES(3,1790000060.0,'ana','decided','00000000000000000000000000000000',NULL);
INSERT INTO "journal" VALUES(4,1790000090.0,'carla','decided','00000000000000000000000000000002',NULL);
INSERT INTO "journal" VALUES(5,1790000000.0,'ana','noted','00000000000000000000000000000000',NULL);
CREATE TABLE links (
	link_id VARCHAR(32) NOT NULL, 
	list_id INTEGER NOT NULL, 
	first_list_id INTEGER NOT NULL, 
	entity VARCHAR NOT NULL, 
	band VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	contact_desk VARCHAR NOT NULL, 
	reference VARCHAR(32) NOT NULL, 
	case_reference VARCHAR(32), 
	cluster_id VARCHAR(32) NOT NULL, 
	cluster JSON NOT NULL, 
	fields JSON NOT NULL, 
	case_links JSON NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	awaiting BOOLEAN NOT NULL, 
	flagged BOOLEAN NOT NULL, 
	PRIMARY KEY (link_id), 
	FOREIGN KEY(list_id) REFERENCES lists (id), 
	FOREIGN KEY(first_list_id) REFERENCES lists (id)
);
INSERT INTO "links" VALUES('00000000000000000000000000000000',1,1,'firearm','A','us','US','us-desk','000000000000000000000000000003e8','00000000000000000000000000000007','00000000000000000000000000000000','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','confirmed',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000001',1,1,'suspect','B','us','US','us-desk','000000000000000000000000000003e9','00000000000000000000000000000007','00000000000000000000000000000000','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000002',1,1,'organization','C','us','US','us-desk','000000000000000000000000000003ea','00000000000000000000000000000007','00000000000000000000000000000001','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','refuted',1,0);
INSERT INTO "links" VALUES('00000000000000000000000000000003',1,1,'firearm','A','us','US','us-desk','000000000000000000000000000003eb','00000000000000000000000000000007','00000000000000000000000000000001','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000004',1,1,'suspect','B','us','US','us-desk','000000000000000000000000000003ec','00000000000000000000000000000007','00000000000000000000000000000002','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000005',1,1,'organization','C','us','US','us-desk','000000000000000000000000000003ed','00000000000000000000000000000007','00000000000000000000000000000002','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000006',1,1,'firearm','A','us','US','us-desk','000000000000000000000000000003ee','00000000000000000000000000000007','00000000000000000000000000000003','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000007',1,1,'suspect','B','us','US','us-desk','000000000000000000000000000003ef','00000000000000000000000000000007','00000000000000000000000000000003','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000008',1,1,'organization','C','us','US','us-desk','000000000000000000000000000003f0','00000000000000000000000000000007','00000000000000000000000000000004','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('00000000000000000000000000000009',1,1,'firearm','A','us','US','us-desk','000000000000000000000000000003f1','00000000000000000000000000000007','00000000000000000000000000000004','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('0000000000000000000000000000000a',1,1,'suspect','B','us','US','us-desk','000000000000000000000000000003f2','00000000000000000000000000000007','00000000000000000000000000000005','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
INSERT INTO "links" VALUES('0000000000000000000000000000000b',1,1,'organization','C','us','US','us-desk','000000000000000000000000000003f3','00000000000000000000000000000007','00000000000000000000000000000005','{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}','{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}','{"firearm": 2, "suspect": 1}','candidate',0,0);
CREATE TABLE lists (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	epoch VARCHAR NOT NULL, 
	run VARCHAR NOT NULL, 
	released VARCHAR NOT NULL, 
	expires VARCHAR NOT NULL, 
	caution VARCHAR NOT NULL, 
	estimates JSON NOT NULL, 
	imported FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "lists" VALUES(1,'260693a38032df422a8f8768ba381afc8f879cc40f592365706b5dd0a8a3bbc6','2026-09','abababababababababababababababab','2026-09-20','2126-12-20','Lead only; not a representative sample; not probable cause; verify with the owning agency before action; a no-hit means nothing.','[{"entity": "firearm", "other": "us", "band": "A", "links": 12, "expected_precision_percent": 97, "lowest_percent": 91, "highest_percent": 100}]',1790000000.0);
CREATE TABLE notes (
	id INTEGER NOT NULL, 
	link_id VARCHAR(32) NOT NULL, 
	user_id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(link_id) REFERENCES links (link_id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "notes" VALUES(1,'00000000000000000000000000000000',1,1790000000.0,'ask again in December');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	owner VARCHAR NOT NULL, 
	epoch VARCHAR NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	sealed_words BLOB, 
	sealed FLOAT, 
	PRIMARY KEY (id)
);
INSERT INTO "outbox" VALUES(1,'us','2026-09','11111111111111111111111111111111',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F',NULL);
INSERT INTO "outbox" VALUES(2,'us','2026-09','22222222222222222222222222222222',NULL,1790000300.0);
CREATE TABLE own_records (
	link_id VARCHAR(32) NOT NULL, 
	record_id VARCHAR NOT NULL, 
	case_id VARCHAR NOT NULL, 
	PRIMARY KEY (link_id, record_id), 
	FOREIGN KEY(link_id) REFERENCES links (link_id)
);
INSERT INTO "own_records" VALUES('00000000000000000000000000000000','<script>alert(1)</script>','FED/1/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000001','''; DROP TABLE links; --','FED/2/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000002','=1+1','FED/1/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000003','%','FED/2/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000004','_','FED/1/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000005','{{ 7 * 7 }}','FED/2/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000006','Ñandú ‮ evil','FED/1/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000007','<script>alert(1)</script>','FED/2/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000008','''; DROP TABLE links; --','FED/1/2026');
INSERT INTO "own_records" VALUES('00000000000000000000000000000009','=1+1','FED/2/2026');
INSERT INTO "own_records" VALUES('0000000000000000000000000000000a','%','FED/1/2026');
INSERT INTO "own_records" VALUES('0000000000000000000000000000000b','_','FED/2/2026');
CREATE TABLE request_events (
	id INTEGER NOT NULL, 
	request_id VARCHAR(32) NOT NULL, 
	at FLOAT NOT NULL, 
	user_name VARCHAR NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	said JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(request_id) REFERENCES requests (id)
);
INSERT INTO "request_events" VALUES(1,'11111111111111111111111111111111',1790000120.0,'ana','request','{"purpose": "trace", "urgency": "routine"}');
INSERT INTO "request_events" VALUES(2,'22222222222222222222222222222222',1790000200.0,'dora','answer','{"core": ["sex"]}');
CREATE TABLE requests (
	id VARCHAR(32) NOT NULL, 
	direction VARCHAR(3) NOT NULL, 
	owner VARCHAR NOT NULL, 
	epoch VARCHAR NOT NULL, 
	link_id VARCHAR(32) NOT NULL, 
	entity VARCHAR NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	asked FLOAT NOT NULL, 
	due FLOAT NOT NULL, 
	asked_by INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(asked_by) REFERENCES users (id)
);
INSERT INTO "requests" VALUES('11111111111111111111111111111111','out','us','2026-09','00000000000000000000000000000000','firearm','asked',1790000120.0,1790259320.0,1);
INSERT INTO "requests" VALUES('22222222222222222222222222222222','in','us','2026-09','00000000000000000000000000000001','suspect','answered',1790000000.0,1790259200.0,NULL);
CREATE TABLE sessions (
	token_digest VARCHAR(64) NOT NULL, 
	user_id INTEGER NOT NULL, 
	form_key VARCHAR(64) NOT NULL, 
	began FLOAT NOT NULL, 
	seen FLOAT NOT NULL, 
	PRIMARY KEY (token_digest), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "sessions" VALUES('5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e',1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1790000000.0,1790000030.0);
CREATE TABLE users (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	password VARCHAR NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	language VARCHAR(2) NOT NULL, 
	active BOOLEAN NOT NULL, 
	failures INTEGER NOT NULL, 
	locked_until FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "users" VALUES(1,'ana','$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc','investigator','en',1,0,0.0);
INSERT INTO "users" VALUES(2,'beto','$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc','investigator','en',1,0,0.0);
INSERT INTO "users" VALUES(3,'carla','$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc','supervisor','en',1,0,0.0);
INSERT INTO "users" VALUES(4,'dora','$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc','data_controller','en',1,0,0.0);
INSERT INTO "users" VALUES(5,'eva','$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc','auditor','en',1,0,0.0);
CREATE INDEX ix_links_list_id ON links (list_id);
CREATE INDEX ix_links_case_reference ON links (case_reference);
CREATE INDEX ix_links_order ON links (band, entity, link_id);
CREATE INDEX ix_links_status ON links (status, band);
CREATE INDEX ix_links_cluster_id ON links (cluster_id);
CREATE INDEX ix_requests_state ON requests (state);
CREATE INDEX ix_requests_link_id ON requests (link_id);
CREATE INDEX ix_own_case ON own_records (case_id, link_id);
CREATE INDEX ix_decisions_link_id ON decisions (link_id);
CREATE INDEX ix_notes_link_id ON notes (link_id);
CREATE INDEX ix_request_events_request_id ON request_events (request_id);
COMMIT;
