/** Forward only, never edited once released. Tenant is the first column of every key. */
export const respondMigrations: readonly string[] = [
  `CREATE TABLE incident (
     tenant TEXT NOT NULL, id TEXT NOT NULL, trigger_key TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'containing', 'contained', 'closed')),
     trigger TEXT NOT NULL, window TEXT NOT NULL, trust TEXT NOT NULL, plan TEXT, opened_at_ms INTEGER NOT NULL,
     contain_by TEXT, isolation_waived_at_ms INTEGER, PRIMARY KEY (tenant, id)) STRICT;
   CREATE UNIQUE INDEX incident_trigger ON incident (tenant, trigger_key) WHERE state <> 'closed';
   CREATE INDEX incident_wish ON incident (tenant, id) WHERE contain_by IS NOT NULL;

   CREATE TABLE incident_finding (
     tenant TEXT NOT NULL, incident TEXT NOT NULL, finding TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, incident, finding)) STRICT;

   CREATE TABLE assessment (
     tenant TEXT NOT NULL, hash TEXT NOT NULL, incident TEXT NOT NULL, exposure TEXT NOT NULL, plan TEXT NOT NULL,
     made_at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, hash)) STRICT;
   CREATE TABLE plan_step (
     tenant TEXT NOT NULL, plan TEXT NOT NULL, action TEXT NOT NULL, PRIMARY KEY (tenant, plan, action)) STRICT;

   CREATE TABLE exposed (
     tenant TEXT NOT NULL, incident TEXT NOT NULL, entity TEXT NOT NULL, dead INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (tenant, incident, entity)) STRICT;
   CREATE INDEX exposed_alive ON exposed (tenant, incident) WHERE dead = 0;

   CREATE TABLE action (
     tenant TEXT NOT NULL, id TEXT NOT NULL, incident TEXT NOT NULL, plan TEXT NOT NULL, phase TEXT NOT NULL,
     source TEXT, connector TEXT NOT NULL, verb TEXT NOT NULL, target TEXT NOT NULL, generation INTEGER NOT NULL,
     preview TEXT NOT NULL, state TEXT NOT NULL, is_automatic INTEGER NOT NULL DEFAULT 0,
     proposed_at_ms INTEGER NOT NULL, approved_at_ms INTEGER, approved_until_ms INTEGER,
     asks_fresh_after_ms INTEGER NOT NULL DEFAULT 0,
     started_at_ms INTEGER, applied_at_ms INTEGER, proven_at_ms INTEGER, proof TEXT, attempts INTEGER NOT NULL DEFAULT 0,
     undo_attempts INTEGER NOT NULL DEFAULT 0, lease_ms INTEGER NOT NULL DEFAULT 0,
     releases INTEGER NOT NULL DEFAULT 0, reads_back_first INTEGER NOT NULL DEFAULT 0,
     fence INTEGER NOT NULL DEFAULT 0, worker TEXT, errand TEXT,
     held_boot TEXT NOT NULL DEFAULT '', held_until_ms INTEGER NOT NULL DEFAULT 0, held_for_ms INTEGER NOT NULL DEFAULT 0,
     last_error TEXT, undo_state TEXT, expires_at_ms INTEGER,
     PRIMARY KEY (tenant, id), UNIQUE (tenant, verb, target, generation),
     CHECK (state <> 'contained' OR proof IS NOT NULL)) STRICT;
   CREATE UNIQUE INDEX action_id ON action (id);
   CREATE INDEX action_work ON action (state, held_until_ms);
   CREATE INDEX action_started ON action (tenant, connector, verb, started_at_ms);

   CREATE TABLE action_incident (
     tenant TEXT NOT NULL, action TEXT NOT NULL, incident TEXT NOT NULL, plan TEXT NOT NULL, phase_no INTEGER NOT NULL,
     level INTEGER, decided_by TEXT NOT NULL, serves TEXT NOT NULL, is_current INTEGER NOT NULL,
     PRIMARY KEY (tenant, action, incident)) STRICT;
   CREATE INDEX action_incident_plan ON action_incident (tenant, incident, phase_no);
   CREATE TABLE action_serves (
     tenant TEXT NOT NULL, incident TEXT NOT NULL, entity TEXT NOT NULL, action TEXT NOT NULL,
     PRIMARY KEY (tenant, incident, entity, action)) STRICT;
   CREATE INDEX action_serves_action ON action_serves (tenant, action);

   CREATE TABLE action_attempt (
     tenant TEXT NOT NULL, action TEXT NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL, worker TEXT NOT NULL,
     fence INTEGER NOT NULL, at_ms INTEGER NOT NULL, outcome TEXT, says TEXT, PRIMARY KEY (tenant, action, n)) STRICT;

   CREATE TABLE approver (
     tenant TEXT NOT NULL, key_id TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL, method TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired')), enrolled_by TEXT NOT NULL,
     enrolled_at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, key_id)) STRICT;
   CREATE TABLE approval (
     tenant TEXT NOT NULL, nonce TEXT NOT NULL, incident TEXT NOT NULL, plan TEXT NOT NULL, approver TEXT NOT NULL,
     key_id TEXT NOT NULL, method TEXT NOT NULL, approval TEXT NOT NULL, signature TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, nonce)) STRICT;
   CREATE INDEX approval_incident ON approval (tenant, incident);
   CREATE TABLE action_approval (
     tenant TEXT NOT NULL, action TEXT NOT NULL, nonce TEXT NOT NULL, is_further INTEGER NOT NULL,
     PRIMARY KEY (tenant, action, nonce)) STRICT;
   CREATE INDEX action_approval_nonce ON action_approval (tenant, nonce);

   CREATE TABLE ladder (
     tenant TEXT NOT NULL, connector TEXT NOT NULL, verb TEXT NOT NULL, population TEXT NOT NULL, rung TEXT NOT NULL,
     set_by TEXT NOT NULL, set_at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, connector, verb, population)) STRICT;
   CREATE TABLE loosening (
     tenant TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, change TEXT NOT NULL, asked_by TEXT NOT NULL,
     asked_at_ms INTEGER NOT NULL, effective_at_ms INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'effective', 'cancelled')), PRIMARY KEY (tenant, id)) STRICT;
   CREATE TABLE loosening_consent (
     tenant TEXT NOT NULL, loosening TEXT NOT NULL, approver TEXT NOT NULL, nonce TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, loosening, approver), UNIQUE (tenant, nonce)) STRICT;
   CREATE TABLE automation_stop (
     tenant TEXT PRIMARY KEY, stopped_by TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE protected_entity (
     tenant TEXT NOT NULL, entity TEXT NOT NULL, why TEXT NOT NULL CHECK (why IN ('break-glass', 'own')),
     set_by TEXT NOT NULL, set_at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, entity)) STRICT;

   CREATE TABLE generation (
     tenant TEXT NOT NULL, verb TEXT NOT NULL, target TEXT NOT NULL, generation INTEGER NOT NULL,
     PRIMARY KEY (tenant, verb, target)) STRICT;
   CREATE TABLE recheck (
     tenant TEXT NOT NULL, action TEXT NOT NULL, next_at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
     round INTEGER NOT NULL, PRIMARY KEY (tenant, action)) STRICT;
   CREATE INDEX recheck_next ON recheck (next_at_ms);
   CREATE TABLE respond_cursor (
     tenant TEXT NOT NULL, consumer TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (tenant, consumer)) STRICT;
   CREATE TABLE respond_restore (id TEXT PRIMARY KEY, fence_epoch INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;`,
  // `amends`: the plan that automation replaced by this one; null where a person asked. `known_at_ms`: when the incident
  // first knew this member. `reproven_at_ms`: the newest look at a proof that still holds.
  `ALTER TABLE assessment ADD COLUMN amends TEXT;
   ALTER TABLE exposed ADD COLUMN known_at_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE action ADD COLUMN reproven_at_ms INTEGER;`,
  // Tasks opened before they could be done are due four hours after they were planned.
  `CREATE TABLE task (
     tenant TEXT NOT NULL, action TEXT NOT NULL, opened_at_ms INTEGER NOT NULL, due_at_ms INTEGER NOT NULL,
     done_at_ms INTEGER, done_by TEXT, note TEXT, PRIMARY KEY (tenant, action)) STRICT;
   INSERT INTO task SELECT tenant, id, proposed_at_ms, proposed_at_ms + 14400000, NULL, NULL, NULL FROM action
     WHERE verb = 'manual.task' AND state = 'unknown';
   CREATE TABLE people_consent (
     tenant TEXT NOT NULL, nonce TEXT NOT NULL, incident TEXT NOT NULL, people TEXT NOT NULL, requester TEXT NOT NULL,
     approver TEXT NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL, expires_at_ms INTEGER NOT NULL,
     at_ms INTEGER NOT NULL, used_at_ms INTEGER, PRIMARY KEY (tenant, nonce)) STRICT;
   CREATE INDEX people_consent_open ON people_consent (tenant, incident, people, requester) WHERE used_at_ms IS NULL;`,
  // Whose contain credential writes the successor: of a hand-over alone. Those from before wrote in their own source.
  `ALTER TABLE action ADD COLUMN place_source TEXT;
   UPDATE action SET place_source = source WHERE verb = 'aws.key.hand-over';`,
  // Findings joined over the estate. `folded_into`: the incident that this one is part of since; its row stays, closed, so
  // that its id answers. `named_…`: what orders incidents when two become one; those from before keep their ids.
  // `wanted`: containment of this part was asked for. Anchors are of open incidents alone.
  `ALTER TABLE incident ADD COLUMN folded_into TEXT;
   ALTER TABLE incident ADD COLUMN folded_at_ms INTEGER;
   ALTER TABLE incident ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE incident ADD COLUMN named_rank INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE incident ADD COLUMN named_at_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE incident ADD COLUMN named_by TEXT NOT NULL DEFAULT '';
   UPDATE incident SET wanted = state <> 'open' OR contain_by IS NOT NULL, named_at_ms = opened_at_ms, named_by = id;
   CREATE INDEX incident_folded ON incident (tenant, folded_into) WHERE folded_into IS NOT NULL;
   CREATE TABLE incident_part (
     tenant TEXT NOT NULL, incident TEXT NOT NULL, trigger_key TEXT NOT NULL, trigger TEXT NOT NULL, window TEXT NOT NULL,
     trust TEXT NOT NULL, wanted INTEGER NOT NULL, first_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tenant, incident, trigger_key)) STRICT;
   CREATE INDEX incident_part_trigger ON incident_part (tenant, trigger_key);
   CREATE TABLE incident_anchor (
     tenant TEXT NOT NULL, entity TEXT NOT NULL, incident TEXT NOT NULL, finding TEXT, named TEXT NOT NULL,
     path TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, is_hub INTEGER NOT NULL,
     is_about INTEGER NOT NULL, PRIMARY KEY (tenant, entity, incident)) STRICT;
   CREATE INDEX incident_anchor_incident ON incident_anchor (tenant, incident);
   CREATE TABLE incident_join (
     tenant TEXT NOT NULL, incident TEXT NOT NULL, finding TEXT NOT NULL, joined TEXT NOT NULL, reason TEXT NOT NULL,
     at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, incident, finding, joined)) STRICT;`,
  // Plans of an incident without reading the plans.
  `CREATE INDEX assessment_incident ON assessment (tenant, incident, made_at_ms, hash, amends);
   CREATE INDEX incident_finding_of ON incident_finding (tenant, finding);`,
  // What waits to be handed out: by when it was approved, incident by incident; and of which sources there is any.
  `CREATE INDEX action_approved ON action (approved_at_ms, tenant, incident, source, held_until_ms) WHERE state = 'approved';
   CREATE INDEX action_approved_source ON action (tenant || ' ' || coalesce(source, '')) WHERE state = 'approved';`,
  `CREATE INDEX incident_lease ON incident (tenant, opened_at_ms, id) WHERE json_extract(trigger, '$.kind') = 'lease';
   CREATE INDEX incident_lease_id ON incident (tenant, json_extract(trigger, '$.lease.id'))
     WHERE json_extract(trigger, '$.kind') = 'lease';`,
  // Whether somebody is called for it now. Those from before say nothing, and so call, as they did.
  `ALTER TABLE incident_finding ADD COLUMN rule TEXT;
   ALTER TABLE incident_finding ADD COLUMN urgency TEXT;
   ALTER TABLE incident_finding ADD COLUMN evidence TEXT;`,
]
