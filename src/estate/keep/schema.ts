/**
 * The estate on disk: an append-only log of edges (only an end is ever set), dated facts, touches, and whose data a
 * resource holds. Entities are numbered densely per tenant; the graph in memory knows the numbers only.
 */
export const estateMigrations: readonly string[] = [
  `CREATE TABLE estate_node (tenant TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
     PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX estate_node_id ON estate_node (tenant, id);
   CREATE INDEX estate_node_kind ON estate_node (tenant, kind, number);
   CREATE TABLE estate_edge (tenant TEXT NOT NULL, edge INTEGER NOT NULL, src INTEGER NOT NULL, type INTEGER NOT NULL,
     dst INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER, observed_at INTEGER NOT NULL,
     kind INTEGER NOT NULL, confidence TEXT NOT NULL, note TEXT, evidence INTEGER NOT NULL, source TEXT NOT NULL, ended_by INTEGER, ended_heard_at INTEGER,
     PRIMARY KEY (tenant, edge)) STRICT, WITHOUT ROWID;
   CREATE INDEX estate_edge_ends ON estate_edge (tenant, src, dst, type, valid_to);
   CREATE TABLE estate_fact (tenant TEXT NOT NULL, node INTEGER NOT NULL, name TEXT NOT NULL, observed_at INTEGER NOT NULL,
     value TEXT NOT NULL, evidence INTEGER NOT NULL, source TEXT NOT NULL,
     PRIMARY KEY (tenant, node, name, observed_at, evidence)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_touch (tenant TEXT NOT NULL, number INTEGER NOT NULL, identity INTEGER, credential INTEGER,
     resource INTEGER NOT NULL, verb TEXT NOT NULL, at_ms INTEGER NOT NULL, records INTEGER, origin TEXT,
     evidence INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID;
   CREATE INDEX estate_touch_identity ON estate_touch (tenant, identity, at_ms) WHERE identity IS NOT NULL;
   CREATE INDEX estate_touch_credential ON estate_touch (tenant, credential, at_ms) WHERE credential IS NOT NULL;
   CREATE INDEX estate_touch_resource ON estate_touch (tenant, resource, at_ms);
   CREATE TABLE estate_person (tenant TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, customer INTEGER,
     PRIMARY KEY (tenant, number)) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX estate_person_id ON estate_person (tenant, id);
   CREATE TABLE estate_posting (tenant TEXT NOT NULL, resource INTEGER NOT NULL, people BLOB NOT NULL, source TEXT NOT NULL,
     PRIMARY KEY (tenant, resource, source)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_snapshot_edge (tenant TEXT NOT NULL, source TEXT NOT NULL, stream TEXT NOT NULL, scope TEXT NOT NULL,
     edge INTEGER NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY (tenant, source, stream, scope, edge)) STRICT, WITHOUT ROWID;
   CREATE TABLE estate_cursor (tenant TEXT NOT NULL PRIMARY KEY, through INTEGER NOT NULL, heard_at INTEGER NOT NULL) STRICT;
   CREATE TABLE estate_projection (tenant TEXT NOT NULL, source TEXT NOT NULL, connector TEXT NOT NULL, version INTEGER NOT NULL,
     unmapped INTEGER NOT NULL, refused INTEGER NOT NULL, PRIMARY KEY (tenant, source)) STRICT, WITHOUT ROWID`,
]
