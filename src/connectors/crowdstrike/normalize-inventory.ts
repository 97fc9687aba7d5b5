import { hardwareEntities, ocsfEvent, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import { nameClient, nameFleet, nameHost, nameRole, nameUser } from './names.ts'
import { isAdmin, rightOf } from './rights.ts'
import { rowSchemas, type Rows } from './rows.ts'
import { deviceOf, fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: { host: stateHost, user: stateUser, client: stateClient },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/** Seen first when its sensor was: its hardware is its own since. */
function stateHost(row: Rows['host'], { authority, atMs }: TakenAt): Stated {
  const host = nameHost(authority, row.device_id)
  const sinceMs = Math.min(timeMs(row.first_seen) ?? atMs, atMs)
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
        createdAtMs: timeMs(row.first_seen),
        lastUsedAtMs: timeMs(row.last_seen),
      }),
    ],
    edges: [
      open(nameFleet(authority), 'CONTAINS', host, sinceMs),
      ...hardwareEntities({ serial, manufacturer, instance }).map((name) => open(host, 'SAME_AS', name, sinceMs)),
    ],
  }
}

/** Since when a role is held is not told. */
function stateUser(row: Rows['user'], { authority, atMs }: TakenAt): Stated {
  const user = nameUser(authority, row.uuid)
  const name = [row.first_name ?? row.firstName, row.last_name ?? row.lastName].filter(
    (part) => part !== null && part !== undefined && part !== '',
  )
  const roles = [...new Set(row.roles.map(({ role_id: role }) => role))].sort()
  return {
    facts: [
      fact(user, atMs, {
        kind: 'human',
        name: name.length > 0 ? name.join(' ') : row.uid,
        login: row.uid,
        email: row.email ?? row.uid,
        admin: roles.some(isAdmin),
        role: roles.join(', ') || undefined,
        status: row.status,
        createdAtMs: timeMs(row.created_at),
        lastUsedAtMs: timeMs(row.last_login_at),
      }),
      ...roles.map((role) => fact(nameRole(authority, role), atMs, { kind: 'role', name: role })),
    ],
    edges: roles.flatMap((role) => {
      const entity = nameRole(authority, role)
      const right = rightOf(role)
      return [
        open(user, 'MEMBER_OF', entity, 0),
        ...(right === undefined ? [] : [open(entity, right.edge, nameFleet(authority), 0, right)]),
      ]
    }),
  }
}

/** Which scopes an API client has is not told: what it may do to hosts is an upper bound. */
function stateClient({ id, isOwn }: Rows['client'], { authority, atMs }: TakenAt): Stated {
  const client = nameClient(authority, id)
  const more = { note: 'scopes are not told', conditional: true }
  return {
    facts: [fact(client, atMs, { kind: 'key', name: `API client ${id}`, ...(isOwn ? { own: true } : {}) })],
    edges: [open(client, 'CAN_ADMIN', nameFleet(authority), 0, more)],
  }
}
