import type { SourceId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { ScimError } from './error.ts'
import type { ResourceType } from './schemas.ts'

type Of = { tenant: TenantId; source: SourceId }
/** `body` is sealed. `nameHash`, `externalHash`: keyed hashes to find and to keep apart by; null where there is none. */
export type StoredResource = Of & {
  type: ResourceType
  id: string
  version: number
  createdAtMs: number
  modifiedAtMs: number
  nameHash: string
  externalHash: string | null
  body: Uint8Array
}
/** `all`: exactly these, else those added and removed. */
export type MemberSet = { all: string[] } | { add: string[]; remove: string[] }

/** Resources of one source; more are refused, so that one token cannot fill the disk. */
export const resourcesMax = 100_000
export const membersMax = 50_000

/** `after`: the version it was made of; null makes it. Refuses a stale one, a taken name, and members that do not exist. */
export const putScimResource = command<
  { resource: StoredResource; after: number | null; members: MemberSet | null },
  null
>('scim.put')
export const deleteScimResource = command<Of & { id: string; after: number }, null>('scim.delete')
export const addScimKey = command<Of & { wrapped: Uint8Array }, null>('scim.add-key')
export const rewrapScimKey = command<Of & { from: Uint8Array; to: Uint8Array }, null>('scim.rewrap-key')
/** The source is gone: all it told goes, and the key first of all. */
export const dropScim = command<Of, null>('scim.drop')

export const scimWriter: WriterModule = {
  name: 'scim',
  migrations: [
    `CREATE TABLE scim_key (tenant TEXT NOT NULL, source TEXT NOT NULL, wrapped BLOB NOT NULL,
       PRIMARY KEY (tenant, source)) STRICT;
     CREATE TABLE scim_resource (tenant TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
       version INTEGER NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, name_hash TEXT NOT NULL,
       external_hash TEXT, body BLOB NOT NULL, PRIMARY KEY (tenant, source, id)) STRICT;
     CREATE INDEX scim_by_type ON scim_resource (tenant, source, type, created_at, id);
     CREATE INDEX scim_by_name ON scim_resource (tenant, source, type, name_hash);
     CREATE INDEX scim_by_external ON scim_resource (tenant, source, type, external_hash);
     CREATE TABLE scim_member (tenant TEXT NOT NULL, source TEXT NOT NULL, group_id TEXT NOT NULL, member TEXT NOT NULL,
       PRIMARY KEY (tenant, source, group_id, member)) STRICT, WITHOUT ROWID;
     CREATE INDEX scim_by_member ON scim_member (tenant, source, member)`,
  ],
  handlers: [
    handler(putScimResource, (tx, { resource, after, members }) => {
      if (after === null) insert(tx, resource)
      else update(tx, resource, after)
      if (members !== null) setMembers(tx, resource, members)
      return null
    }),
    handler(deleteScimResource, (tx, { tenant, source, id, after }) => {
      const { changes } = tx.run(
        'DELETE FROM scim_resource WHERE tenant = ? AND source = ? AND id = ? AND version = ?',
        tenant,
        source,
        id,
        after,
      )
      if (changes === 0) throw changed()
      tx.run(
        'DELETE FROM scim_member WHERE tenant = ? AND source = ? AND (group_id = ? OR member = ?)',
        tenant,
        source,
        id,
        id,
      )
      return null
    }),
    handler(addScimKey, (tx, { tenant, source, wrapped }) => {
      tx.run('INSERT INTO scim_key VALUES (?, ?, ?) ON CONFLICT DO NOTHING', tenant, source, wrapped)
      return null
    }),
    handler(rewrapScimKey, (tx, { tenant, source, from, to }) => {
      tx.run(
        'UPDATE scim_key SET wrapped = ? WHERE tenant = ? AND source = ? AND wrapped = ?',
        to,
        tenant,
        source,
        from,
      )
      return null
    }),
    handler(dropScim, (tx, { tenant, source }) => {
      for (const table of ['scim_key', 'scim_member', 'scim_resource']) {
        tx.run(`DELETE FROM ${table} WHERE tenant = ? AND source = ?`, tenant, source)
      }
      return null
    }),
  ],
}

function insert(tx: Tx, resource: StoredResource): void {
  const { tenant, source, type, id, version, createdAtMs, modifiedAtMs, nameHash, externalHash, body } = resource
  refuseTaken(tx, resource)
  const row = tx.get<{ count: number }>(
    'SELECT count(*) AS count FROM scim_resource WHERE tenant = ? AND source = ?',
    tenant,
    source,
  )
  if ((row?.count ?? 0) >= resourcesMax) {
    throw new ScimError('ERR_SCIM_FULL', `this source has ${resourcesMax} users and groups already`)
  }
  tx.run(
    'INSERT INTO scim_resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    tenant,
    source,
    id,
    type,
    version,
    createdAtMs,
    modifiedAtMs,
    nameHash,
    externalHash,
    body,
  )
}

function update(tx: Tx, resource: StoredResource, after: number): void {
  const { tenant, source, id, version, modifiedAtMs, nameHash, externalHash, body } = resource
  refuseTaken(tx, resource)
  const { changes } = tx.run(
    `UPDATE scim_resource SET version = ?, modified_at = ?, name_hash = ?, external_hash = ?, body = ?
     WHERE tenant = ? AND source = ? AND id = ? AND version = ?`,
    version,
    modifiedAtMs,
    nameHash,
    externalHash,
    body,
    tenant,
    source,
    id,
    after,
  )
  if (changes === 0) throw changed()
}

/** A user's name is the sender's own key; groups may share one. */
function refuseTaken(tx: Tx, { tenant, source, type, id, nameHash }: StoredResource): void {
  if (type !== 'User') return
  const other = tx.get(
    'SELECT 1 FROM scim_resource WHERE tenant = ? AND source = ? AND type = ? AND name_hash = ? AND id <> ?',
    tenant,
    source,
    type,
    nameHash,
    id,
  )
  if (other !== undefined) throw new ScimError('ERR_SCIM_TAKEN', 'there is a user of this `userName` already')
}

function setMembers(tx: Tx, { tenant, source, id }: StoredResource, members: MemberSet): void {
  const remove = 'all' in members ? undefined : members.remove
  if (remove === undefined)
    tx.run('DELETE FROM scim_member WHERE tenant = ? AND source = ? AND group_id = ?', tenant, source, id)
  for (const member of remove ?? []) {
    tx.run(
      'DELETE FROM scim_member WHERE tenant = ? AND source = ? AND group_id = ? AND member = ?',
      tenant,
      source,
      id,
      member,
    )
  }
  for (const member of 'all' in members ? members.all : members.add) {
    const known = tx.get(
      'SELECT 1 FROM scim_resource WHERE tenant = ? AND source = ? AND id = ?',
      tenant,
      source,
      member,
    )
    if (known === undefined || member === id) throw new ScimError('ERR_SCIM_VALUE', 'a member is no user or group here')
    tx.run('INSERT OR IGNORE INTO scim_member VALUES (?, ?, ?, ?)', tenant, source, id, member)
  }
  const row = tx.get<{ count: number }>(
    'SELECT count(*) AS count FROM scim_member WHERE tenant = ? AND source = ? AND group_id = ?',
    tenant,
    source,
    id,
  )
  if ((row?.count ?? 0) > membersMax) throw new ScimError('ERR_SCIM_FULL', `a group has at most ${membersMax} members`)
}

const changed = (): ScimError =>
  new ScimError('ERR_SCIM_VERSION', 'it was changed or deleted meanwhile', { hint: 'read it again', retryable: true })
