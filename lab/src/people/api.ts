import type { IncomingMessage, ServerResponse } from 'node:http'

import { bearerOf, reply, serve, type Served } from '../http.ts'
import { sha256Text } from '../issuer/register.ts'
import { makeContractors, membersOf, type Contractor, type Table } from './records.ts'
import { callerByIntrospection, callerBySignature, issuerKeys, type Caller } from './tokens.ts'

export const audiences = {
  contractors: 'https://people.brightwater.example',
  payouts: 'https://payouts.brightwater.example',
  interviews: 'https://interviews.brightwater.example',
} as const satisfies Record<Table, string>

export type Access = {
  atMs: number
  table: Table
  subject: string
  /** `sha256:` of the token used. */
  token: string
  records: number
  ip: string
}

export type PeopleApi = Served & { contractors: readonly Contractor[]; accesses: readonly Access[] }

export const rowsMax = 100
export const accessesMax = 20_000

/**
 * The company's people API (twin): `contractors` asks the issuer about each token; `payouts` and `interviews` check
 * signatures alone, and only `payouts` has a list of denied token ids.
 */
export function startPeopleApi(setup: {
  issuer: string
  client: { id: string; secret: string }
  denyToken: string
  seed: number
  nowMs?: () => number
}): Promise<PeopleApi> {
  const nowMs = setup.nowMs ?? Date.now
  const contractors = makeContractors(setup.seed)
  const tables = {
    contractors: contractors.slice(),
    payouts: membersOf('payouts', contractors),
    interviews: membersOf('interviews', contractors),
  }
  const keys = issuerKeys(setup.issuer)
  const denied = new Set<string>()
  const accesses: Access[] = []

  const callerOf = async (table: Table, token: string): Promise<Caller | undefined> => {
    if (table === 'contractors') return callerByIntrospection(setup.issuer, setup.client, audiences[table], token)
    const caller = await callerBySignature(keys, audiences[table], token, nowMs())
    return table === 'payouts' && caller?.jti != null && denied.has(caller.jti) ? undefined : caller
  }
  const answerTable = async (table: Table, url: URL, request: IncomingMessage, response: ServerResponse) => {
    const token = bearerOf(request)
    const caller = token === '' ? undefined : await callerOf(table, token)
    if (caller === undefined) return reply(response, 401, { error: 'invalid_token' })
    if (url.pathname.endsWith('/self')) return reply(response, 200, { subject: caller.subject })
    const from = Number(url.searchParams.get('after') ?? 0)
    const rows = tables[table].slice(from, from + Math.min(Number(url.searchParams.get('max') ?? 25), rowsMax))
    accesses.push({
      atMs: nowMs(),
      table,
      subject: caller.subject,
      token: sha256Text(token),
      records: rows.length,
      ip: request.socket.remoteAddress ?? '',
    })
    if (accesses.length > accessesMax) accesses.shift()
    return reply(response, 200, { total: tables[table].length, rows, next: from + rows.length })
  }
  const answerDenied = (jti: string, request: IncomingMessage, response: ServerResponse): void => {
    if (bearerOf(request) !== setup.denyToken) return reply(response, 401, { error: 'unauthorized' })
    if (request.method === 'PUT') denied.add(jti)
    if (request.method === 'DELETE') denied.delete(jti)
    return denied.has(jti) ? reply(response, 200, { denied: true }) : reply(response, 404, { denied: false })
  }

  return serve(() => async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://people')
    const [, first = '', second = ''] = url.pathname.split('/')
    if (first === 'contractors' || first === 'payouts' || first === 'interviews') {
      return answerTable(first, url, request, response)
    }
    if (first === 'denied' && second !== '') return answerDenied(decodeURIComponent(second), request, response)
    return reply(response, 404, { error: 'not_found' })
  }).then((served) => ({ ...served, contractors, accesses }))
}
