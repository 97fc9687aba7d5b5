import { formatTime, type JsonObject } from 'cordon/kit'

import { makeApp, makeSecret } from '../../twins/okta/apps.ts'
import { makePolicy, makeRule, makeServer } from '../../twins/okta/authorization.ts'
import { idOf, textOf, valueOf, type Row } from '../../twins/okta/state.ts'
import type { OktaTwin } from '../../twins/okta/twin.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { isOld } from '../planted/kinds.ts'
import { tellApp, weak, type Draft } from '../truth.ts'

const resources = ['orders', 'payouts', 'ratings', 'archive'] as const
export type Servers = { servers: string[]; resources: string[]; clients: string[] }
type World = { twin: OktaTwin; company: Company; users: ReadonlyMap<number, Row>; fill: Draft; clients: readonly Row[] }
type AppOf = (label: string, method: string, grants: string[]) => JsonObject

/**
 * Authorization servers of the company's own, and what stands behind them: rules that let some programs in, some that are
 * switched off or only for people, one that a hook decides, and a server that is switched off.
 */
export function fillServers({ twin, company, users, fill, clients }: World, appOf: AppOf): Servers {
  const { org, state } = twin
  const draw = drawOf(company.seed, 'okta/servers')
  state.servers.clear()
  const at = { ...org, nowMs: () => company.yearMs - 100 * dayMs }
  const scopesOf = (name: string): string[] => [`${name}:read`, `${name}:write`]
  const [orders, payouts, ratings, archive] = resources.map((name) => makeServer(at, twin.url, name, scopesOf(name)))
  if (orders === undefined || payouts === undefined || ratings === undefined || archive === undefined) return none
  const own = { grantTypes: ['client_credentials'] }
  const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id)

  const known = makePolicy(at, orders, 'Programs', ids(draw.some(clients, Math.ceil(clients.length / 2))))
  makeRule(at, known, 'Read', { ...own, scopes: ['orders:read'] })
  const old = makePolicy(at, orders, 'Before the move', ['ALL_CLIENTS'])
  makeRule(at, old, 'All', { ...own, scopes: ['*'] })
  old.row['status'] = 'INACTIVE'

  const portal = makeApp(at, appOf('portal', 'client_secret_basic', ['authorization_code', 'refresh_token']))
  const paid = makePolicy(at, payouts, 'Payouts', [...ids(draw.some(clients, 1)), portal.id])
  makeRule(at, paid, 'All', { ...own, scopes: ['*'] })
  const asked = makePolicy(at, payouts, 'Asks first', ids(draw.some(clients, 1)))
  makeRule(at, asked, 'By a hook', { ...own, scopes: ['payouts:read'], hook: 'cal1EXAMPLE' })
  makeRule(at, asked, 'No longer', { ...own, scopes: ['payouts:write'] })['status'] = 'INACTIVE'

  const desk = makePolicy(at, ratings, 'People', ['ALL_CLIENTS'])
  makeRule(at, desk, 'Signed in', {
    grantTypes: ['authorization_code'],
    scopes: ['ratings:read', 'openid', 'offline_access'],
  })
  const nightly = makePolicy(at, ratings, 'Nightly', ids(draw.some(clients, 2)))
  makeRule(at, nightly, 'Write', { ...own, scopes: ['ratings:write'] })

  makeRule(at, makePolicy(at, archive, 'All', ['ALL_CLIENTS']), 'All', { ...own, scopes: ['*'] })
  archive.row['status'] = 'INACTIVE'

  const secret = makeSecret(at, portal.id)
  const letIn: string[] = []
  tellApp(fill, { native: portal.id, label: 'portal', letIn })
  const createdMs = Date.parse(textOf(secret, 'created'))
  const native = `${portal.id}/${secret.id}`
  fill.credentials.push({
    id: 'okta/client/portal',
    vendor: 'okta',
    kind: 'client-secret',
    native,
    value: textOf(secret, 'client_secret'),
    with: { client: portal.id },
    owner: 'portal',
    createdMs,
    lastUsedMs: company.nowMs - dayMs,
    lies: [],
  })
  const plant = { noun: 'client-secret', native, label: 'portal', sinceMs: createdMs } as const
  if (isOld(createdMs, company.nowMs)) weak(fill, 'old-key', plant)
  const staff = company.people.filter(({ kind, endMs }) => kind === 'staff' && endMs === null)
  for (const { n, email } of draw.some(staff, 3)) {
    const user = users.get(n)
    if (user === undefined) continue
    letIn.push(user.id)
    const createdMs = company.nowMs - (5 + draw.int(40)) * dayMs
    const row: Row = {
      id: idOf(state, 'oar'),
      status: 'ACTIVE',
      created: formatTime(createdMs),
      lastUpdated: formatTime(company.nowMs - dayMs),
      expiresAt: formatTime(company.nowMs + 60 * dayMs),
      issuer: textOf(ratings.row, 'issuer'),
      clientId: portal.id,
      userId: user.id,
      scopes: ['ratings:read', 'offline_access'],
    }
    const value = valueOf(state, 'rt')
    state.refreshTokens.set(row.id, { row, value })
    fill.credentials.push({
      id: `okta/refresh/portal/${n}`,
      vendor: 'okta',
      kind: 'refresh-token',
      native: `${user.id}/${portal.id}/${row.id}`,
      value,
      with: { client: portal.id },
      owner: email,
      createdMs,
      lastUsedMs: company.nowMs - dayMs,
      lies: [],
    })
  }
  return {
    servers: [...state.servers.keys()],
    resources: [...resources],
    clients: [...ids(clients), portal.id],
  }
}
const none: Servers = { servers: [], resources: [], clients: [] }
