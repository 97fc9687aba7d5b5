import { isObject, type Json } from '#kit'
import { nativeOf, nothingNormalized, ocsfEvent, type EntityFact, type Normalized } from '#model'
import { readSnapshot, type NormalizeInput, type SnapshotHead } from '#sources/contract'

import { auditActions, meaningByOperation } from './audit-actions.ts'
import { auditEffects, doerOf } from './audit-effects.ts'
import { describe, product } from './audit-ocsf.ts'
import { auditRow, isFineGrained, readAct, type Act } from './audit-row.ts'
import { auditTimeMs } from './audit.ts'
import { nameFingerprint, nameOrg, namePatRights } from './names.ts'
import { organisationSays } from './normalize-organisation.ts'
import { sayRepository } from './normalize-repository.ts'
import { repoWithParts } from './rows.ts'
import { Statements } from './statements.ts'

/** Raw records of all streams → OCSF, entities, edges, touches. */
export function normalize(input: NormalizeInput): Normalized {
  return input.stream === 'organisation' || input.stream === 'repositories'
    ? normalizeInventory(input)
    : normalizeAudit(input)
}

function normalizeInventory({ raw, stream, authority }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const part = readPart(raw)
  if (part === undefined) return { ...out, unmapped: stream }
  out.snapshot = part.snapshot
  const say = new Statements(authority, part.snapshot.takenAtMs)
  for (const row of part.rows) {
    if (part.list === 'repositories') sayRepository(say, repoWithParts.parse(row))
    else if (organisationSays[part.list] === undefined) out.unmapped = `${stream} ${part.list}`
    else organisationSays[part.list]?.(say, row)
  }
  out.ocsf.push(
    ocsfEvent('cloud_resources_inventory_info', 'collect', part.snapshot.takenAtMs, product, {
      idp: { uid: authority },
      message: `${part.rows.length} ${part.list}`,
    }),
  )
  return say.into(out)
}

type Part = { snapshot: SnapshotHead; list: string; rows: unknown[] }

function readPart(raw: Json): Part | undefined {
  const snapshot = readSnapshot(raw)
  if (snapshot === undefined) return undefined
  const { kind, rows } = snapshot.rows
  return typeof kind === 'string' && Array.isArray(rows) ? { snapshot: snapshot.head, list: kind, rows } : undefined
}

function normalizeAudit({ raw, stream, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: stream }
  const row = parsed.data
  const record = isObject(raw) ? raw : {}
  const atMs = eventAtMs ?? auditTimeMs(record['@timestamp']) ?? auditTimeMs(record['created_at']) ?? arrivedAtMs
  const act = readAct(authority, row, atMs)
  const known = auditActions[row.action]
  const meaning = known ?? meaningByOperation(row.operation_type)
  if (known === undefined) out.unmapped = row.action
  out.ocsf.push(describe(act, meaning))
  const say = new Statements(authority, atMs)
  sayCredential(say, act)
  auditEffects[row.action]?.(say, act)
  if (meaning.class === 'api_activity' && meaning.touch !== undefined) {
    out.touches.push({
      identity: act.actor,
      credential: doerOf(act) === act.actor ? null : doerOf(act),
      resource: act.repo ?? nameOrg(authority),
      verb: meaning.touch,
      atMs,
      records: null,
      origin: row.actor_ip,
    })
  }
  return say.into(out)
}

/** Whose the token or session of the row is, and which known secret it is by its hash. */
function sayCredential(say: Statements, act: Act): void {
  const { row, actor, authority } = act
  const credential = doerOf(act)
  if (credential === null || credential === actor || actor === null) return
  const isSession = act.credential === null
  const fine = isFineGrained(row.programmatic_access_type) && row.token_id !== null
  say.fact(credential, {
    ...credentialFacts(act, isSession),
    lastUsedAtMs: act.atMs,
    ...(row.actor === null ? {} : { owner: row.actor }),
    ...(row.token_scopes === null ? {} : { scopes: row.token_scopes }),
  })
  // A deploy key opens one repository, and nothing of whoever added it.
  const isDeployKey = nativeOf(credential).startsWith('deploykey/')
  if (!isDeployKey) {
    say.open(credential, 'AUTHENTICATES_AS', fine ? namePatRights(authority, row.token_id ?? '') : actor)
  }
  if (fine) say.open(namePatRights(authority, row.token_id ?? ''), 'OWNED_BY', actor)
  const print = row.hashed_token === null ? undefined : nameFingerprint(row.hashed_token)
  if (print !== undefined) say.open(credential, 'SAME_AS', print)
  if (row.actor !== null) say.fact(actor, { name: row.actor, ...(row.actor_is_bot === true ? { kind: 'app' } : {}) })
}

function credentialFacts({ row, credential }: Act, isSession: boolean): EntityFact['attributes'] {
  if (isSession) return { kind: 'session', name: `web sessions of ${row.actor ?? 'unknown'}` }
  const isKey = credential !== null && /^(?:sshkey|deploykey)\//.test(nativeOf(credential))
  return {
    kind: isKey ? 'ssh-key' : 'token',
    name: `${row.programmatic_access_type ?? (isKey ? 'SSH key' : 'token')} of ${row.actor ?? 'unknown'}`,
  }
}
