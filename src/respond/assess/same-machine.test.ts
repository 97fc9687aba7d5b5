import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type Edge, type EdgeType, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'

import { expose } from './exposure.ts'
import type { PlanSource } from './plan-source.ts'
import { makePlan, manualVerb } from './plan.ts'

const second = 1000
const now = 9000 * second
let offset = 0
const edge = (src: EntityId, type: EdgeType, dst: EntityId, fields: Partial<Edge> = {}): Edge => {
  offset++
  return {
    edge: offset,
    src,
    type,
    dst,
    validFrom: 10,
    validTo: null,
    observedAtMs: 10 * second,
    confidence: 'observed',
    conditional: false,
    note: null,
    evidence: offset,
    ...fields,
  }
}
/** What a machine calls itself, what the endpoint tool and the software inventory call it, and its hardware. */
const self = (name: string): EntityId => entityId('host', 'host', name)
const sensor = (name: string): EntityId => entityId('host', 'edr', `device/${name}`)
const listed = (name: string): EntityId => entityId('host', 'fleet', name)
const uuid = (name: string): EntityId => entityId('host', 'hardware', `uuid/${name}`)
const serial = (name: string): EntityId => entityId('host', 'hardware', `serial/${name}`)
const bad = entityId('package', 'pypi', 'litellm@1.82.7')
const facts: EntityFact[] = [
  { entity: bad, observedAtMs: 0, attributes: { type: 'pypi', name: 'litellm', version: '1.82.7' } },
]
const key = (n: number): EntityId => entityId('credential', 'fp', `k1.${n}`)

const exposed = (edges: Edge[]) =>
  expose(
    createMemoryEstate({ facts, edges }),
    { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7'] },
    { fromMs: 0, toMs: 5000 * second },
    now,
  )
const brief = async (edges: Edge[]) => {
  const { hosts, credentials } = await exposed(edges)
  return {
    hosts: hosts.map(({ host, sameAs = [] }) => [host, ...sameAs]),
    sure: credentials.filter(({ conditional }) => !conditional).map(({ credential }) => credential),
    perhaps: credentials.filter(({ conditional }) => conditional).map(({ credential }) => credential),
  }
}
const edr: PlanSource = {
  source: 'edr',
  connector: 'edr',
  connectorVersion: 1,
  authority: 'edr',
  ladder: 'auto',
  actions: [
    {
      verb: 'edr.host.contain',
      phase: 'isolate',
      title: 'contain',
      scopes: [],
      proofs: ['read-back'],
      targetFor: ({ entity, role }) => (role === 'host' && entity.startsWith('host:edr:') ? entity : undefined),
      preview: () => ({ effects: [], reversible: true, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }),
    },
  ],
}
async function isolations(edges: Edge[], isProtected: (entity: EntityId) => boolean = () => false) {
  const view = createMemoryEstate({ facts, edges })
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['fleet'], confinedTo: null },
    exposure: await exposed(edges),
    view,
    sources: [edr],
    policy: createPolicy(),
    isProtected,
    nowMs: now,
  })
  return plan.steps.filter(({ phase }) => phase === 'isolate')
}

test('an inventory names the package, the host its secrets, the endpoint tool the machine: by hardware they are one', async () => {
  const edges = [
    edge(bad, 'INSTALLED_ON', listed('7')),
    edge(listed('7'), 'SAME_AS', uuid('u')),
    edge(listed('7'), 'SAME_AS', serial('s')),
    edge(self('runner'), 'SAME_AS', uuid('u')),
    edge(self('runner'), 'STORES', key(1)),
    edge(sensor('a'), 'SAME_AS', serial('s')),
    edge(sensor('b'), 'SAME_AS', serial('t')),
  ]
  assert.deepEqual(await brief(edges), {
    hosts: [[self('runner'), sensor('a'), listed('7')]],
    sure: [key(1)],
    perhaps: [],
  })
  const [step, ...more] = await isolations(edges)
  assert.deepEqual([step?.verb, step?.target, more.length], ['edr.host.contain', sensor('a'), 0])
  assert.deepEqual(step?.serves, [sensor('a'), listed('7'), self('runner')].sort())
})

test('a machine that no source can cut off is one task, under the name it gives itself', async () => {
  const steps = await isolations([
    edge(bad, 'INSTALLED_ON', listed('7')),
    edge(listed('7'), 'SAME_AS', uuid('u')),
    edge(self('runner'), 'SAME_AS', uuid('u')),
  ])
  assert.deepEqual(
    steps.map(({ verb, target }) => [verb, target]),
    [[manualVerb, self('runner')]],
  )
})

test('the join is one name of hardware wide: what a joined host bears beside it leads no further', async () => {
  const found = await brief([
    edge(bad, 'INSTALLED_ON', listed('7')),
    edge(listed('7'), 'SAME_AS', uuid('u')),
    edge(self('runner'), 'SAME_AS', uuid('u')),
    edge(self('runner'), 'SAME_AS', serial('s')),
    edge(sensor('far'), 'SAME_AS', serial('s')),
  ])
  assert.deepEqual(found.hosts, [[self('runner'), listed('7')]])
})

test("who owns a host and names another's hardware gets nobody cut off, and is cut off itself", async () => {
  const bystander = [
    edge(self('b'), 'SAME_AS', uuid('b')),
    edge(self('b'), 'STORES', key(2)),
    edge(sensor('b'), 'SAME_AS', uuid('b')),
  ]
  const own = [edge(self('a'), 'SAME_AS', uuid('a'), { validTo: 4000 }), edge(sensor('a'), 'SAME_AS', uuid('a'))]
  // Dated back as far as the host likes: the log heard it last.
  const lie = edge(self('a'), 'SAME_AS', uuid('b'), { validFrom: 1 })
  const edges = [...bystander, ...own, lie, edge(bad, 'INSTALLED_ON', self('a'))]
  assert.deepEqual(await brief(edges), { hosts: [[self('a'), sensor('a')]], sure: [], perhaps: [key(2)] })
  assert.deepEqual(
    (await isolations(edges)).map(({ target }) => target),
    [sensor('a')],
  )
  // Nor does the lie keep the bystander from being cut off once it is hit.
  const hit = [...bystander, ...own, lie, edge(bad, 'INSTALLED_ON', self('b'))]
  assert.deepEqual(
    (await isolations(hit)).map(({ target }) => target),
    [sensor('b')],
  )
})

test('a machine that only its sensor speaks for is not claimed by a host that has a name of its own', async () => {
  const edges = [
    edge(sensor('b'), 'SAME_AS', uuid('b')),
    edge(self('a'), 'SAME_AS', uuid('a')),
    edge(sensor('a'), 'SAME_AS', uuid('a')),
    // First to bear it, and second of its kind.
    edge(self('a'), 'SAME_AS', uuid('b'), { validFrom: 1 }),
    edge(bad, 'INSTALLED_ON', self('a')),
  ]
  assert.deepEqual((await brief(edges)).hosts, [[self('a'), sensor('a')]])
  assert.deepEqual(
    (await isolations(edges)).map(({ target }) => target),
    [sensor('a')],
  )
})

test('a claim makes no machine of two that are both hit', async () => {
  const edges = ['a', 'b'].flatMap((name) => [
    edge(self(name), 'SAME_AS', uuid(name)),
    edge(sensor(name), 'SAME_AS', uuid(name)),
    edge(bad, 'INSTALLED_ON', self(name)),
  ])
  const lie = edge(self('a'), 'SAME_AS', uuid('b'), { validFrom: 1 })
  assert.deepEqual((await brief([...edges, lie])).hosts, [
    [self('a'), sensor('a')],
    [self('b'), sensor('b')],
  ])
})

test('clones that share a hardware id: the first bears it, the others are upper bounds', async () => {
  const found = await brief([
    edge(self('one'), 'SAME_AS', uuid('u')),
    edge(self('two'), 'SAME_AS', uuid('u')),
    edge(self('two'), 'STORES', key(2)),
    edge(sensor('one'), 'SAME_AS', uuid('u')),
    edge(bad, 'INSTALLED_ON', sensor('one')),
  ])
  assert.deepEqual(found, { hosts: [[self('one'), sensor('one')]], sure: [], perhaps: [key(2)] })
})

test('a sensor that was installed anew is the same machine under both its names', async () => {
  const steps = await isolations([
    edge(sensor('old'), 'SAME_AS', serial('s')),
    edge(sensor('new'), 'SAME_AS', serial('s')),
    edge(self('runner'), 'SAME_AS', serial('s')),
    edge(bad, 'INSTALLED_ON', self('runner')),
  ])
  assert.deepEqual(steps.map(({ target }) => target).sort(), [sensor('new'), sensor('old')])
})

test('what is never to be cut off is that under all its names', async () => {
  const edges = [
    edge(bad, 'INSTALLED_ON', self('runner')),
    edge(self('runner'), 'SAME_AS', uuid('u')),
    edge(sensor('a'), 'SAME_AS', uuid('u')),
  ]
  const levels = async (isProtected?: (entity: EntityId) => boolean) =>
    (await isolations(edges, isProtected)).map(({ target, level }) => [target, level])
  assert.deepEqual(await levels(), [[sensor('a'), 0]])
  assert.deepEqual(await levels((entity) => entity === self('runner')), [[sensor('a'), null]])
})
