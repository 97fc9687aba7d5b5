import { isObject } from '#kit'
import { nothingNormalized, type EntityId, type Normalized, type Touch, type TouchVerb } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { describe } from './describe.ts'
import { classOf } from './log-types.ts'
import {
  isReserved,
  nameAccount,
  nameByName,
  nameCenterUserByName,
  nameIdentity,
  nameKey,
  namePassword,
  nameResource,
  nameTrust,
  readIamArn,
} from './names.ts'
import { close, fact, merge, open, timeMs } from './statements.ts'
import { readTrailEvent, type TrailEvent } from './trail-event.ts'

type Stated = Partial<Normalized>
type Told = {
  event: TrailEvent
  atMs: number
  authority: string
  /** Who acted: a user, or the role behind a session; null for AWS itself and for other accounts. */
  actor: EntityId | null
  credential: EntityId | null
}

/** CloudTrail → OCSF, and what it changes in the estate. */
export function normalizeLog({ raw, authority, eventAtMs, arrivedAtMs, stream }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const event = readTrailEvent(raw)
  if (event === undefined) return { ...out, unmapped: stream }
  const atMs = timeMs(event.eventTime) ?? eventAtMs ?? arrivedAtMs
  out.ocsf.push(describe(event, atMs))
  // A bucket may hold the trail of a whole organisation: of other accounts this source says nothing.
  if ((event.recipientAccountId ?? authority) !== authority) return out
  const told: Told = { event, atMs, authority, actor: actorOf(event, authority), credential: credentialOf(event) }
  const actors = [told.credential, told.actor].filter((id) => id !== null)
  if (actors.length > 0) out.actors = actors
  merge(out, stateCredential(told))
  // What was refused changed nothing; that it was tried stands in the event.
  if (event.errorCode !== undefined) return out
  const state = states.get(event.eventSource)?.[event.eventName]
  if (state !== undefined) merge(out, state(told))
  merge(out, stateTouch(told))
  return out
}

function actorOf({ userIdentity: who }: TrailEvent, authority: string): EntityId | null {
  const issuer = who?.session?.issuer
  const account = issuer?.accountId ?? who?.accountId
  if (account !== undefined && account !== authority) return null
  if (who?.type === 'Root') return nameIdentity(authority, 'root')
  // AIDA… of a user, AROA… of a role; a session's own id is `AROA…:name`, a federated one's `account:name`.
  const id = issuer?.principalId ?? who?.principalId
  return id !== undefined && /^(AIDA|AROA)[A-Z0-9]+$/.test(id) ? nameIdentity(authority, id) : null
}

const credentialOf = ({ userIdentity: who }: TrailEvent): EntityId | null =>
  /^(AKIA|ASIA)[A-Z0-9]+$/.test(who?.accessKeyId ?? '') ? nameKey(who?.accessKeyId ?? '') : null

/** A credential is known from its first use on, even where its making was not seen. */
function stateCredential({ event, atMs, actor, credential, authority }: Told): Stated {
  if (credential === null || actor === null) return {}
  const isSession = event.userIdentity?.accessKeyId?.startsWith('ASIA') === true
  const sinceMs = timeMs(event.userIdentity?.session?.creationDate) ?? atMs
  return {
    edges: isSession ? [open(credential, 'AUTHENTICATES_AS', actor, sinceMs)] : [],
    facts: [
      fact(credential, atMs, {
        lastUsedAtMs: atMs,
        account: authority,
        ...(isSession
          ? { kind: 'session', name: `session of ${event.userIdentity?.arn ?? 'a role'}`, createdAtMs: sinceMs }
          : {}),
      }),
    ],
  }
}

const word = (values: unknown, ...path: string[]): string | undefined => {
  let here = values
  for (const name of path) here = isObject(here) ? here[name] : undefined
  return typeof here === 'string' && here !== '' ? here : undefined
}

/** What an event made: by the credential that was used, else by who acted. */
function made({ credential, actor, atMs }: Told, thing: EntityId): Stated {
  const by = credential ?? actor
  return by === null ? {} : { edges: [open(by, 'CREATED', thing, atMs)] }
}

const together = (...parts: readonly Stated[]): Stated => {
  const out = nothingNormalized()
  for (const part of parts) merge(out, part)
  return out
}

type States = Readonly<Record<string, (told: Told) => Stated>>
const iamStates: States = {
  CreateUser: (told) => statePrincipal(told, 'user', 'User'),
  CreateRole: (told) => statePrincipal(told, 'role', 'Role'),
  CreateAccessKey: stateNewKey,
  UpdateAccessKey: stateKeySwitch,
  DeleteAccessKey: (told) => closeKey(told, word(told.event.requestParameters, 'accessKeyId')),
  CreateLoginProfile: stateNewPassword,
  UpdateLoginProfile: stateNewPassword,
  DeleteLoginProfile: (told) => {
    const user = word(told.event.requestParameters, 'userName')
    if (user === undefined) return {}
    return {
      edges: [
        close(
          namePassword(told.authority, user),
          'AUTHENTICATES_AS',
          nameByName(told.authority, 'user', user),
          told.atMs,
        ),
      ],
    }
  },
  UpdateAssumeRolePolicy: (told) => {
    const role = word(told.event.requestParameters, 'roleName')
    if (role === undefined) return {}
    const entity = nameByName(told.authority, 'role', role)
    const trust = nameTrust(told.authority, role)
    const changed = { trustChangedAtMs: told.atMs, trustChangedBy: told.event.userIdentity?.arn }
    const facts = [
      fact(entity, told.atMs, changed),
      fact(trust, told.atMs, { kind: 'trust', name: `trust policy of role ${role}` }),
    ]
    return together({ facts }, made(told, trust))
  },
  AddUserToGroup: (told) => stateMembership(told, open),
  RemoveUserFromGroup: (told) => stateMembership(told, close),
}
const stsStates: States = {
  AssumeRole: stateSession,
  AssumeRoleWithSAML: stateSession,
  AssumeRoleWithWebIdentity: stateSession,
  GetSessionToken: stateSession,
  GetFederationToken: stateSession,
}
/** By source and name of the event. */
const states: ReadonlyMap<string, States> = new Map([
  ['iam.amazonaws.com', iamStates],
  ['sts.amazonaws.com', stsStates],
])

function statePrincipal(told: Told, noun: 'user' | 'role', key: 'User' | 'Role'): Stated {
  const { event, authority, atMs } = told
  const row = event.responseElements?.[noun]
  const [id, name, arn] = [word(row, `${noun}Id`), word(row, `${noun}Name`), word(row, 'arn')]
  if (id === undefined || name === undefined) return {}
  const identity = nameIdentity(authority, id)
  const attributes = { kind: key === 'User' ? 'service' : 'role', name, arn, createdAtMs: atMs }
  return together(
    {
      facts: [fact(identity, atMs, attributes)],
      edges: [open(nameByName(authority, noun, name), 'ASSUMES', identity, atMs)],
    },
    made(told, identity),
  )
}

function stateNewKey(told: Told): Stated {
  const { event, authority, atMs, actor } = told
  const row = event.responseElements?.['accessKey']
  const id = word(row, 'accessKeyId')
  if (id === undefined) return {}
  const key = nameKey(id)
  const user = word(row, 'userName') ?? word(event.requestParameters, 'userName')
  const identity = user === undefined ? actor : nameByName(authority, 'user', user)
  return together(made(told, key), {
    facts: [
      fact(key, atMs, {
        kind: 'key',
        name: `access key of ${user ?? 'a user'}`,
        owner: user,
        account: authority,
        enabled: true,
        createdAtMs: atMs,
      }),
    ],
    edges: identity === null ? [] : [open(key, 'AUTHENTICATES_AS', identity, atMs)],
  })
}

function stateKeySwitch(told: Told): Stated {
  const { event, atMs, authority } = told
  const id = word(event.requestParameters, 'accessKeyId')
  const user = word(event.requestParameters, 'userName') ?? event.userIdentity?.userName
  if (id === undefined) return {}
  const enabled = word(event.requestParameters, 'status') === 'Active'
  const edge = enabled ? open : close
  return {
    facts: [fact(nameKey(id), atMs, { enabled })],
    edges: user === undefined ? [] : [edge(nameKey(id), 'AUTHENTICATES_AS', nameByName(authority, 'user', user), atMs)],
  }
}

function closeKey({ event, atMs, authority }: Told, id: string | undefined): Stated {
  const user = word(event.requestParameters, 'userName') ?? event.userIdentity?.userName
  if (id === undefined || user === undefined) return {}
  return { edges: [close(nameKey(id), 'AUTHENTICATES_AS', nameByName(authority, 'user', user), atMs)] }
}

function stateNewPassword(told: Told): Stated {
  const { event, authority, atMs } = told
  const user = word(event.requestParameters, 'userName')
  if (user === undefined) return {}
  const password = namePassword(authority, user)
  return together(made(told, password), {
    facts: [
      fact(password, atMs, { kind: 'password', name: `console password of ${user}`, owner: user, createdAtMs: atMs }),
    ],
    edges: [open(password, 'AUTHENTICATES_AS', nameByName(authority, 'user', user), atMs)],
  })
}

function stateMembership({ event, authority, atMs }: Told, edge: typeof open | typeof close): Stated {
  const user = word(event.requestParameters, 'userName')
  const group = word(event.requestParameters, 'groupName')
  if (user === undefined || group === undefined) return {}
  return {
    edges: [edge(nameByName(authority, 'user', user), 'MEMBER_OF', nameByName(authority, 'group', group), atMs)],
  }
}

/** A session STS gave: it derives from the credential it was asked for with, and lives until its own end. */
function stateSession(told: Told): Stated {
  const { event, authority, atMs, actor, credential } = told
  const id = word(event.responseElements, 'credentials', 'accessKeyId')
  if (id === undefined) return {}
  const session = nameKey(id)
  const roleId = word(event.responseElements, 'assumedRoleUser', 'assumedRoleId')?.split(':')[0]
  const role = readIamArn(word(event.requestParameters, 'roleArn') ?? '')
  const identity =
    role === undefined
      ? actor
      : role.account !== authority
        ? null
        : roleId?.startsWith('AROA') === true
          ? nameIdentity(authority, roleId)
          : nameByName(authority, 'role', role.name)
  const expiresAtMs = timeOf(event.responseElements?.['credentials'])
  const name =
    role === undefined ? `session of ${event.userIdentity?.userName ?? 'a user'}` : `session of role ${role.name}`
  return {
    facts: [fact(session, atMs, { kind: 'session', name, account: authority, createdAtMs: atMs, expiresAtMs })],
    edges: [
      ...(identity === null ? [] : [open(session, 'AUTHENTICATES_AS', identity, atMs)]),
      ...(credential === null ? [] : [open(credential, 'DERIVES', session, atMs)]),
      ...byCenterUser(told, session),
    ],
  }
}

/** Identity Center names a session of its roles after the user. */
function byCenterUser({ event, authority, atMs }: Told, session: EntityId): NonNullable<Stated['edges']> {
  const role = word(event.requestParameters, 'roleArn') ?? ''
  const name = word(event.requestParameters, 'roleSessionName')
  return isReserved(role) && name !== undefined
    ? [open(nameCenterUserByName(authority, name), 'CREATED', session, atMs)]
    : []
}

/** `Jan 4, 2026, 10:00:00 AM`, as CloudTrail writes it (UTC). */
function timeOf(credentials: unknown): number | undefined {
  const text = word(credentials, 'expiration')
  const ms = text === undefined ? NaN : Date.parse(/[Z+]|GMT/.test(text) ? text : `${text} UTC`)
  return Number.isNaN(ms) ? undefined : ms
}

const touchVerbs: Readonly<Record<string, TouchVerb>> = {
  read: 'read',
  query: 'read',
  list: 'read',
  decrypt: 'read',
  create: 'write',
  write: 'write',
  update: 'write',
  delete: 'delete',
}

/** Data that was touched stands by its ARN; everything else is an act on the account. */
function stateTouch({ event, atMs, authority, actor, credential }: Told): Stated {
  if (actor === null && credential === null) return {}
  const kind = classOf(event)
  const base = { identity: actor, credential, atMs, records: null, origin: event.sourceIPAddress ?? null }
  if (kind.class === 'datastore_activity') {
    const verb = touchVerbs[kind.activity] ?? 'read'
    const touches = dataArns(event, authority).map((arn): Touch => ({
      ...base,
      verb,
      resource: nameResource(authority, arn),
    }))
    if (touches.length > 0) return { touches }
  }
  if (kind.class === 'authentication')
    return { touches: [{ ...base, verb: 'login', resource: nameAccount(authority) }] }
  if (kind.activity === 'read' || kind.activity === 'list') return {}
  return { touches: [{ ...base, verb: 'admin', resource: nameAccount(authority) }] }
}

function dataArns({ requestParameters, resources, eventSource, awsRegion }: TrailEvent, authority: string): string[] {
  const bucket = word(requestParameters, 'bucketName')
  if (bucket !== undefined) return [`arn:aws:s3:::${bucket}`]
  const told = (resources ?? []).flatMap(({ ARN }) => (ARN === undefined ? [] : [ARN]))
  if (told.length > 0) return told
  const secret = word(requestParameters, 'secretId')
  if (secret === undefined) return []
  if (secret.startsWith('arn:')) return [secret]
  return eventSource.startsWith('secretsmanager')
    ? [`arn:aws:secretsmanager:${awsRegion ?? ''}:${authority}:secret:${secret}`]
    : []
}
