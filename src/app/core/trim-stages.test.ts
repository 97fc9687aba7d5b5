import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import {
  authorityOf,
  defaultTenant,
  entityId,
  nativeOf,
  type Edge,
  type EntityFact,
  type EntityId,
  type Touch,
} from '#model'
import { createMemoryEstate } from '#estate'
import { routes } from '#api/contract'

import { makeStatements } from '../../../test/simulation/statements.ts'
import { createRegistry } from '../registry.ts'
import { proposing } from './trim-desk.ts'
import { createTrimStages } from './trim-stages.ts'

const nowMs = Date.UTC(2026, 2, 24)
const dayMs = 86_400_000
const { edge, fact, offset } = makeStatements(nowMs, { validFrom: 1, observedAtMs: 0 })
const at =
  (authority: string) =>
  (kind: 'identity' | 'resource' | 'credential' | 'app', native: string): EntityId =>
    entityId(kind, authority, native)
const [okta, entra, google, github, pg] = ['00oexample0000000001', 'tenant-1', 'C0example', 'lab', '7000000001'].map(at)
assert.ok(okta && entra && google && github && pg)
const entraId = (n: number): string => `6f1f8d1e-0000-4000-8000-00000000000${n}`
const connectorOf: Readonly<Record<string, string>> = {
  '00oexample0000000001': 'okta',
  'tenant-1': 'entra',
  C0example: 'google',
  lab: 'github',
  '7000000001': 'postgres',
}
const verbs = ['read', 'write', 'delete', 'share', 'admin', 'login'] as const
const asked = { windowMs: 90 * dayMs, partly: false, max: 50, waitMs: 0, forGood: false, dryRun: true }

/** Everything stands for years, its sources log all use, and somebody used what `touches` says. */
function stagesOver(parts: { edges: Edge[]; facts: EntityFact[]; touches?: (Touch & { offset: number })[] }) {
  const entities = [...parts.edges.flatMap(({ src, dst }) => [src, dst]), ...parts.facts.map(({ entity }) => entity)]
  const realms = [...new Set(entities.map(authorityOf))]
  const clock = new ManualClock(nowMs)
  const telling = { logged: [...verbs], partly: {}, sinceMs: 0, gaps: [], late: null }
  const view = createMemoryEstate(parts)
  const propose = proposing({
    tenant: defaultTenant,
    clock,
    tells: () => new Map(realms.map((one) => [one, telling])),
    spared: () => new Set(),
  })
  const stages = createTrimStages({
    tenant: defaultTenant,
    clock,
    view: () => Promise.resolve(view),
    // A dry run asks for no more.
    responder: {
      list: () => [],
      open: () => assert.fail('opened'),
      report: () => assert.fail('asked'),
      undo: () => assert.fail('undone'),
    },
    sources: {
      list: () => realms.map((authority) => ({ id: authority, connector: connectorOf[authority] ?? '', authority })),
    },
    registry: createRegistry(undefined, []),
    propose,
  })
  const trimmed = async () => (await propose(view, { windowMs: asked.windowMs, withPartly: false })).proposals
  return { stages, trimmed }
}
type Stage = Awaited<ReturnType<ReturnType<typeof stagesOver>['stages']['trimStage']>>
const taken = ({ memberships }: Stage): string[] => memberships.map(({ takes }) => nativeOf(takes)).sort()
const human = (one: EntityId): EntityFact => fact(one, { kind: 'human' })
const did = (identity: EntityId, verb: Touch['verb'], resource: EntityId): Touch & { offset: number } => ({
  identity,
  credential: null,
  resource,
  verb,
  atMs: nowMs - 5 * dayMs,
  records: null,
  origin: null,
  offset: offset(),
})

test('administrator roles and places in roles go by stages, at every vendor that has an action for just that', async () => {
  const realms = [
    [
      okta('identity', '00u1EXAMPLEada00001'),
      okta('identity', '00u1EXAMPLEbob00001'),
      okta('identity', 'role/HELP_DESK_ADMIN'),
    ],
    [
      entra('identity', `user/${entraId(1)}`),
      entra('identity', `user/${entraId(2)}`),
      entra('identity', `role/${entraId(9)}`),
    ],
    [
      google('identity', '100000000000000000001'),
      google('identity', '100000000000000000002'),
      google('identity', 'role/4201'),
    ],
    [pg('identity', 'role/20001'), pg('identity', 'role/20002'), pg('identity', 'role/20000')],
  ] as const
  const estate = realms.map(([ada, bob, role]) => {
    const thing = entityId('resource', authorityOf(role), 'thing')
    return {
      edges: [edge(ada, 'MEMBER_OF', role), edge(bob, 'MEMBER_OF', role), edge(role, 'CAN_READ', thing)],
      facts: [human(ada), human(bob), fact(role, { kind: 'role' })],
      touches: [did(bob, 'read', thing)],
    }
  })
  const { stages } = stagesOver({
    edges: estate.flatMap(({ edges }) => edges),
    facts: estate.flatMap(({ facts }) => facts),
    touches: estate.flatMap(({ touches }) => touches),
  })
  const stage = await stages.trimStage(asked, 'ann')
  assert.deepEqual(routes['access.trim-stage'].response.parse(stage), stage)
  assert.deepEqual(
    taken(stage),
    [
      'role-assignment/00u1EXAMPLEada00001/HELP_DESK_ADMIN',
      `role-assignment/${entraId(1)}/${entraId(9)}`,
      'role-assignment/100000000000000000001/id:4201',
      'membership/20000/20001',
    ].sort(),
  )
})

test('of a grant all goes or nothing, in one line that each of its proposals names', async () => {
  const [ada, bob] = [github('identity', 'user/11'), pg('identity', 'role/20001')]
  const [repo, table, used] = [
    github('resource', 'repo/5'),
    pg('resource', 'db/5/rel/17000'),
    pg('resource', 'db/5/rel/17001'),
  ]
  const { stages, trimmed } = stagesOver({
    edges: [repo, table, used].flatMap((on) => {
      const of = on === repo ? ada : bob
      return [edge(of, 'CAN_READ', on), edge(of, 'CAN_WRITE', on)]
    }),
    facts: [ada, bob].map(human),
    touches: [did(bob, 'read', used)],
  })
  const stage = await stages.trimStage(asked, 'ann')
  assert.deepEqual(taken(stage), ['collaboration/5/11', 'db/5/rel/17000/grant/20001'])
  assert.equal(stage.untakable, 1, 'to write what is read')
  const all = await trimmed()
  for (const deed of ['read', 'write']) {
    const id = all.find((one) => one.on === table && one.deed === deed)?.id ?? assert.fail(deed)
    assert.deepEqual(taken(await stages.trimStage({ ...asked, rights: [id] }, 'ann')), ['db/5/rel/17000/grant/20001'])
  }
  const one = all.find(({ on }) => on === used)?.id ?? ''
  await assert.rejects(stages.trimStage({ ...asked, rights: [one] }, 'ann'), { code: 'ERR_TRIM_UNKNOWN' })
})

test('grants of apps are ended only where somebody asks for what nothing gives back', async () => {
  const cyd = okta('identity', '00u1EXAMPLEcyd00001')
  const grant = okta('credential', 'grant/00u1EXAMPLEcyd00001/oag1EXAMPLE0000001')
  const { stages } = stagesOver({
    edges: [edge(grant, 'AUTHENTICATES_AS', cyd), edge(cyd, 'CAN_READ', okta('resource', 'thing'))],
    facts: [
      fact(cyd, { kind: 'human', name: 'Cyd' }),
      fact(grant, { kind: 'grant', name: 'Wiki', client: '0oa1wiki', tellsUse: true, createdAtMs: 0 }),
    ],
  })
  const dry = await stages.trimStage(asked, 'ann')
  assert.deepEqual([taken(dry), dry.final], [[], 1], 'said, and left')
  const { memberships, final } = await stages.trimStage({ ...asked, forGood: true }, 'ann')
  assert.equal(final, 0)
  assert.deepEqual(
    memberships.map(({ member, name, group, groupName, takes, forGood }) => [
      member,
      name,
      group,
      groupName,
      takes,
      forGood,
    ]),
    [[cyd, 'Cyd', okta('app', '0oa1wiki'), 'Wiki', grant, true]],
  )
})
