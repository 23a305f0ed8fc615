CREATE TABLE public.arrived (
    nonce character varying(32) NOT NULL,
    sender character varying NOT NULL,
    at double precision NOT NULL
);
CREATE TABLE public.decisions (
    id integer NOT NULL,
    link_id character varying(32) NOT NULL,
    user_id integer NOT NULL,
    at double precision NOT NULL,
    outcome character varying(20) NOT NULL,
    reason text NOT NULL,
    settles boolean NOT NULL
);
CREATE SEQUENCE public.decisions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decisions_id_seq OWNED BY public.decisions.id;
CREATE TABLE public.facts (
    key character varying NOT NULL,
    value character varying NOT NULL
);
CREATE TABLE public.grants (
    user_id integer NOT NULL,
    case_id character varying NOT NULL
);
CREATE TABLE public.journal (
    id integer NOT NULL,
    at double precision NOT NULL,
    user_name character varying NOT NULL,
    event character varying(40) NOT NULL,
    link_id character varying(32),
    count integer
);
CREATE SEQUENCE public.journal_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.journal_id_seq OWNED BY public.journal.id;
CREATE TABLE public.links (
    link_id character varying(32) NOT NULL,
    list_id integer NOT NULL,
    first_list_id integer NOT NULL,
    entity character varying NOT NULL,
    band character varying NOT NULL,
    owner character varying NOT NULL,
    country character varying NOT NULL,
    contact_desk character varying NOT NULL,
    reference character varying(32) NOT NULL,
    case_reference character varying(32),
    cluster_id character varying(32) NOT NULL,
    cluster json NOT NULL,
    fields json NOT NULL,
    case_links json NOT NULL,
    status character varying(20) NOT NULL,
    awaiting boolean NOT NULL,
    flagged boolean NOT NULL
);
CREATE TABLE public.lists (
    id integer NOT NULL,
    digest character varying(64) NOT NULL,
    epoch character varying NOT NULL,
    run character varying NOT NULL,
    released character varying NOT NULL,
    expires character varying NOT NULL,
    caution character varying NOT NULL,
    estimates json NOT NULL,
    imported double precision NOT NULL
);
CREATE SEQUENCE public.lists_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.lists_id_seq OWNED BY public.lists.id;
CREATE TABLE public.notes (
    id integer NOT NULL,
    link_id character varying(32) NOT NULL,
    user_id integer NOT NULL,
    at double precision NOT NULL,
    text text NOT NULL
);
CREATE SEQUENCE public.notes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.notes_id_seq OWNED BY public.notes.id;
CREATE TABLE public.outbox (
    id integer NOT NULL,
    owner character varying NOT NULL,
    epoch character varying NOT NULL,
    request_id character varying(32) NOT NULL,
    sealed_words bytea,
    sealed double precision
);
CREATE SEQUENCE public.outbox_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;
CREATE TABLE public.own_records (
    link_id character varying(32) NOT NULL,
    record_id character varying NOT NULL,
    case_id character varying NOT NULL
);
CREATE TABLE public.request_events (
    id integer NOT NULL,
    request_id character varying(32) NOT NULL,
    at double precision NOT NULL,
    user_name character varying NOT NULL,
    kind character varying(20) NOT NULL,
    said json NOT NULL
);
CREATE SEQUENCE public.request_events_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.request_events_id_seq OWNED BY public.request_events.id;
CREATE TABLE public.requests (
    id character varying(32) NOT NULL,
    direction character varying(3) NOT NULL,
    owner character varying NOT NULL,
    epoch character varying NOT NULL,
    link_id character varying(32) NOT NULL,
    entity character varying NOT NULL,
    state character varying(20) NOT NULL,
    asked double precision NOT NULL,
    due double precision NOT NULL,
    asked_by integer
);
CREATE TABLE public.sessions (
    token_digest character varying(64) NOT NULL,
    user_id integer NOT NULL,
    form_key character varying(64) NOT NULL,
    began double precision NOT NULL,
    seen double precision NOT NULL
);
CREATE TABLE public.users (
    id integer NOT NULL,
    name character varying(64) NOT NULL,
    password character varying NOT NULL,
    role character varying(20) NOT NULL,
    language character varying(2) NOT NULL,
    active boolean NOT NULL,
    failures integer NOT NULL,
    locked_until double precision NOT NULL
);
CREATE SEQUENCE public.users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.decisions ALTER COLUMN id SET DEFAULT nextval('public.decisions_id_seq'::regclass);
ALTER TABLE ONLY public.journal ALTER COLUMN id SET DEFAULT nextval('public.journal_id_seq'::regclass);
ALTER TABLE ONLY public.lists ALTER COLUMN id SET DEFAULT nextval('public.lists_id_seq'::regclass);
ALTER TABLE ONLY public.notes ALTER COLUMN id SET DEFAULT nextval('public.notes_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.request_events ALTER COLUMN id SET DEFAULT nextval('public.request_events_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.arrived VALUES ('abababababababababababababababab', 'us', 1790000010);
INSERT INTO public.decisions VALUES (1, '00000000000000000000000000000000', 3, 1790000000, 'confirmed', 'same serial, same importer’s mark', false);
INSERT INTO public.decisions VALUES (2, '00000000000000000000000000000000', 1, 1790000060, 'confirmed', 'seen the photographs: Muñoz’s receipt', false);
INSERT INTO public.decisions VALUES (3, '00000000000000000000000000000002', 3, 1790000090, 'refuted', 'another Ñandú', false);
INSERT INTO public.facts VALUES ('version', '1');
INSERT INTO public.grants VALUES (1, 'FED/1/2026');
INSERT INTO public.grants VALUES (2, 'FED/2/2026');
INSERT INTO public.grants VALUES (3, '*');
INSERT INTO public.grants VALUES (4, '*');
INSERT INTO public.journal VALUES (1, 1790000000, 'test', 'list_taken_in', NULL, 12);
INSERT INTO public.journal VALUES (2, 1790000000, 'carla', 'decided', '00000000000000000000000000000000', NULL);
INSERT INTO public.journal VALUES (3, 1790000060, 'ana', 'decided', '00000000000000000000000000000000', NULL);
INSERT INTO public.journal VALUES (4, 1790000090, 'carla', 'decided', '00000000000000000000000000000002', NULL);
INSERT INTO public.journal VALUES (5, 1790000000, 'ana', 'noted', '00000000000000000000000000000000', NULL);
INSERT INTO public.links VALUES ('00000000000000000000000000000001', 1, 1, 'suspect', 'B', 'us', 'US', 'us-desk', '000000000000000000000000000003e9', '00000000000000000000000000000007', '00000000000000000000000000000000', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000003', 1, 1, 'firearm', 'A', 'us', 'US', 'us-desk', '000000000000000000000000000003eb', '00000000000000000000000000000007', '00000000000000000000000000000001', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000004', 1, 1, 'suspect', 'B', 'us', 'US', 'us-desk', '000000000000000000000000000003ec', '00000000000000000000000000000007', '00000000000000000000000000000002', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000005', 1, 1, 'organization', 'C', 'us', 'US', 'us-desk', '000000000000000000000000000003ed', '00000000000000000000000000000007', '00000000000000000000000000000002', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000006', 1, 1, 'firearm', 'A', 'us', 'US', 'us-desk', '000000000000000000000000000003ee', '00000000000000000000000000000007', '00000000000000000000000000000003', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000007', 1, 1, 'suspect', 'B', 'us', 'US', 'us-desk', '000000000000000000000000000003ef', '00000000000000000000000000000007', '00000000000000000000000000000003', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000008', 1, 1, 'organization', 'C', 'us', 'US', 'us-desk', '000000000000000000000000000003f0', '00000000000000000000000000000007', '00000000000000000000000000000004', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000009', 1, 1, 'firearm', 'A', 'us', 'US', 'us-desk', '000000000000000000000000000003f1', '00000000000000000000000000000007', '00000000000000000000000000000004', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('0000000000000000000000000000000a', 1, 1, 'suspect', 'B', 'us', 'US', 'us-desk', '000000000000000000000000000003f2', '00000000000000000000000000000007', '00000000000000000000000000000005', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('0000000000000000000000000000000b', 1, 1, 'organization', 'C', 'us', 'US', 'us-desk', '000000000000000000000000000003f3', '00000000000000000000000000000007', '00000000000000000000000000000005', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'candidate', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000000', 1, 1, 'firearm', 'A', 'us', 'US', 'us-desk', '000000000000000000000000000003e8', '00000000000000000000000000000007', '00000000000000000000000000000000', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'confirmed', false, false);
INSERT INTO public.links VALUES ('00000000000000000000000000000002', 1, 1, 'organization', 'C', 'us', 'US', 'us-desk', '000000000000000000000000000003ea', '00000000000000000000000000000007', '00000000000000000000000000000001', '{"records": 2, "countries": ["MX", "US"], "weakest_band": "C"}', '{"agree": ["serial_number"], "similar": [], "conflict": ["calibre"], "missing": ["model"]}', '{"firearm": 2, "suspect": 1}', 'refuted', true, false);
INSERT INTO public.lists VALUES (1, '260693a38032df422a8f8768ba381afc8f879cc40f592365706b5dd0a8a3bbc6', '2026-09', 'abababababababababababababababab', '2026-09-20', '2126-12-20', 'Lead only; not a representative sample; not probable cause; verify with the owning agency before action; a no-hit means nothing.', '[{"entity": "firearm", "other": "us", "band": "A", "links": 12, "expected_precision_percent": 97, "lowest_percent": 91, "highest_percent": 100}]', 1790000000);
INSERT INTO public.notes VALUES (1, '00000000000000000000000000000000', 1, 1790000000, 'ask again in December');
INSERT INTO public.outbox VALUES (1, 'us', '2026-09', '11111111111111111111111111111111', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f', NULL);
INSERT INTO public.outbox VALUES (2, 'us', '2026-09', '22222222222222222222222222222222', NULL, 1790000300);
INSERT INTO public.own_records VALUES ('00000000000000000000000000000000', '<script>alert(1)</script>', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000001', '''; DROP TABLE links; --', 'FED/2/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000002', '=1+1', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000003', '%', 'FED/2/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000004', '_', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000005', '{{ 7 * 7 }}', 'FED/2/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000006', 'Ñandú ‮ evil', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000007', '<script>alert(1)</script>', 'FED/2/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000008', '''; DROP TABLE links; --', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('00000000000000000000000000000009', '=1+1', 'FED/2/2026');
INSERT INTO public.own_records VALUES ('0000000000000000000000000000000a', '%', 'FED/1/2026');
INSERT INTO public.own_records VALUES ('0000000000000000000000000000000b', '_', 'FED/2/2026');
INSERT INTO public.request_events VALUES (1, '11111111111111111111111111111111', 1790000120, 'ana', 'request', '{"purpose": "trace", "urgency": "routine"}');
INSERT INTO public.request_events VALUES (2, '22222222222222222222222222222222', 1790000200, 'dora', 'answer', '{"core": ["sex"]}');
INSERT INTO public.requests VALUES ('11111111111111111111111111111111', 'out', 'us', '2026-09', '00000000000000000000000000000000', 'firearm', 'asked', 1790000120, 1790259320, 1);
INSERT INTO public.requests VALUES ('22222222222222222222222222222222', 'in', 'us', '2026-09', '00000000000000000000000000000001', 'suspect', 'answered', 1790000000, 1790259200, NULL);
INSERT INTO public.sessions VALUES ('5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e', 1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1790000000, 1790000030);
INSERT INTO public.users VALUES (1, 'ana', '$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc', 'investigator', 'en', true, 0, 0);
INSERT INTO public.users VALUES (2, 'beto', '$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc', 'investigator', 'en', true, 0, 0);
INSERT INTO public.users VALUES (3, 'carla', '$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc', 'supervisor', 'en', true, 0, 0);
INSERT INTO public.users VALUES (4, 'dora', '$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc', 'data_controller', 'en', true, 0, 0);
INSERT INTO public.users VALUES (5, 'eva', '$argon2id$v=19$m=65536,t=3,p=4$heeHNGAJKyAY1y++FbgGTw$uEtilunJkChK5444vCyQO9MyafE/iGbU3o35CB0l0qc', 'auditor', 'en', true, 0, 0);
SELECT pg_catalog.setval('public.decisions_id_seq', 3, true);
SELECT pg_catalog.setval('public.journal_id_seq', 5, true);
SELECT pg_catalog.setval('public.lists_id_seq', 1, true);
SELECT pg_catalog.setval('public.notes_id_seq', 1, true);
SELECT pg_catalog.setval('public.outbox_id_seq', 2, true);
SELECT pg_catalog.setval('public.request_events_id_seq', 2, true);
SELECT pg_catalog.setval('public.users_id_seq', 5, true);
ALTER TABLE ONLY public.arrived
    ADD CONSTRAINT arrived_pkey PRIMARY KEY (nonce);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (user_id, case_id);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (link_id);
ALTER TABLE ONLY public.lists
    ADD CONSTRAINT lists_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.lists
    ADD CONSTRAINT lists_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.own_records
    ADD CONSTRAINT own_records_pkey PRIMARY KEY (link_id, record_id);
ALTER TABLE ONLY public.request_events
    ADD CONSTRAINT request_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_digest);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_name_key UNIQUE (name);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX ix_decisions_link_id ON public.decisions USING btree (link_id);
CREATE INDEX ix_links_case_reference ON public.links USING btree (case_reference);
CREATE INDEX ix_links_cluster_id ON public.links USING btree (cluster_id);
CREATE INDEX ix_links_list_id ON public.links USING btree (list_id);
CREATE INDEX ix_links_order ON public.links USING btree (band, entity, link_id);
CREATE INDEX ix_links_status ON public.links USING btree (status, band);
CREATE INDEX ix_notes_link_id ON public.notes USING btree (link_id);
CREATE INDEX ix_own_case ON public.own_records USING btree (case_id, link_id);
CREATE INDEX ix_request_events_request_id ON public.request_events USING btree (request_id);
CREATE INDEX ix_requests_link_id ON public.requests USING btree (link_id);
CREATE INDEX ix_requests_state ON public.requests USING btree (state);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_link_id_fkey FOREIGN KEY (link_id) REFERENCES public.links(link_id);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_first_list_id_fkey FOREIGN KEY (first_list_id) REFERENCES public.lists(id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_list_id_fkey FOREIGN KEY (list_id) REFERENCES public.lists(id);
ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_link_id_fkey FOREIGN KEY (link_id) REFERENCES public.links(link_id);
ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.own_records
    ADD CONSTRAINT own_records_link_id_fkey FOREIGN KEY (link_id) REFERENCES public.links(link_id);
ALTER TABLE ONLY public.request_events
    ADD CONSTRAINT request_events_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.requests(id);
ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
