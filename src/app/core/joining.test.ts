import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId, seededInt, seededRandom } from '#kit'
import { defaultTenant, type EdgeType, type EntityId, type Incident } from '#model'

import {
  host,
  key,
  makeJoinWorld,
  user,
  type FindingWish,
  type JoinWorld,
} from '../../../test/simulation/join-world.ts'
import { receiptsOf, startMs } from '../../../test/simulation/respond-world.ts'

const dayMs = 86_400_000
const open = (world: JoinWorld): Incident[] => world.responder.list(defaultTenant, ['open', 'containing', 'contained'])
const only = (world: JoinWorld): Incident => {
  const [incident, ...others] = open(world)
  assert.ok(incident !== undefined && others.length === 0, `${others.length + 1} incidents are open`)
  return incident
}
const incidentOf = (name: string) => hashId('inc', defaultTenant, hashId('fnd', defaultTenant, name))
const findingIds = (...names: string[]) => names.map((name) => hashId('fnd', defaultTenant, name))

test('findings about a host and about a key it held are one incident, which says why', async () => {
  const world = makeJoinWorld()
  world.state(host('build-7'), 'STORES', key('a'))
  await world.find({ name: 'harvest', entities: [host('build-7')] })
  await world.find({ name: 'reuse', entities: [key('a')], atMs: startMs + dayMs })
  const incident = only(world)
  assert.deepEqual([incident.id, incident.title], [incidentOf('harvest'), 'harvest'])
  assert.deepEqual(incident.findings, findingIds('harvest', 'reuse'))
  assert.deepEqual(
    incident.further?.map(({ trigger }) => trigger),
    [{ kind: 'credential', credential: key('a') }],
  )
})

/** Over the same facts and by nothing of Cordon's: who is within two steps of what both name. */
function connected(edges: readonly { src: EntityId; dst: EntityId }[], wishes: readonly FindingWish[]): string[] {
  const near = (names: readonly EntityId[]): Set<EntityId> => {
    const reached = new Set(names)
    for (let hop = 0; hop < 2; hop++) {
      const before = new Set(reached)
      for (const { src, dst } of edges) {
        if (before.has(src)) reached.add(dst)
        if (before.has(dst)) reached.add(src)
      }
    }
    return reached
  }
  const groups = wishes.map((wish) => ({ members: [wish.name], near: near(wish.entities) }))
  for (let isDone = false; !isDone;) {
    isDone = true
    for (const one of groups) {
      const other = groups.find((two) => two !== one && [...one.near].some((entity) => two.near.has(entity)))
      if (other === undefined) continue
      one.members.push(...other.members)
      for (const entity of other.near) one.near.add(entity)
      groups.splice(groups.indexOf(other), 1)
      isDone = false
      break
    }
  }
  return groups.map(({ members }) => members.sort().join(' ')).sort()
}

test('in whatever order findings come, doubled and across restarts, the same incidents stand under the same ids', async () => {
  let folds = 0
  let many = 0
  for (let seed = 1; seed <= 12; seed++) {
    const random = seededRandom(seed)
    const pick = <Value>(from: readonly Value[]): Value => from[seededInt(random, from.length)] as Value
    const names = (make: (name: string) => EntityId, count: number) =>
      Array.from({ length: count }, (_, n) => make(`x${n}`))
    const [hosts, keys, users] = [names(host, 6), names(key, 10), names(user, 6)]
    const facts = Array.from(
      { length: 9 },
      (): [EntityId, EdgeType, EntityId] =>
        pick([
          [pick(hosts), 'STORES', pick(keys)] as const,
          [pick(keys), 'AUTHENTICATES_AS', pick(users)] as const,
          [keys[0] ?? key('x0'), 'DERIVES', pick(keys.slice(1))] as const,
          [pick(users), 'RUNS_ON', pick(hosts)] as const,
        ]).slice() as [EntityId, EdgeType, EntityId],
    )
    const wishes = Array.from({ length: 7 }, (_, n): FindingWish => ({
      name: `f${n}`,
      entities: [pick([...hosts, ...keys, ...users])],
      atMs: startMs + seededInt(random, 5 * dayMs),
      severity: pick(['medium', 'high', 'critical']),
      rule: pick(['house.rule', 'sigma.listed']),
    }))
    const expected = connected(
      facts.map(([src, , dst]) => ({ src, dst })),
      wishes,
    )
    const told: string[] = []
    for (let order = 0; order < 3; order++) {
      const world = makeJoinWorld()
      for (const [src, type, dst] of facts) world.state(src, type, dst)
      const shuffled = order === 0 ? wishes : wishes.toSorted(() => random() - 0.5)
      for (const [at, wish] of shuffled.entries()) {
        await world.find(wish)
        if (at % 3 === order) world.restart()
        if (at % 2 === 0) await world.find(wish)
      }
      const incidents = open(world)
      folds += receiptsOf(world.reader, 'incident.folded').length
      assert.deepEqual(
        incidents
          .map(({ findings }) =>
            wishes
              .filter(({ name }) => findings.includes(findingIds(name)[0] ?? 'fnd_'))
              .map(({ name }) => name)
              .join(' '),
          )
          .sort(),
        expected,
        `seed ${seed}, order ${order}`,
      )
      told.push(
        JSON.stringify(
          incidents
            .map(({ id, title, severity, trigger, further, findings }) => ({
              id,
              title,
              severity,
              trigger,
              further: further?.map((part) => [part.trigger, part.window]),
              findings,
            }))
            .sort((a, b) => (a.id < b.id ? -1 : 1)),
        ),
      )
      const twice = world.reader.all(
        'SELECT target FROM action GROUP BY tenant, verb, target, generation HAVING count(*) > 1',
      )
      assert.deepEqual(twice, [])
      assert.deepEqual(
        world.reader.all(
          `SELECT 1 FROM action_incident s JOIN incident i ON i.id = s.incident WHERE i.folded_into IS NOT NULL`,
        ),
        [],
        'what is folded holds no step',
      )
    }
    many += expected.filter((names) => names.includes(' ')).length
    assert.deepEqual(new Set(told).size, 1, `seed ${seed}: ${told.join('\n')}`)
  }
  assert.ok(folds > 5 && many > 10, `${folds} folds, ${many} incidents of several findings`)
})
