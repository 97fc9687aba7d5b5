import type { Json } from '#kit'
import {
  closeEdge as close,
  mergeNormalized as merge,
  nothingNormalized,
  ocsfEndpoint,
  ocsfEvent,
  openEdge as open,
  type EdgeStatement,
  type EdgeType,
  type Normalized,
  type OcsfActivity,
  type OcsfEvent,
} from '#model'
import { readSnapshot, type NormalizeInput, type SnapshotHead } from '#sources/contract'

import { clientRow, feedEvent, grantRow, sessionRow, tokenRow, type FeedEvent, type TokenRow } from './admin.ts'
import {
  nameApi,
  nameApp,
  nameClientSecret,
  nameFingerprint,
  nameGrant,
  nameIdentity,
  nameSession,
  nameToken,
} from './names.ts'

const product = { name: 'OpenID Connect issuer' }

/** Raw records of both streams → entities, edges, touches. */
export function normalize(input: NormalizeInput): Normalized {
  return input.stream === 'inventory' ? normalizeInventory(input) : normalizeFeed(input)
}

function normalizeInventory({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const snapshot = readPart(raw)
  if (snapshot === undefined) return { ...out, unmapped: 'inventory' }
  out.snapshot = snapshot.head
  const atMs = snapshot.head.takenAtMs
  out.ocsf.push(ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }))
  const states: Record<string, (row: unknown) => Partial<Normalized> | undefined> = {
    clients: (row) => parsed(clientRow.safeParse(row), (client) => stateClient(authority, client, atMs)),
    grants: (row) => parsed(grantRow.safeParse(row), (grant) => stateGrant(authority, grant, atMs)),
    sessions: (row) => parsed(sessionRow.safeParse(row), (session) => stateSession(authority, session, atMs)),
    tokens: (row) => parsed(tokenRow.safeParse(row), (token) => stateToken(authority, token, arrivedAtMs)),
    end: () => ({}),
  }
  const state = states[snapshot.kind]
  for (const row of snapshot.rows) {
    const stated = state?.(row)
    if (stated === undefined) out.unmapped = `inventory ${snapshot.kind}`
    else merge(out, stated)
  }
  return out
}

const parsed = <Row>(
  result: { success: true; data: Row } | { success: false },
  state: (row: Row) => Partial<Normalized>,
): Partial<Normalized> | undefined => (result.success ? state(result.data) : undefined)

function readPart(raw: Json): { head: SnapshotHead; kind: string; rows: unknown[] } | undefined {
  const snapshot = readSnapshot(raw)
  if (snapshot === undefined) return undefined
  const { kind, rows } = snapshot.rows
  return typeof kind === 'string' && Array.isArray(rows) ? { head: snapshot.head, kind, rows } : undefined
}

type ClientFacts = { id: string; secretSha256: string | null; isEnabled: boolean; isOwn: boolean }

function stateClient(authority: string, client: ClientFacts, atMs: number): Partial<Normalized> {
  const app = nameApp(authority, client.id)
  const identity = nameIdentity(authority, client.id)
  const secret = nameClientSecret(authority, client.id)
  const fingerprint = nameFingerprint(client.secretSha256 ?? '')
  const own = client.isOwn ? { own: true } : {}
  return {
    facts: [
      { entity: app, observedAtMs: atMs, attributes: { name: client.id, enabled: client.isEnabled, ...own } },
      { entity: secret, observedAtMs: atMs, attributes: { kind: 'key', name: `secret of ${client.id}`, ...own } },
      { entity: identity, observedAtMs: atMs, attributes: { kind: 'app', name: client.id, ...own } },
    ],
    edges: [
      open(app, 'ACTS_AS', identity, 0),
      ...(client.isEnabled ? [open(secret, 'AUTHENTICATES_AS', identity, 0)] : []),
      ...(fingerprint === undefined ? [] : [open(fingerprint, 'SAME_AS', secret, 0)]),
    ],
  }
}

type GrantFacts = {
  id: string
  client: string
  subject: string
  resources: Record<string, string>
  createdAtMs: number | null
  expiresAtMs: number | null
}

/** A grant's rights in Cordon's words: what a scope is called decides, and what cannot be told counts as reading. */
function rightOf(scope: string): EdgeType | undefined {
  if (scope === 'openid' || scope === 'offline_access') return undefined
  if (/admin|manage|owner/i.test(scope)) return 'CAN_ADMIN'
  return /write|edit|create|update|delete|send/i.test(scope) ? 'CAN_WRITE' : 'CAN_READ'
}

function stateGrant(authority: string, grant: GrantFacts, atMs: number): Partial<Normalized> {
  const entity = nameGrant(authority, grant.id)
  const identity = nameIdentity(authority, grant.subject)
  const fromMs = grant.createdAtMs ?? atMs
  const rights = Object.entries(grant.resources).flatMap(([audience, scopes]) =>
    scopes.split(' ').flatMap((scope) => {
      const right = rightOf(scope)
      return right === undefined ? [] : [open(identity, right, nameApi(authority, audience), fromMs, { note: scope })]
    }),
  )
  return {
    facts: [
      {
        entity,
        observedAtMs: atMs,
        attributes: {
          kind: 'grant',
          createdAtMs: grant.createdAtMs,
          expiresAtMs: grant.expiresAtMs,
          owner: grant.subject,
          client: grant.client,
        },
      },
      ...Object.keys(grant.resources).map((audience) => ({
        entity: nameApi(authority, audience),
        observedAtMs: atMs,
        attributes: { name: audience },
      })),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', identity, fromMs),
      open(nameApp(authority, grant.client), 'ACTS_AS', identity, fromMs),
      ...rights,
    ],
  }
}

function stateSession(
  authority: string,
  session: { uid: string; subject: string; createdAtMs: number | null },
  atMs: number,
): Partial<Normalized> {
  const entity = nameSession(authority, session.uid)
  return {
    facts: [
      {
        entity,
        observedAtMs: atMs,
        attributes: { kind: 'session', createdAtMs: session.createdAtMs, owner: session.subject },
      },
    ],
    edges: [open(entity, 'AUTHENTICATES_AS', nameIdentity(authority, session.subject), session.createdAtMs ?? atMs)],
  }
}

function stateToken(authority: string, token: TokenRow, atMs: number): Partial<Normalized> {
  const entity = nameToken(authority, token.ref)
  const fromMs = token.issuedAtMs
  const fingerprint = nameFingerprint(token.sha256)
  return {
    facts: [
      {
        entity,
        observedAtMs: atMs,
        attributes: {
          kind: 'token',
          name: `${token.kind} token of ${token.subject} for ${token.audience ?? token.client}`,
          tokenKind: token.kind,
          createdAtMs: fromMs,
          expiresAtMs: token.expiresAtMs,
          selfContained: token.format === 'jwt',
          deniable: token.isDeniable,
          owner: token.subject,
          grant: token.grant,
          audience: token.audience,
        },
      },
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', nameIdentity(authority, token.subject), fromMs),
      ...(fingerprint === undefined ? [] : [open(fingerprint, 'SAME_AS', entity, fromMs)]),
      ...(token.grant === null ? [] : [open(nameGrant(authority, token.grant), 'DERIVES', entity, fromMs)]),
      ...(token.parent === null ? [] : [open(nameToken(authority, token.parent), 'DERIVES', entity, fromMs)]),
    ],
  }
}

/** OCSF activities by feed event type; use of a token is an authentication at the resource server. */
const authentications: Record<string, OcsfActivity<'authentication'>> = {
  'session.created': 'logon',
  'session.ended': 'logoff',
  'token.issued': 'authentication_ticket',
  'token.used': 'service_ticket_request',
  'token.revoked': 'logoff',
}
const accesses: Record<string, OcsfActivity<'user_access'>> = {
  'grant.created': 'assign_privileges',
  'grant.revoked': 'revoke_privileges',
}
const changes: Record<string, OcsfActivity<'entity_management'>> = {
  'client.disabled': 'disable',
  'client.enabled': 'enable',
}

function describe(authority: string, event: FeedEvent): OcsfEvent {
  const { id, type, atMs, client, subject, ip } = event
  const common = {
    uid: id,
    message: type,
    actor: client === undefined ? undefined : { app_uid: client },
    src_endpoint: ocsfEndpoint(ip),
  }
  const user = { uid: subject ?? event.token?.subject ?? 'unknown' }
  const session = event.session === undefined ? undefined : { uid: event.session, issuer: authority }
  const authentication = authentications[type]
  if (authentication !== undefined) {
    const service = { uid: event.token?.audience ?? authority }
    return ocsfEvent('authentication', authentication, atMs, product, { ...common, user, session, service })
  }
  const access = accesses[type]
  if (access !== undefined) {
    const resources = Object.keys(event.resources ?? {}).map((uid) => ({ uid }))
    const privileges = [...new Set(Object.values(event.resources ?? {}).flatMap((scopes) => scopes.split(' ')))]
    return ocsfEvent('user_access', access, atMs, product, { ...common, user, privileges, resources })
  }
  const change = changes[type]
  if (change !== undefined) {
    const entity = { uid: client ?? 'unknown', type: 'app' }
    return ocsfEvent('entity_management', change, atMs, product, { ...common, entity })
  }
  return ocsfEvent('base_event', 'other', atMs, product, { uid: id, message: type, activity_name: type })
}

function normalizeFeed({ raw, authority }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = feedEvent.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'log' }
  const event = result.data
  out.ocsf.push(describe(authority, event))
  const stated = stateEvent(authority, event)
  if (stated === undefined) out.unmapped = event.type
  else merge(out, stated)
  return out
}

function stateEvent(authority: string, event: FeedEvent): Partial<Normalized> | undefined {
  const { atMs, subject = '', client = '', session = '', grant = '', token } = event
  switch (event.type) {
    case 'session.created':
      return stateSession(authority, { uid: session, subject, createdAtMs: atMs }, atMs)
    case 'session.ended':
      return {
        edges: [close(nameSession(authority, session), 'AUTHENTICATES_AS', nameIdentity(authority, subject), atMs)],
      }
    case 'grant.created':
      return stateGrant(
        authority,
        { id: grant, client, subject, resources: event.resources ?? {}, createdAtMs: atMs, expiresAtMs: null },
        atMs,
      )
    case 'grant.revoked':
      return subject === ''
        ? {}
        : { edges: [close(nameGrant(authority, grant), 'AUTHENTICATES_AS', nameIdentity(authority, subject), atMs)] }
    case 'token.issued':
      return token === undefined ? undefined : stateToken(authority, token, atMs)
    case 'token.used':
      return token === undefined ? undefined : stateUse(authority, token, event)
    case 'token.revoked':
      return token === undefined ? undefined : { edges: [closeToken(authority, token, atMs)] }
    case 'client.disabled':
    case 'client.enabled':
      return {
        facts: [
          {
            entity: nameApp(authority, client),
            observedAtMs: atMs,
            attributes: { enabled: event.type === 'client.enabled' },
          },
        ],
      }
    default:
      return undefined
  }
}

const closeToken = (authority: string, token: TokenRow, atMs: number): EdgeStatement =>
  close(nameToken(authority, token.ref), 'AUTHENTICATES_AS', nameIdentity(authority, token.subject), atMs)

function stateUse(authority: string, token: TokenRow, { atMs, by, ip }: FeedEvent): Partial<Normalized> {
  return {
    touches: [
      {
        identity: nameIdentity(authority, token.subject),
        credential: nameToken(authority, token.ref),
        resource: nameApi(authority, token.audience ?? by ?? token.client),
        verb: 'login',
        atMs,
        records: null,
        origin: ip ?? null,
      },
    ],
    facts: [{ entity: nameToken(authority, token.ref), observedAtMs: atMs, attributes: { lastUsedAtMs: atMs } }],
  }
}
