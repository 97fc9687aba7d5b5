import { entityId, ocsfEvent, type EntityId, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  isReserved,
  nameAccount,
  nameByName,
  nameIdentity,
  nameKey,
  nameMfa,
  namePassword,
  namePermissionSet,
  nameResource,
  nameService,
  nameUserRight,
  permissionSetOf,
  readIamArn,
} from './names.ts'
import { isSecurityKey } from './inside-user.ts'
import { centerStates } from './normalize-center.ts'
import { rowSchemas, type Row } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

/** Records of the snapshot → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    account: stateAccount,
    user: (row, at) => statePrincipal('user', row, at, { kind: 'service', boundary: row.boundary }),
    group: (row, at) => statePrincipal('group', row, at, { kind: 'group' }),
    role: stateRole,
    member: ({ userId, group }, { authority }) => ({
      edges: [open(nameIdentity(authority, userId), 'MEMBER_OF', nameByName(authority, 'group', group), 0)],
    }),
    key: stateKey,
    login: stateLogin,
    mfa: stateMfa,
    bucket: (row, at) =>
      stateThing(row.arn, at, {
        kind: 'bucket',
        name: row.name,
        region: row.region,
        createdAtMs: timeMs(row.createdAt),
      }),
    kmsKey: ({ arn }, at) => stateThing(arn, at, { kind: 'encryption-key', name: arn.split('/').at(-1) }),
    queue: ({ arn, name }, at) => stateThing(arn, at, { kind: 'queue', name }),
    secret: (row, at) =>
      stateThing(row.arn, at, {
        kind: 'secret',
        name: row.name,
        createdAtMs: timeMs(row.createdAt),
        lastUsedAtMs: timeMs(row.lastUsedAt),
        rotates: row.rotates,
      }),
    function: stateFunction,
    ...centerStates,
    right: stateRight,
    source: ({ user, name, to, policy, why }, { authority, atMs }) => ({
      facts: [
        fact(nameUserRight(authority, user, to), atMs, {
          kind: 'policy',
          name: `${policy?.replace(/^[a-z]+:/, '') ?? 'policies'} of ${name}`,
          owner: nameIdentity(authority, user),
          takable: why ?? true,
        }),
      ],
    }),
    trust: stateTrust,
    share: stateShare,
    unread: ({ arn }, { authority, atMs }) => ({
      facts: [fact(nameResource(authority, arn), atMs, { policyUnread: true })],
    }),
  },
  event: ({ authority, atMs }) =>
    ocsfEvent(
      'cloud_resources_inventory_info',
      'collect',
      atMs,
      { vendor_name: 'AWS', name: 'AWS IAM' },
      { cloud: { provider: 'AWS', account: { uid: authority, type_id: 10 } }, profiles: ['cloud'] },
    ),
})

function stateAccount({ id, scps }: Row<'account'>, { authority, atMs }: TakenAt): Stated {
  const policies = scps.length === 0 ? undefined : scps.join(', ').slice(0, 500)
  return { facts: [fact(nameAccount(authority), atMs, { kind: 'account', name: `AWS account ${id}`, policies })] }
}

type PrincipalRow = Row<'group'>
function statePrincipal(
  noun: 'user' | 'role' | 'group',
  { id, name, arn, createdAt, policies }: PrincipalRow,
  { authority, atMs }: TakenAt,
  more: Parameters<typeof fact>[2],
): Stated {
  const identity = nameIdentity(authority, id)
  const told = { name, arn, createdAtMs: timeMs(createdAt), policies: policies.join(', ').slice(0, 500), ...more }
  return {
    facts: [fact(identity, atMs, told)],
    // The log tells names: who is called so is this one.
    edges: [open(nameByName(authority, noun, name), noun === 'group' ? 'MEMBER_OF' : 'ASSUMES', identity, 0)],
  }
}

function stateRole(row: Row<'role'>, at: TakenAt): Stated {
  const { lastUsedAt, boundary, instanceProfiles, isOwn, arn } = row
  const serviceLinked = arn.includes(':role/aws-service-role/')
  const own = isOwn ? { own: true } : {}
  const lastUsedAtMs = timeMs(lastUsedAt)
  const stated = statePrincipal('role', row, at, { kind: 'role', lastUsedAtMs, boundary, serviceLinked, ...own })
  const profiles = instanceProfiles.map((name) => {
    const app = entityId('app', at.authority, `instance-profile/${name}`)
    return { app, edge: open(app, 'ACTS_AS', nameIdentity(at.authority, row.id), 0), name }
  })
  return {
    facts: [
      ...(stated.facts ?? []),
      ...profiles.map(({ app, name }) => fact(app, at.atMs, { name, kind: 'instance-profile' })),
    ],
    edges: [...(stated.edges ?? []), ...profiles.map(({ edge }) => edge), ...ofPermissionSet(row, at)],
  }
}

/** Who has the permission set comes by this role. */
const ofPermissionSet = ({ id, name, arn }: Row<'role'>, { authority }: TakenAt) => {
  const set = isReserved(arn) ? permissionSetOf(name) : undefined
  return set === undefined ? [] : [open(namePermissionSet(authority, set), 'ASSUMES', nameIdentity(authority, id), 0)]
}

function stateKey(row: Row<'key'>, { authority, atMs }: TakenAt): Stated {
  const key = nameKey(row.id)
  const identity = nameIdentity(authority, row.userId)
  const createdAtMs = timeMs(row.createdAt)
  const enabled = row.status === 'Active'
  const own = row.isOwn ? { own: true } : {}
  return {
    facts: [
      fact(key, atMs, {
        kind: 'key',
        name: `access key of ${row.user}`,
        owner: row.user,
        account: authority,
        enabled,
        status: row.status,
        createdAtMs,
        lastUsedAtMs: timeMs(row.lastUsedAt),
        tellsUse: row.tellsUse,
        lastUsedFor: row.lastUsedFor,
        successorIn: row.successorIn,
        successorFrom: row.successorFrom,
        ...own,
      }),
      ...(row.isOwn ? [fact(identity, atMs, own)] : []),
    ],
    edges: enabled ? [open(key, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)] : [],
  }
}

function stateLogin(
  { user, userId, createdAt, factors, isStrong }: Row<'login'>,
  { authority, atMs }: TakenAt,
): Stated {
  const password = namePassword(authority, user)
  const createdAtMs = timeMs(createdAt)
  const identity = nameIdentity(authority, userId)
  return {
    facts: [
      fact(password, atMs, { kind: 'password', name: `console password of ${user}`, owner: user, createdAtMs }),
      fact(identity, atMs, {
        kind: 'human',
        mfa: typeof factors === 'number' ? factors > 0 : undefined,
        strongFactor: isStrong,
      }),
    ],
    edges: [open(password, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)],
  }
}

function stateMfa({ user, userId, serial, createdAt }: Row<'mfa'>, { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameMfa(authority, serial), atMs, { kind: 'factor', owner: user, createdAtMs: timeMs(createdAt) }),
      fact(nameIdentity(authority, userId), atMs, {
        mfa: true,
        ...(isSecurityKey({ serial }) ? { strongFactor: true } : {}),
      }),
    ],
  }
}

function stateThing(arn: string, { authority, atMs }: TakenAt, attributes: Parameters<typeof fact>[2]): Stated {
  const thing = nameResource(authority, arn)
  return {
    facts: [fact(thing, atMs, attributes)],
    edges: [open(nameAccount(authority), 'CONTAINS', thing, 0)],
  }
}

function stateFunction({ arn, name, role, changedAt }: Row<'function'>, at: TakenAt): Stated {
  const stated = stateThing(arn, at, { kind: 'function', name, changedAtMs: timeMs(changedAt) })
  const app = entityId('app', at.authority, arn)
  const iam = role === null || role === undefined ? undefined : readIamArn(role)
  if (iam === undefined) return stated
  return {
    facts: [...(stated.facts ?? []), fact(app, at.atMs, { name, kind: 'function' })],
    edges: [...(stated.edges ?? []), open(app, 'ACTS_AS', nameByName(iam.account, 'role', iam.name), 0)],
  }
}

function stateRight({ from, type, to, conditional, note }: Row<'right'>, { authority }: TakenAt): Stated {
  const dst: EntityId =
    type === 'ASSUMES'
      ? nameIdentity(authority, to)
      : to === 'account'
        ? nameAccount(authority)
        : nameResource(authority, to)
  return { edges: [open(nameIdentity(authority, from), type, dst, 0, { note, conditional })] }
}

function stateTrust({ role, principal, conditional, note, jobs }: Row<'trust'>, { authority, atMs }: TakenAt): Stated {
  const src = nameOutsider(authority, principal)
  return {
    facts: [
      ...(isOfAws(principal)
        ? []
        : [
            fact(nameIdentity(authority, role), atMs, { trustsOutside: true, ...(jobs === undefined ? {} : { jobs }) }),
          ]),
      outsider(src, principal, atMs),
    ],
    edges: [open(src, 'ASSUMES', nameIdentity(authority, role), 0, { note, conditional })],
  }
}

function stateShare({ principal, type, to, note, conditional }: Row<'share'>, { authority, atMs }: TakenAt): Stated {
  const src = nameOutsider(authority, principal)
  const resource = nameResource(authority, to)
  const isPublic = principal === '*' && !conditional
  return {
    facts: [
      outsider(src, principal, atMs),
      ...(isOfAws(principal)
        ? []
        : [fact(resource, atMs, { sharedOutside: true, ...(isPublic ? { public: true } : {}) })]),
    ],
    edges: [open(src, type, resource, 0, { note, conditional })],
  }
}

/** A service of AWS, which acts for whoever set it up: no stranger. */
const isOfAws = (principal: string): boolean => principal.startsWith('service:')
const outsider = (src: EntityId, principal: string, atMs: number) =>
  fact(src, atMs, {
    kind: 'service',
    name: principal.slice(0, 300),
    ...(isOfAws(principal) ? {} : { external: true }),
    ...(isAccount(principal) ? { account: true } : {}),
  })

/** Another account, or somebody in it: whoever acts there decides who comes. */
const isAccount = (principal: string): boolean => /^(?:\d{12}$|arn:[\w-]+:(?:iam|sts)::\d{12}:)/.test(principal)

/** `*`, another account or a principal of it, a service, a federation: known here by what the trust policy calls it. */
const nameOutsider = (authority: string, principal: string): EntityId => nameService(authority, `trusted/${principal}`)
