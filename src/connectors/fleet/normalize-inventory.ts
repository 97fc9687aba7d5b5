import {
  hardwareEntities,
  normalizeVersion,
  ocsfEvent,
  packageEntity,
  packageName,
  type EntityId,
  type OcsfObject,
  type Stated,
} from '#model'
import { isTold, snapshotNormalizer, type TakenAt } from '#sources/contract'

import { nameHost, nameHosts, nameKnown, nameSession, nameTeam, nameUser } from './names.ts'
import { rightOf } from './rights.ts'
import { isUnlockable, packageTypes, rowSchemas, type Rows, type SoftwareRow } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

const noteLengthMax = 200

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    self: ({ id }, { authority, atMs }) => ({ facts: [fact(nameUser(authority, id), atMs, { own: true })] }),
    host: stateHost,
    user: stateUser,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateHost(row: Rows['host'], { authority, atMs }: TakenAt): Stated {
  const host = nameHost(authority, row.id)
  const sinceMs = Math.min(timeMs(row.created_at) ?? atMs, atMs)
  const { uuid, hardware_serial: serial, hardware_vendor: manufacturer, team_id: team } = row
  const stated: Stated = {
    ocsf: [ocsfEvent('inventory_info', 'collect', atMs, product, { device: deviceOf(row) })],
    facts: [
      fact(host, atMs, {
        name: row.hostname,
        platform: row.platform,
        system: row.os_version,
        agent: row.osquery_version,
        usedBy: usersOf(row),
        lockable: row.isLockable && isUnlockable(row.platform),
        createdAtMs: timeMs(row.created_at),
        lastUsedAtMs: timeMs(row.seen_time),
      }),
    ],
    edges: [
      open(nameHosts(authority), 'CONTAINS', host, sinceMs),
      ...(team === null || team === undefined ? [] : [open(nameTeam(authority, team), 'CONTAINS', host, sinceMs)]),
      ...hardwareEntities({ uuid, serial, manufacturer }).map((name) => open(host, 'SAME_AS', name, sinceMs)),
    ],
  }
  for (const software of row.software ?? []) stateSoftware(host, software, sinceMs, atMs, stated)
  return stated
}

/** Addresses, in one order. */
const usersOf = ({ device_mapping: users }: Rows['host']): string | undefined => {
  const addresses = (users ?? []).map(({ email }) => email.trim().toLowerCase()).filter((email) => !/\s|^$/.test(email))
  return addresses.length === 0 ? undefined : [...new Set(addresses)].toSorted().join(' ')
}

/** Since when it is installed Fleet does not tell: a recall may be too wide, never too narrow. */
function stateSoftware(host: EntityId, row: SoftwareRow, sinceMs: number, atMs: number, stated: Stated): void {
  const type = packageTypes[row.source]
  const entity = packageEntity(type, row.name, row.version)
  const [path] = row.installed_paths ?? []
  const note = path === undefined ? {} : { note: path.slice(0, noteLengthMax) }
  stated.edges?.push(open(entity, 'INSTALLED_ON', host, sinceMs, note))
  stated.facts?.push(
    fact(entity, atMs, { ...packageName(type, row.name), version: normalizeVersion(type, row.version) }),
  )
}

const systems: Readonly<Record<string, 100 | 200 | 201 | 300 | 301 | 302>> = {
  windows: 100,
  darwin: 300,
  android: 201,
  ios: 301,
  ipados: 302,
}

function deviceOf(row: Rows['host']): OcsfObject<'device'> {
  const { platform, uuid, hardware_serial: serial, hardware_vendor: maker } = row
  return {
    uid: String(row.id),
    type_id: 0,
    ...(isTold(row.hostname) ? { hostname: row.hostname } : {}),
    ...(isTold(platform)
      ? {
          os: {
            name: platform,
            // Fleet names a Linux by its distribution.
            type_id: systems[platform] ?? 200,
            ...(isTold(row.os_version) ? { version: row.os_version } : {}),
          },
        }
      : {}),
    hw_info: {
      ...(isTold(uuid) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid) ? { uuid } : {}),
      ...(isTold(serial) ? { serial_number: serial } : {}),
      ...(isTold(maker) ? { vendor_name: maker } : {}),
    },
  }
}

/** Since when a role is held is not told. A session is an API token where its user is API-only; values are never shown. */
function stateUser(row: Rows['user'], { authority, atMs }: TakenAt): Stated {
  const user = nameUser(authority, row.id)
  const isService = row.api_only === true
  const sessions = row.sessions ?? []
  const roles = [
    { role: row.global_role, over: nameHosts(authority) },
    ...(row.teams ?? []).map(({ id, role }) => ({ role, over: nameTeam(authority, id) })),
  ]
  return {
    facts: [
      fact(user, atMs, {
        kind: isService ? 'service' : 'human',
        name: row.name,
        email: row.email,
        admin: roles.some(({ role }) => role === 'admin'),
        everything: row.global_role === 'admin',
        role: row.global_role,
        sso: row.sso_enabled,
        mfa: row.mfa_enabled,
        createdAtMs: timeMs(row.created_at),
      }),
      ...sessions.map(({ session_id: id, created_at: created }) =>
        fact(nameSession(authority, row.id, id), atMs, {
          kind: isService ? 'token' : 'session',
          owner: user,
          createdAtMs: timeMs(created),
        }),
      ),
    ],
    edges: [
      ...roles.flatMap(({ role, over }) => {
        const right = rightOf(role)
        return right === undefined ? [] : [open(user, right.edge, over, 0, { note: right.note })]
      }),
      ...(roles.some(({ role }) => isTold(role))
        ? [open(user, 'CAN_READ', nameKnown(authority), 0, { note: 'sees hosts and what is installed' })]
        : []),
      ...sessions.map(({ session_id: id, created_at: created }) =>
        open(nameSession(authority, row.id, id), 'AUTHENTICATES_AS', user, Math.min(timeMs(created) ?? atMs, atMs)),
      ),
    ],
  }
}
