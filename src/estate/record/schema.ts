/**
 * The estate on disk. Entities, people and sources have dense numbers; edges, closes, facts and touches are only ever
 * appended. `estate_current` holds the open statements (and those with a future end) by what they say, so that a
 * restatement is found in one step; `estate_shut` the newest close of each, so that an older open arriving late does
 * not stand for ever.
 *
 * Edges belong to the source that states them: one source's close never ends what another still says. Whoever can
 * write one source can hide only what rests on that source alone.
 */
export const estateMigrations = [
  `CREATE TABLE estate_store (nonce TEXT NOT NULL) STRICT;
   INSERT INTO estate_store VALUES (hex(randomblob(16)));
   CREATE TABLE estate_state (
     tenant TEXT PRIMARY KEY, generation INTEGER NOT NULL, through INTEGER NOT NULL, heard_at_ms INTEGER NOT NULL,
     next_node INTEGER NOT NULL, next_edge INTEGER NOT NULL, next_close INTEGER NOT NULL, next_person INTEGER NOT NULL,
     next_source INTEGER NOT NULL, next_touch INTEGER NOT NULL, listed_touch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_source (
     tenant TEXT NOT NULL, source TEXT NOT NULL, number INTEGER NOT NULL, skew_ms INTEGER NOT NULL,
     projection_version INTEGER, through INTEGER NOT NULL, unmapped INTEGER NOT NULL,
     PRIMARY KEY (tenant, source)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_node (
     tenant TEXT NOT NULL, number INTEGER NOT NULL, entity TEXT NOT NULL,
     PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX estate_node_entity ON estate_node (tenant, entity);
   CREATE TABLE estate_edge (
     tenant TEXT NOT NULL, edge INTEGER NOT NULL, source INTEGER NOT NULL, src INTEGER NOT NULL, type INTEGER NOT NULL,
     dst INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER, observed_at_ms INTEGER NOT NULL,
     confidence INTEGER NOT NULL, conditional INTEGER NOT NULL, note TEXT, evidence INTEGER NOT NULL,
     PRIMARY KEY (tenant, edge)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_close (
     tenant TEXT NOT NULL, close INTEGER NOT NULL, edge INTEGER NOT NULL, source INTEGER NOT NULL, src INTEGER NOT NULL,
     dst INTEGER NOT NULL, valid_to INTEGER NOT NULL, observed_at_ms INTEGER NOT NULL, evidence INTEGER NOT NULL,
     PRIMARY KEY (tenant, close)) STRICT, WITHOUT ROWID;
   CREATE INDEX estate_close_edge ON estate_close (tenant, edge);
   CREATE TABLE estate_current (
     tenant TEXT NOT NULL, source INTEGER NOT NULL, src INTEGER NOT NULL, type INTEGER NOT NULL, dst INTEGER NOT NULL,
     edge INTEGER NOT NULL, bits INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
     stated_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, source, src, type, dst, edge)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_shut (
     tenant TEXT NOT NULL, source INTEGER NOT NULL, src INTEGER NOT NULL, type INTEGER NOT NULL, dst INTEGER NOT NULL,
     at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, source, src, type, dst)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_snapshot (
     tenant TEXT NOT NULL, source INTEGER NOT NULL, stream TEXT NOT NULL, snapshot TEXT NOT NULL, part INTEGER NOT NULL,
     complete INTEGER NOT NULL, taken_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, source, stream, snapshot, part)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_snapshot_edge (
     tenant TEXT NOT NULL, source INTEGER NOT NULL, stream TEXT NOT NULL, edge INTEGER NOT NULL,
     taken_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, source, stream, edge)) STRICT, WITHOUT ROWID;
   CREATE INDEX estate_snapshot_edge_edge ON estate_snapshot_edge (tenant, source, edge);
   CREATE TABLE estate_fact (
     tenant TEXT NOT NULL, entity INTEGER NOT NULL, key TEXT NOT NULL, observed_at_ms INTEGER NOT NULL,
     evidence INTEGER NOT NULL, source INTEGER NOT NULL, value TEXT NOT NULL, confirmed_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, entity, key, observed_at_ms, evidence)) STRICT, WITHOUT ROWID;
   CREATE INDEX estate_fact_value ON estate_fact (tenant, key, value, entity);
   CREATE TABLE estate_touch (
     tenant TEXT NOT NULL, touch INTEGER NOT NULL, source INTEGER NOT NULL, identity INTEGER, credential INTEGER,
     resource INTEGER NOT NULL, verb INTEGER NOT NULL, at_ms INTEGER NOT NULL, records INTEGER, origin TEXT,
     evidence INTEGER NOT NULL, part INTEGER NOT NULL,
     PRIMARY KEY (tenant, touch)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_touch_run (
     tenant TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, from_ms INTEGER NOT NULL,
     to_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, last)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_touch_list (
     tenant TEXT NOT NULL, last INTEGER NOT NULL, axis INTEGER NOT NULL, bucket INTEGER NOT NULL, entries BLOB NOT NULL,
     PRIMARY KEY (tenant, last, axis, bucket)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_person (
     tenant TEXT NOT NULL, number INTEGER NOT NULL, person TEXT NOT NULL, customer INTEGER,
     PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX estate_person_person ON estate_person (tenant, person);
   CREATE TABLE estate_people (
     tenant TEXT NOT NULL, resource INTEGER NOT NULL, source INTEGER NOT NULL, block INTEGER NOT NULL,
     numbers BLOB NOT NULL,
     PRIMARY KEY (tenant, resource, source, block)) STRICT, WITHOUT ROWID`,
  // Somebody may belong to several customers; and a set that comes in parts is gathered apart until its last part.
  `CREATE TABLE estate_customer (
     tenant TEXT NOT NULL, person INTEGER NOT NULL, source INTEGER NOT NULL, customer INTEGER NOT NULL,
     evidence INTEGER NOT NULL,
     PRIMARY KEY (tenant, person, source, customer)) STRICT, WITHOUT ROWID;
   INSERT INTO estate_customer SELECT tenant, number, 0, customer, 0 FROM estate_person WHERE customer IS NOT NULL;
   ALTER TABLE estate_person DROP COLUMN customer;
   CREATE TABLE estate_staging (
     tenant TEXT NOT NULL, source INTEGER NOT NULL, resource INTEGER NOT NULL, snapshot TEXT NOT NULL,
     PRIMARY KEY (tenant, source, resource)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_staged (
     tenant TEXT NOT NULL, resource INTEGER NOT NULL, source INTEGER NOT NULL, block INTEGER NOT NULL,
     numbers BLOB NOT NULL,
     PRIMARY KEY (tenant, resource, source, block)) STRICT, WITHOUT ROWID`,
] as const
