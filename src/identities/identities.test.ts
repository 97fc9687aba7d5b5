import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId, type IncidentId } from '#model'
import { createMemoryEstate } from '#estate'

import { chainOf } from './chain.ts'
import { tell } from './kind.ts'
import { asksPerDayMax, choose, type Ask } from './words.ts'

const dayMs = 86_400_000
const human = (name: string): EntityId => entityId('identity', 'okta.example.com', name)
const robot = (n: number): EntityId => entityId('identity', 'openai.example.com', `service-account/EXAMPLE-${n}`)
const incident: IncidentId = 'inc_aaaaaaaaaaaaaaaa'
const connectorOf = (authority: string): string | undefined =>
  ({ 'openai.example.com': 'openai', 'github.com/org/1': 'github' })[authority]
const none: readonly EntityId[] = []
const signs = { connectorOf, modelKeys: none }

void test('what something is called says nothing of what it is', () => {
  const app = entityId('app', 'github.com/org/1', 'app/7')
  const kindOf = (entity: EntityId, facts: Record<string, string | boolean>, more = signs) =>
    tell(entity, facts, more).kind
  assert.equal(kindOf(app, { name: 'copilot-swe-agent', kind: 'app', external: true }), 'agent')
  assert.equal(kindOf(app, { name: 'my-ai-agent', kind: 'app', external: true }), 'vendor')
  assert.equal(kindOf(app, { name: 'my-ai-agent', kind: 'app', external: false }), 'app')
  const elsewhere = entityId('app', 'slack.example.com', 'A1')
  assert.equal(kindOf(elsewhere, { name: 'copilot-swe-agent', kind: 'app' }), 'app', 'a slug is one at GitHub alone')
  assert.equal(kindOf(human('bot'), { name: 'AI agent', kind: 'human' }), 'human')
  assert.equal(kindOf(human('bot'), { name: 'AI agent' }), 'unknown')
  assert.equal(kindOf(robot(1), { kind: 'service' }), 'agent')
  const key = entityId('credential', 'openai.example.com', 'key/k1')
  assert.equal(kindOf(human('svc'), { kind: 'service' }, { connectorOf, modelKeys: [key] }), 'agent')
  assert.equal(kindOf(human('svc'), { kind: 'service' }), 'service')
})

void test('nothing is asked twice in 30 days, nobody more than so often a day, and the next likely one instead', () => {
  const [ada, bo] = [human('ada'), human('bo')]
  const wanted = Array.from({ length: 25 }, (_, n) => ({
    identity: robot(n),
    of: n,
    likely: [{ who: ada }, { who: bo }],
  }))
  const nowMs = 100 * dayMs
  const first = choose(wanted, [], nowMs, 500)
  const asksOf = (who: EntityId): number => first.asked.filter((one) => one.who === who).length
  assert.deepEqual([asksOf(ada), asksOf(bo), first.beyond], [asksPerDayMax, asksPerDayMax, 5])
  const asks = first.asked.map(({ identity, who }): Ask => ({ identity, who, incident, atMs: nowMs }))
  assert.deepEqual(
    [0, 1, 30].map((days) => {
      const { asked, waiting, beyond } = choose(wanted, asks, nowMs + days * dayMs, 500)
      return [asked.length, waiting, beyond]
    }),
    [
      [0, 20, 5],
      [5, 20, 0],
      [20, 0, 5],
    ],
  )
  const nobody = choose([{ identity: robot(99), of: 0, likely: [] }], [], nowMs, 500)
  assert.deepEqual([nobody.asked[0]?.who, nobody.beyond], [null, 0])
  assert.deepEqual([choose(wanted, [], nowMs, 3).asked.length, choose(wanted, [], nowMs, 3).beyond], [3, 22])
})

void test('a chain leads from the human over the agent and its credential to what it acts as, and says where records end', async () => {
  const [ada, agent] = [human('ada'), robot(1)]
  const key = entityId('credential', 'openai.example.com', 'key/k1')
  const tool = entityId('identity', 'aws', 'arn:aws:iam::500000000001:role/export')
  const other = human('bo')
  let edge = 0
  const link = (src: EntityId, type: 'CREATED' | 'AUTHENTICATES_AS' | 'ASSUMES' | 'MEMBER_OF', dst: EntityId) => ({
    edge: ++edge,
    src,
    type,
    dst,
    validFrom: 1,
    validTo: null,
    observedAtMs: 1_000,
    confidence: 'observed' as const,
    conditional: false,
    note: null,
    evidence: 100 + edge,
  })
  const model = entityId('resource', 'openai.example.com', 'project/p1')
  const touch = (atMs: number, offset: number) => ({
    identity: agent,
    credential: key,
    resource: model,
    verb: 'read' as const,
    atMs,
    records: null,
    origin: null,
    offset,
  })
  const view = createMemoryEstate({
    edges: [
      link(ada, 'CREATED', key),
      link(key, 'AUTHENTICATES_AS', agent),
      link(agent, 'ASSUMES', tool),
      link(other, 'CREATED', entityId('credential', 'openai.example.com', 'key/of-another')),
    ],
    facts: [ada, other].map((entity) => ({ entity, observedAtMs: 1_000, attributes: { kind: 'human' } })),
    touches: [touch(5_000, 7), touch(6_000, 8)],
  })
  const { links, ends } = await chainOf(view, agent, [], 10_000)
  const said = links.map(({ src, says, dst, evidence }) => [src, says, dst, evidence])
  assert.deepEqual(
    said.toSorted((a, b) => Number(a[3]) - Number(b[3])),
    [
      [key, 'was last used to read', model, 8],
      [ada, 'made', key, 101],
      [key, 'logs in as', agent, 102],
      [agent, 'may become', tool, 103],
    ],
  )
  assert.ok(!ends.some((end) => end.includes('which human')))
  const alone = await chainOf(view, robot(2), [], 10_000)
  assert.deepEqual(alone.links, [])
  assert.match(alone.ends.join('\n'), /no source tells which human[^]*no source tells what it acts through/)
})
