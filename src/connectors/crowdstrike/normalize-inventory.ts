import { isObject } from '#kit'
import { hardwareEntities, nothingNormalized, ocsfEvent, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { nameClient, nameFleet, nameHost, nameRole, nameUser } from './names.ts'
import { isAdmin, rightOf } from './rights.ts'
import { rowSchemas, type RowKind, type Rows } from './rows.ts'
import { deviceOf, fact, merge, open, product, timeOf } from './statements.ts'

type At = { authority: string; atMs: number }
type Stated = Partial<Normalized>

const states: { [Kind in RowKind]: (row: Rows[Kind], at: At) => Stated } = {
  host: stateHost,
  user: stateUser,
  client: stateClient,
}

/** Records of the snapshot streams → entities, edges, facts. */
export function normalizeInventory({ raw, authority, stream }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const { snapshot, rows } = isObject(raw) ? raw : {}
  if (!isObject(snapshot) || !isObject(rows)) return { ...out, unmapped: stream }
  const { id, part, complete, takenAtMs } = snapshot
  if (typeof id !== 'string' || typeof part !== 'number' || typeof takenAtMs !== 'number') {
    return { ...out, unmapped: stream }
  }
  out.snapshot = { id, part, complete: complete === true, takenAtMs }
  const list: unknown[] = Array.isArray(rows['rows']) ? rows['rows'] : []
  for (const row of list) {
    const kind = isObject(row) ? row['of'] : undefined
    if (!isRowKind(kind)) out.unmapped = stream
    else if (!stateRow(kind, row, { authority, atMs: takenAtMs }, out)) out.unmapped = kind
  }
  if (out.ocsf.length === 0) {
    const idp = { uid: authority }
    out.ocsf.push(ocsfEvent('cloud_resources_inventory_info', 'collect', takenAtMs, product, { idp }))
  }
  return out
}

const isRowKind = (kind: unknown): kind is RowKind => typeof kind === 'string' && Object.hasOwn(rowSchemas, kind)

function stateRow<Kind extends RowKind>(kind: Kind, row: unknown, at: At, out: Normalized): boolean {
  const result = rowSchemas[kind].safeParse(row)
  if (!result.success) return false
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the very schema the type is made of
  merge(out, states[kind](result.data as Rows[Kind], at))
  return true
}

/** Seen first when its sensor was: its hardware is its own since. */
function stateHost(row: Rows['host'], { authority, atMs }: At): Stated {
  const host = nameHost(authority, row.device_id)
  const sinceMs = Math.min(timeOf(row.first_seen) ?? atMs, atMs)
  const { serial_number: serial, system_manufacturer: manufacturer, instance_id: instance } = row
  return {
    ocsf: [ocsfEvent('inventory_info', 'collect', atMs, product, { device: deviceOf(row) })],
    facts: [
      fact(host, atMs, {
        name: row.hostname,
        platform: row.platform_name,
        system: row.os_version,
        agent: row.agent_version,
        domain: row.machine_domain,
        status: row.status,
        // A sensor of reduced functionality may not be able to contain.
        reduced: row.reduced_functionality_mode === 'yes' ? true : undefined,
        createdAtMs: timeOf(row.first_seen),
        lastUsedAtMs: timeOf(row.last_seen),
      }),
    ],
    edges: [
      open(nameFleet(authority), 'CONTAINS', host, sinceMs),
      ...hardwareEntities({ serial, manufacturer, instance }).map((name) => open(host, 'SAME_AS', name, sinceMs)),
    ],
  }
}

/** Since when a role is held is not told. */
function stateUser(row: Rows['user'], { authority, atMs }: At): Stated {
  const user = nameUser(authority, row.uuid)
  const name = [row.first_name ?? row.firstName, row.last_name ?? row.lastName].filter(
    (part) => part !== null && part !== undefined && part !== '',
  )
  const roles = [...new Set(row.roles.map(({ role_id: role }) => role))].sort()
  const stated: Stated = {
    facts: [
      fact(user, atMs, {
        kind: 'human',
        name: name.length > 0 ? name.join(' ') : row.uid,
        login: row.uid,
        email: row.email ?? row.uid,
        admin: roles.some(isAdmin),
        role: roles.join(', ') || undefined,
        status: row.status,
        createdAtMs: timeOf(row.created_at),
        lastUsedAtMs: timeOf(row.last_login_at),
      }),
    ],
    edges: [],
  }
  for (const role of roles) {
    const entity = nameRole(authority, role)
    stated.facts?.push(fact(entity, atMs, { kind: 'role', name: role }))
    stated.edges?.push(open(user, 'MEMBER_OF', entity, 0))
    const right = rightOf(role)
    if (right === undefined) continue
    const { edge, note, conditional } = right
    stated.edges?.push(open(entity, edge, nameFleet(authority), 0, { note, conditional }))
  }
  return stated
}

/** Which scopes an API client has is not told: what it may do to hosts is an upper bound. */
function stateClient({ id, isOwn }: Rows['client'], { authority, atMs }: At): Stated {
  const client = nameClient(authority, id)
  const more = { note: 'scopes are not told', conditional: true }
  return {
    facts: [fact(client, atMs, { kind: 'key', name: `API client ${id}`, ...(isOwn ? { own: true } : {}) })],
    edges: [open(client, 'CAN_ADMIN', nameFleet(authority), 0, more)],
  }
}
