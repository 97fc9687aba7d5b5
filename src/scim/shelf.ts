import { hmacSha256, parseOwnJson, toBase64url, type RandomBytes } from '#kit'
import type { SourceId, TenantId } from '#model'
import type { Reader, Writer } from '#store'
import { boxOpen, boxSeal, type LogKeys } from '#vault'

import type { Body } from './resource.ts'
import type { ResourceType } from './schemas.ts'
import { addScimKey, rewrapScimKey } from './writer.ts'

export type Resource = {
  type: ResourceType
  id: string
  version: number
  createdAtMs: number
  modifiedAtMs: number
  body: Body
}
type Row = {
  id: string
  type: ResourceType
  version: number
  created_at: number
  modified_at: number
  body: Uint8Array
}
type Of = { tenant: TenantId; source: SourceId }

/** Stands in for a day in the wrapping of a source's key. */
const keyPlace = (source: SourceId): string => `scim/${source}`
const placeOf = ({ tenant, source }: Of, id: string): string => JSON.stringify(['cordon scim v1', tenant, source, id])
const columns = 'id, type, version, created_at, modified_at, body'

/**
 * Resources of one source, as they lie in the store: sealed under a key of that source, which goes with it. People are
 * found by keyed hashes of what they are looked up by; nothing of them is readable in the file.
 */
export async function openShelf(parts: { reader: Reader; writer: Writer; keys: LogKeys; random: RandomBytes }, of: Of) {
  const { reader, random } = parts
  const { tenant, source } = of
  const key = await keyOf(parts, of)
  const open = (row: Row): Resource => ({
    type: row.type,
    id: row.id,
    version: row.version,
    createdAtMs: row.created_at,
    modifiedAtMs: row.modified_at,
    body: parseOwnJson<Body>(boxOpen(key, placeOf(of, row.id), row.body)),
  })
  const by = (column: 'name_hash' | 'external_hash') => (type: ResourceType, hash: string) =>
    reader
      .all<Row>(
        `SELECT ${columns} FROM scim_resource WHERE tenant = ? AND source = ? AND type = ? AND ${column} = ? ORDER BY created_at, id`,
        tenant,
        source,
        type,
        hash,
      )
      .map(open)
  return {
    hash: (kind: 'name' | 'external', value: string): string =>
      toBase64url(hmacSha256(key, `${kind}\n${kind === 'name' ? value.toLowerCase() : value}`)),
    seal: (id: string, body: Body): Uint8Array => boxSeal(key, placeOf(of, id), JSON.stringify(body), random),
    get(type: ResourceType, id: string): Resource | undefined {
      const row = reader.get<Row>(
        `SELECT ${columns} FROM scim_resource WHERE tenant = ? AND source = ? AND type = ? AND id = ?`,
        tenant,
        source,
        type,
        id,
      )
      return row === undefined ? undefined : open(row)
    },
    byName: by('name_hash'),
    byExternal: by('external_hash'),
    count: (type: ResourceType): number =>
      reader.get<{ count: number }>(
        'SELECT count(*) AS count FROM scim_resource WHERE tenant = ? AND source = ? AND type = ?',
        tenant,
        source,
        type,
      )?.count ?? 0,
    page: (type: ResourceType, offset: number, max: number): Resource[] =>
      reader
        .all<Row>(
          `SELECT ${columns} FROM scim_resource WHERE tenant = ? AND source = ? AND type = ? ORDER BY created_at, id LIMIT ? OFFSET ?`,
          tenant,
          source,
          type,
          max,
          offset,
        )
        .map(open),
    members: (group: string): { id: string; type: ResourceType }[] =>
      reader.all<{ id: string; type: ResourceType }>(
        `SELECT r.id, r.type FROM scim_member m JOIN scim_resource r ON r.tenant = m.tenant AND r.source = m.source AND r.id = m.member
         WHERE m.tenant = ? AND m.source = ? AND m.group_id = ? ORDER BY r.id`,
        tenant,
        source,
        group,
      ),
    groupsOf: (member: string): string[] =>
      reader
        .all<{ id: string }>(
          'SELECT group_id AS id FROM scim_member WHERE tenant = ? AND source = ? AND member = ? ORDER BY group_id',
          tenant,
          source,
          member,
        )
        .map(({ id }) => id),
  }
}
export type Shelf = Awaited<ReturnType<typeof openShelf>>

async function keyOf(
  { reader, writer, keys }: { reader: Reader; writer: Writer; keys: LogKeys },
  { tenant, source }: Of,
): Promise<Uint8Array> {
  const read = (): Uint8Array | undefined => wrappedKeys(reader, tenant, source)[0]?.wrapped
  let wrapped = read()
  if (wrapped === undefined) {
    const fresh = keys.create(tenant, keyPlace(source))
    await writer.submit(addScimKey({ tenant, source, wrapped: fresh.wrapped }))
    wrapped = read()
  }
  if (wrapped === undefined) throw new Error('a key that was stored is there')
  return keys.unwrap(tenant, keyPlace(source), wrapped)
}

const wrappedKeys = (reader: Reader, tenant: TenantId, source?: SourceId): { source: string; wrapped: Uint8Array }[] =>
  reader.all<{ source: string; wrapped: Uint8Array }>(
    'SELECT source, wrapped FROM scim_key WHERE tenant = ? AND source = coalesce(?, source)',
    tenant,
    source ?? null,
  )

/** After a rotation of the vault's keys: the old ones can then be retired. */
export async function rewrapScimKeys(
  { reader, writer, keys }: { reader: Reader; writer: Writer; keys: LogKeys },
  tenant: TenantId,
): Promise<void> {
  for (const { source, wrapped: from } of wrappedKeys(reader, tenant)) {
    const to = keys.rewrap(tenant, keyPlace(source), from)
    await writer.submit(rewrapScimKey({ tenant, source, from, to }))
  }
}
