import { ocsfEvent, type EdgeStatement, type EntityId, type Stated } from '#model'
import { isTold, snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameAccount,
  nameAccountToken,
  nameAdmins,
  nameGroup,
  nameGrouped,
  nameGroupedPrograms,
  nameGroupPrograms,
  nameOpen,
  nameOpenPrograms,
  nameOrganization,
  nameProgram,
  nameRepo,
  nameSecret,
  nameSpace,
  nameToken,
  nameUser,
} from './names.ts'
import { rightsOfPermissions, rightsOfRole, rightsOverPrograms, type Right } from './rights.ts'
import { rowSchemas, type Rows, type RepoRow } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot → entities, edges, facts. */
export const normalizeDirectory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    organization: stateOrganization,
    members: stateMember,
    groups: stateGroup,
    models: (row, at) => stateRepo('model', row, at),
    datasets: (row, at) => stateRepo('dataset', row, at),
    spaces: stateSpace,
    tokens: stateToken,
    accounts: stateAccount,
    accountTokens: stateAccountToken,
    secrets: stateSecret,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/** Since when the list does not say: it holds from the beginning, until the log has told better. */
const rights = (holder: EntityId, given: readonly Right[], over: EntityId): EdgeStatement[] =>
  given.map(({ type, note, conditional = false }) => open(holder, type, over, 0, { note, conditional }))

/** The same over repositories and, of whoever may change them, over the programs among them. */
const rightsOver = (
  holder: EntityId,
  given: readonly Right[],
  repositories: EntityId,
  programs: EntityId,
): EdgeStatement[] => [...rights(holder, given, repositories), ...rights(holder, rightsOverPrograms(given), programs)]

function stateOrganization({ name, plan, self }: Rows['organization'], { authority, atMs }: TakenAt): Stated {
  const [organization, admins] = [nameOrganization(authority), nameAdmins(authority)]
  return {
    facts: [
      fact(organization, atMs, { name, plan }),
      fact(nameOpen(authority), atMs, { name: `repositories of ${name} in no resource group` }),
      fact(nameGrouped(authority), atMs, { name: `repositories of ${name} in resource groups` }),
      fact(admins, atMs, { kind: 'role', name: `administrators of ${name}`, admin: true }),
      fact(nameUser(authority, self), atMs, { own: true }),
    ],
    edges: [
      open(admins, 'CAN_ADMIN', organization, 0),
      open(organization, 'CONTAINS', nameOpen(authority), 0),
      open(organization, 'CONTAINS', nameOpenPrograms(authority), 0),
      open(organization, 'CONTAINS', nameGrouped(authority), 0),
      open(organization, 'CONTAINS', nameGroupedPrograms(authority), 0),
    ],
  }
}

function stateMember(row: Rows['members'], { authority, atMs }: TakenAt): Stated {
  const user = nameUser(authority, row._id)
  const isAdmin = row.role === 'admin'
  const { fullname, role } = row
  return {
    facts: [
      fact(user, atMs, {
        kind: 'human',
        name: fullname ?? row.user,
        login: row.user,
        email: row.verifiedEmail,
        role,
        admin: isAdmin,
        enabled: role !== 'no_access',
        mfa: row.twoFaEnabled,
        external: row.isExternalCollaborator,
      }),
    ],
    edges: isAdmin
      ? [open(user, 'MEMBER_OF', nameAdmins(authority), 0)]
      : rightsOver(user, rightsOfRole(role), nameOpen(authority), nameOpenPrograms(authority)),
  }
}

function stateGroup({ id, name, users }: Rows['groups'], { authority, atMs }: TakenAt): Stated {
  const [group, programs] = [nameGroup(authority, id), nameGroupPrograms(authority, id)]
  return {
    facts: [fact(group, atMs, { name })],
    edges: [
      open(nameGrouped(authority), 'CONTAINS', group, 0),
      open(nameGroupedPrograms(authority), 'CONTAINS', programs, 0),
      ...(users ?? []).flatMap((one) =>
        rightsOver(nameUser(authority, one._id), rightsOfRole(one.role), group, programs),
      ),
    ],
  }
}

function stateRepo(kind: string, row: RepoRow, { authority, atMs }: TakenAt): Stated {
  const repo = nameRepo(authority, row._id)
  const group = row.resourceGroup?.id
  const place = isTold(group) ? nameGroup(authority, group) : nameOpen(authority)
  const { id: name, sha: revision, gated, disabled } = row
  return {
    facts: [
      fact(repo, atMs, {
        kind: 'repository',
        repoKind: kind,
        name,
        revision,
        // Not told is no proof that nobody else reads it.
        public: row.private === null || row.private === undefined ? undefined : !row.private,
        gated: gated === false ? 'no' : gated,
        disabled,
        stage: row.runtime?.stage,
        createdAtMs: timeMs(row.createdAt),
        changedAtMs: timeMs(row.lastModified),
      }),
    ],
    edges: [open(place, 'CONTAINS', repo, timeMs(row.createdAt) ?? 0)],
  }
}

/** A Space is a repository, and a program that runs. */
function stateSpace(row: RepoRow, at: TakenAt): Stated {
  const { authority, atMs } = at
  const { facts = [], edges = [] } = stateRepo('space', row, at)
  const group = row.resourceGroup?.id
  const programs = isTold(group) ? nameGroupPrograms(authority, group) : nameOpenPrograms(authority)
  const stage = row.runtime?.stage
  return {
    facts: [...facts, fact(nameSpace(authority, row._id), atMs, { name: row.id, stage })],
    edges: [...edges, open(programs, 'CONTAINS', nameProgram(authority, row._id), timeMs(row.createdAt) ?? 0)],
  }
}

/** Denied or revoked, it opens nothing here; elsewhere it goes on. Before an administrator allowed it, it opens nothing yet. */
const closed: ReadonlySet<string> = new Set(['denied', 'revoked', 'pending'])

function stateToken(row: Rows['tokens'], { authority, atMs }: TakenAt): Stated {
  const token = nameToken(authority, row._id)
  const owner = row.owner._id
  const status = row.authorization?.status
  const createdAtMs = timeMs(row.createdAt)
  const isLive = !isTold(status) || !closed.has(status)
  const scopes = row.fineGrained?.scoped.flatMap(({ permissions }) => permissions) ?? []
  const holder = isTold(owner) ? nameUser(authority, owner) : undefined
  return {
    facts: [
      fact(token, atMs, {
        kind: 'token',
        name: isTold(row.displayName) ? row.displayName : `token of ${row.owner.name ?? 'a member'}`,
        tokenRole: row.role,
        scopes: scopes.length === 0 ? undefined : [...new Set(scopes)].sort().join(' '),
        status,
        enabled: isLive,
        owner: holder,
        createdAtMs,
        // A token without the time was never used.
        tellsUse: true,
        lastUsedAtMs: timeMs(row.lastUsedAt),
      }),
    ],
    edges:
      holder === undefined
        ? []
        : [
            // Nobody but its owner makes a token.
            ...(createdAtMs === undefined ? [] : [open(holder, 'CREATED', token, createdAtMs)]),
            ...(isLive ? [open(token, 'AUTHENTICATES_AS', holder, createdAtMs ?? 0)] : []),
          ],
  }
}

function stateAccount({ _id, user, name, createdAt }: Rows['accounts'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameAccount(authority, _id), atMs, {
        kind: 'service',
        name: isTold(name) ? name : user,
        login: user,
        enabled: true,
        createdAtMs: timeMs(createdAt),
      }),
    ],
  }
}

/** An account may what its tokens may: over the organisation, and over the repositories that they name. */
function stateAccountToken(row: Rows['accountTokens'], { authority, atMs }: TakenAt): Stated {
  const account = nameAccount(authority, row.account)
  const token = nameAccountToken(authority, row.account, row._id)
  const createdAtMs = timeMs(row.createdAt)
  const [wide, narrow] = [row.permissions ?? [], row.repoPermissions ?? []]
  const ofRole = row.role === 'write' || row.role === 'read' ? rightsOfRole(row.role) : []
  const given = [...ofRole, ...rightsOfPermissions(wide)]
  const administers = given.filter(({ type }) => type === 'CAN_ADMIN')
  const uses = given.filter(({ type }) => type !== 'CAN_ADMIN')
  // Whether a resource group shuts an account out the Hub's pages do not say.
  const inGroups = uses.map((right) => ({ ...right, conditional: true }))
  return {
    facts: [
      fact(token, atMs, {
        kind: 'token',
        name: row.displayName,
        tokenRole: row.role,
        scopes: [...wide, ...narrow].join(' '),
        enabled: true,
        owner: account,
        createdAtMs,
        tellsUse: true,
        lastUsedAtMs: timeMs(row.lastUsedAt),
        expiresAtMs: timeMs(row.expiration),
      }),
    ],
    edges: [
      open(token, 'AUTHENTICATES_AS', account, createdAtMs ?? 0),
      ...rights(account, administers, nameOrganization(authority)),
      ...rightsOver(account, uses, nameOpen(authority), nameOpenPrograms(authority)),
      ...rightsOver(account, inGroups, nameGrouped(authority), nameGroupedPrograms(authority)),
      ...(row.repoIds ?? []).flatMap((id) =>
        rightsOver(account, rightsOfPermissions(narrow), nameRepo(authority, id), nameProgram(authority, id)),
      ),
    ],
  }
}

/** The program of the Space reads it, and whoever may change that; the Hub shows it to nobody again. */
function stateSecret({ space, key, updatedAt }: Rows['secrets'], { authority, atMs }: TakenAt): Stated {
  const secret = nameSecret(authority, space, key)
  return {
    facts: [fact(secret, atMs, { kind: 'key', name: key, enabled: true, rotatedAtMs: timeMs(updatedAt) })],
    edges: [nameSpace(authority, space), nameProgram(authority, space)].map((place) =>
      open(place, 'STORES', secret, timeMs(updatedAt) ?? 0, { note: `secret ${key}` }),
    ),
  }
}
