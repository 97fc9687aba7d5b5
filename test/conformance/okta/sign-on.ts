import assert from 'node:assert/strict'

import { parseJson, silentDiagnose, type Http, type HttpResponse, type Json, type JsonObject } from '#kit'
import { defaultTenant, entityId, type EdgeStatement, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { gapsIn } from '#trim'
import { pullStream } from '#sources'
import { keptRows, textAt } from '#sources/contract'
import { oktaConnector } from '#connectors/okta'

import { description } from '../../../lab/twins/okta/twin.ts'
import { nameIdentity, nameSignIn } from '../../../src/connectors/okta/names.ts'
import { rowSchemas } from '../../../src/connectors/okta/rows.ts'
import { makeStatements } from '../../simulation/statements.ts'

export const org = '00osignon00000000001'
const nowMs = 20_000 * 86_400_000
export const id = (prefix: string, name: string): string => `${prefix}${name.padStart(17, '0')}`

/** Ada is of the staff; Bo too, and of the emergency group; Cy is of neither. All three read both apps. */
export const members: Readonly<Record<string, readonly string[]>> = {
  ada: ['staff'],
  bo: ['staff', 'emergency'],
  cy: [],
}
export const people = Object.keys(members)
export const apps = ['crm', 'wiki'] as const
export const zoneRows: JsonObject[] = [
  zone('office', 'IP', { gateways: [{ type: 'CIDR', value: '198.51.100.0/24' }] }),
  zone('lines', 'IP', { gateways: [{ type: 'RANGE', value: '203.0.113.4-203.0.113.9' }] }),
  zone('wide', 'IP', { gateways: [{ type: 'RANGE', value: '0.0.0.0-127.255.255.255' }] }),
  zone('abroad', 'DYNAMIC', { locations: [{ country: 'IS' }], asns: [], proxyType: 'null' }),
  zone('carrier', 'DYNAMIC_V2', { asns: { include: ['64500'], exclude: [] } }),
]
function zone(name: string, type: string, more: JsonObject): JsonObject {
  return { id: id('nzo', name), name, type, status: 'ACTIVE', usage: 'POLICY', system: false, ...more }
}

export type Rule = JsonObject
/** A policy and its rules, as Okta's API gives them. `of`: the apps that it decides on. */
export type Policy = { row: JsonObject; rules: readonly Rule[]; of?: readonly string[] }

const answer = (body: Json, status = 200): HttpResponse => {
  const text = JSON.stringify(body)
  return { status, text, bytes: Buffer.from(text), header: () => undefined, json: () => parseJson(text) }
}

/** An org that answers by these rows; `refused`: a path that it lets nobody read; `catalog`: what the catalogue calls the first app. */
export function orgOf(policies: readonly Policy[], { pipeline = 'idx', refused = '', catalog = '' } = {}): Http {
  return {
    request(url) {
      const { pathname, searchParams: query, origin } = new URL(url)
      const [, , , kind, policy, inside] = pathname.split('/')
      const rows = (): Json => {
        if (pathname.startsWith('/.well-known/')) return { id: org, pipeline }
        if (kind === 'zones') return zoneRows
        if (kind === 'apps')
          return apps.map((app) => {
            const own = policies.find(({ of }) => of?.includes(app) === true)
            const href = `${origin}/api/v1/policies/${textAt(own?.row ?? {}, 'id')}`
            return {
              id: id('0oa', app),
              name: app === apps[0] && catalog !== '' ? catalog : app,
              ...(own === undefined ? {} : { _links: { accessPolicy: { href } } }),
            }
          })
        if (inside === 'rules') return [...(policies.find(({ row }) => row['id'] === policy)?.rules ?? [])]
        if (policy !== undefined) return policies.find(({ row }) => row['id'] === policy)?.row ?? {}
        return policies.flatMap(({ row }) => (row['type'] === query.get('type') ? [row] : []))
      }
      return Promise.resolve(refused !== '' && pathname.endsWith(refused) ? answer({}, 403) : answer(rows()))
    },
  }
}

/** That Okta's own description has such rows. */
export function assertDescribed(policies: readonly Policy[]): void {
  for (const [operation, body] of [
    ['listPolicies', policies.map(({ row }) => row)],
    ['listPolicyRules', policies.flatMap(({ rules }) => rules)],
    ['listNetworkZones', zoneRows],
  ] as const) {
    const path = { listPolicies: 'policies', listPolicyRules: 'policies/p/rules', listNetworkZones: 'zones' }[operation]
    const found = description.find('GET', `/api/v1/${path}`)
    assert.equal(found?.id, operation)
    assert.deepEqual(found && description.answerFaults(found.operation, 200, [...body]), [])
  }
}

const config = oktaConnector.config.parse({ orgUrl: 'https://brightwater.example', clientId: 'see' })
const stream = oktaConnector.streams.find(({ name }) => name === 'sign-on')

/** What is said of the rows that the connector reads there, zones among them. */
async function statedOf(http: Http): Promise<{ edges: EdgeStatement[]; facts: EntityFact[] }> {
  assert.ok(stream?.kind === 'snapshot')
  const raws: Json[] = []
  const context = {
    config,
    see: {},
    http,
    clock: { nowMs: () => nowMs, monotonicMs: () => 0, sleep: () => Promise.resolve() },
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  }
  for await (const { events } of pullStream(stream)?.(context, null) ?? []) raws.push(...events.map(({ raw }) => raw))
  const snapshot = { id: 'z', part: 0, complete: true, takenAtMs: nowMs }
  raws.push({ snapshot, rows: { rows: keptRows(rowSchemas)('zones', zoneRows) } })
  const all = raws.map((raw) => {
    const input = { stream: 'sign-on', raw, eventAtMs: nowMs, arrivedAtMs: nowMs, source: 's', authority: org }
    const out = oktaConnector.normalize(input)
    assert.equal(out.unmapped, undefined)
    return out
  })
  return { edges: all.flatMap(({ edges }) => edges), facts: all.flatMap(({ facts }) => facts) }
}

export type Said = Record<string, 'open' | 'in part' | 'not told' | 'held'>
const signIns = apps.map((app) => nameSignIn(org, id('0oa', app)))
/** Of each of them what is said of the things that they read: the two apps. */
export async function saidOf(kind: 'factor' | 'condition', http: Http, things = signIns): Promise<Said> {
  const { edges, facts } = await statedOf(http)
  const { edge, fact } = makeStatements(nowMs)
  const users = people.map((name) => [name, nameIdentity(org, id('00u', name))] as const)
  const view = createMemoryEstate({
    edges: [
      ...edges.map(({ src, type, dst }) => edge(src, type, dst)),
      ...users.flatMap(([name, user]) => [
        ...(members[name] ?? []).map((group) => edge(user, 'MEMBER_OF', nameIdentity(org, id('00g', group)))),
        ...things.map((one) => edge(user, 'CAN_READ', one)),
      ]),
    ],
    facts: [...facts, ...users.map(([name, user]) => fact(user, { kind: 'human', name, mfa: true }))],
    people: things.map((resource, n) => ({
      resource,
      persons: [{ person: entityId('person', 'hr', `${n}`), customer: null }],
    })),
  })
  const one = async (user: EntityId): Promise<Said[string]> => {
    const { gaps, untold } = await gapsIn(view, {
      tenant: defaultTenant,
      atMs: nowMs,
      windowMs: 86_400_000,
      horizonMs: 86_400_000,
      tells: new Map(),
      spared: new Set(users.map(([, other]) => other).filter((other) => other !== user)),
      withPartly: false,
      conditionsTold: new Set(),
      rulesDecide: new Set([org]),
      rulesTold: new Set([org]),
      changesMax: 50,
      kind,
    })
    if (gaps.length > 0) return gaps.reduce((sum, { newly }) => sum + newly, 0) === things.length ? 'open' : 'in part'
    return untold.length > 0 ? 'not told' : 'held'
  }
  const said: Said = {}
  for (const [name, user] of users) said[name] = await one(user)
  return said
}
