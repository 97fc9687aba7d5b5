import { entityId, ocsfEvent, packageEntity, packageName, type EdgeStatement, type EntityId, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameDatabase,
  nameFingerprint,
  nameGateway,
  nameGatewayHost,
  nameKey,
  nameKeyHolder,
  nameLogs,
  nameMasterKey,
  nameModels,
  nameOrganization,
  nameSaltKey,
  nameTeam,
  nameUser,
} from './names.ts'
import { stateCredential, stateDeployment, stateGuardrail, stateMcp } from './normalize-upstream.ts'
import { isAdmin, isTold, mayLook, mayMakeKeys, modelsIn, modelsOfKey, type Opens } from './rights.ts'
import { rowSchemas, type Rows } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    self: stateSelf,
    keys: stateKey,
    users: stateUser,
    teams: stateTeam,
    organizations: stateOrganization,
    deployments: stateDeployment,
    credentials: stateCredential,
    mcp: stateMcp,
    guardrails: stateGuardrail,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/**
 * The process of the gateway is a host of its own realm: `recall pkg:pypi/litellm` finds it by the version it says it runs,
 * and from there everything it holds. The machines that are named run it, too. Its environment holds the master key, the
 * key that stored credentials are sealed with, and the address of the database, password and all.
 */
function stateSelf({ version, hosts, ownUsers, hasDatabase }: Rows['self'], { authority, atMs }: TakenAt): Stated {
  const [host, gateway] = [nameGatewayHost(authority), nameGateway(authority)]
  const inside: [EntityId, string][] = [
    [nameMasterKey(authority), 'LITELLM_MASTER_KEY'],
    ...(hasDatabase
      ? ([
          [nameSaltKey(authority), 'LITELLM_SALT_KEY'],
          [nameDatabase(authority), 'DATABASE_URL'],
        ] as [EntityId, string][])
      : []),
  ]
  const release = isTold(version) ? packageEntity('pypi', 'litellm', version) : undefined
  return {
    facts: [
      ...(release === undefined ? [] : [fact(release, atMs, { ...packageName('pypi', 'litellm'), version })]),
      fact(gateway, atMs, { kind: 'gateway', name: `LiteLLM ${authority}`, version }),
      fact(host, atMs, { name: `LiteLLM ${authority}` }),
      ...inside.map(([entity, name]) =>
        fact(entity, atMs, { kind: 'key', name: `${name} of ${authority}`, owner: host }),
      ),
      ...ownUsers.map((user) => fact(nameUser(authority, user), atMs, { own: true })),
    ],
    edges: [
      ...(release === undefined ? [] : [open(release, 'INSTALLED_ON', host, atMs)]),
      ...[host, ...hosts.map((id) => entityId('host', 'host', id))].map((one) =>
        open(one, 'CONTAINS', gateway, 0, { note: 'runs the proxy' }),
      ),
      ...inside.map(([entity, name]) => open(gateway, 'STORES', entity, 0, { note: `environment: ${name}` })),
      open(nameMasterKey(authority), 'CAN_ADMIN', gateway, 0, { note: 'master key' }),
      ...[nameModels(authority), nameLogs(authority)].map((one) => open(gateway, 'CONTAINS', one, 0)),
    ],
  }
}

const opened = (who: EntityId, opens: readonly Opens[], fromMs: number): EdgeStatement[] =>
  opens.map(({ to, note, conditional = false }) => open(who, 'CAN_READ', to, fromMs, { note, conditional }))

function stateKey(key: Rows['keys'], { authority, atMs }: TakenAt): Stated {
  const entity = nameKey(authority, key.hash)
  const print = nameFingerprint(key.sha256)
  const [fromMs, expiresAtMs] = [timeMs(key.created_at) ?? 0, timeMs(key.expires)]
  const holder = isTold(key.user_id)
    ? nameUser(authority, key.user_id)
    : isTold(key.team_id)
      ? nameTeam(authority, key.team_id)
      : nameKeyHolder(authority, key.hash)
  const isLive = key.blocked !== true && (expiresAtMs === undefined || expiresAtMs > atMs)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        name: key.key_alias ?? `LiteLLM key ${key.hash.slice(0, 8)}`,
        owner: holder,
        team: key.team_id,
        enabled: key.blocked !== true,
        scopes: key.allowed_routes?.join(' '),
        createdAtMs: timeMs(key.created_at),
        lastUsedAtMs: timeMs(key.last_active),
        tellsUse: true,
        rotatedAtMs: timeMs(key.last_rotation_at),
        expiresAtMs,
        unbounded: !isTold(key.team_id) && expiresAtMs === undefined && (key.models ?? []).length === 0,
        spend: key.spend,
        budget: key.max_budget,
        budgetResetAtMs: timeMs(key.budget_reset_at),
        ...(key.isOwn ? { own: true } : {}),
      }),
      ...(isTold(key.user_id) || isTold(key.team_id)
        ? []
        : [fact(holder, atMs, { kind: 'service', name: key.key_alias })]),
    ],
    edges: [
      ...(print === undefined ? [] : [open(print, 'SAME_AS', entity, fromMs)]),
      ...(isLive
        ? [open(entity, 'AUTHENTICATES_AS', holder, fromMs), ...opened(entity, modelsOfKey(authority, key), fromMs)]
        : []),
      ...(isTold(key.created_by) ? [open(nameUser(authority, key.created_by), 'CREATED', entity, fromMs)] : []),
    ],
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const entity = nameUser(authority, user.user_id)
  const fromMs = timeMs(user.created_at) ?? 0
  const role = user.user_role
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'human',
        name: user.user_alias ?? user.user_email ?? user.user_id,
        email: user.user_email,
        login: user.user_id,
        role,
        admin: isAdmin(role),
        makesKeys: mayMakeKeys(role),
        sso: isTold(user.sso_user_id),
        enabled: true,
        createdAtMs: timeMs(user.created_at),
        spend: user.spend,
        budget: user.max_budget,
        ...(user.isOwn ? { own: true } : {}),
      }),
    ],
    edges: [
      ...opened(entity, modelsIn(authority, user.models), fromMs),
      ...(user.teams ?? []).map((team) => open(entity, 'MEMBER_OF', nameTeam(authority, team), 0)),
      ...(isAdmin(role) ? [open(entity, 'CAN_ADMIN', nameGateway(authority), 0, { note: role ?? '' })] : []),
      ...(mayLook(role) ? [open(entity, 'CAN_READ', nameLogs(authority), 0, { note: role ?? '' })] : []),
    ],
  }
}

/** A blocked team opens nothing, but its members stay in it. */
function stateTeam(team: Rows['teams'], { authority, atMs }: TakenAt): Stated {
  const entity = nameTeam(authority, team.team_id)
  const fromMs = timeMs(team.created_at) ?? 0
  const members = (team.members_with_roles ?? []).flatMap(({ user_id: id, role }) => (isTold(id) ? [{ id, role }] : []))
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'group',
        name: team.team_alias ?? team.team_id,
        enabled: team.blocked !== true,
        createdAtMs: timeMs(team.created_at),
        members: members.length,
        spend: team.spend,
        budget: team.max_budget,
      }),
    ],
    edges: [
      ...members.map(({ id, role }) => open(nameUser(authority, id), 'MEMBER_OF', entity, 0, { note: role ?? 'user' })),
      ...(isTold(team.organization_id)
        ? [open(entity, 'MEMBER_OF', nameOrganization(authority, team.organization_id), 0)]
        : []),
      ...(team.blocked === true ? [] : opened(entity, modelsIn(authority, team.models), fromMs)),
    ],
  }
}

function stateOrganization(row: Rows['organizations'], { authority, atMs }: TakenAt): Stated {
  const entity = nameOrganization(authority, row.organization_id)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'group',
        name: row.organization_alias ?? row.organization_id,
        createdAtMs: timeMs(row.created_at),
        spend: row.spend,
      }),
    ],
    edges: (row.members ?? []).flatMap(({ user_id: id, user_role: role }) =>
      isTold(id) ? [open(nameUser(authority, id), 'MEMBER_OF', entity, 0, { note: role ?? 'member' })] : [],
    ),
  }
}
