import assert from 'node:assert/strict'
import { test } from 'node:test'

import { kinds, readIdentities, type Identity, type Kind } from '#identities'
import type { EntityId } from '#model'

import type { Estate } from '../../../lab/estate/estate.ts'
import type { Cordon } from '../estate/cordon.ts'
import { identityOf, thingNames } from '../estate/names.ts'

type World = { estate: Estate; cordon: Cordon; nowMs: number }

export const connectorIn = ({ authorities }: Cordon) => {
  const connectors = new Map([...authorities].map(([connector, authority]) => [authority, connector]))
  return (authority: string): string | undefined => connectors.get(authority)
}

export type KindRow = { kind: Kind; truth: number; said: number; right: number; missed: string[]; wrong: string[] }

/** By kind, over everything that the ground truth speaks of; what it does not speak of (people's own lists) counts nowhere. */
export function compareKinds({ estate, cordon }: World, found: readonly Identity[]): KindRow[] {
  const kindOf = new Map(
    found.flatMap(({ identity, also, kind }) => [identity, ...also].map((one) => [one, kind] as const)),
  )
  const truth = new Map<string, { kind: Kind; names: EntityId[] }>()
  for (const { vendor, natives, identities } of estate.fills) {
    for (const [, native] of natives) {
      const name = identityOf(cordon.authorities, vendor, native)
      // Who left is in no list any more.
      if (kindOf.has(name)) truth.set(name, { kind: 'human', names: [name] })
    }
    for (const one of identities)
      truth.set(`${vendor} ${one.native}`, { kind: one.kind, names: thingNames(cordon.authorities, vendor, one) })
  }
  const rows = new Map(
    kinds.map((kind): [Kind, KindRow] => [kind, { kind, truth: 0, said: 0, right: 0, missed: [], wrong: [] }]),
  )
  for (const [what, { kind, names }] of truth) {
    const said = names.map((name) => kindOf.get(name)).find((one) => one !== undefined)
    const [own, other] = [rows.get(kind), said === undefined ? undefined : rows.get(said)]
    assert.ok(own)
    own.truth++
    if (other !== undefined) other.said++
    if (said === kind) own.right++
    else {
      own.missed.push(`${what}: ${said ?? 'in no list'}`)
      other?.wrong.push(`${what}: ${kind}`)
    }
  }
  return [...rows.values()]
}

/** What everything is, against what the company's ground truth says that it is. */
export function testIdentities(worldOf: () => World): void {
  void test('humans, services, agents, apps and vendors are told apart as they are, whatever they are called', async () => {
    const world = worldOf()
    const found = await readIdentities(world.cordon.graph.view(), connectorIn(world.cordon))
    const rows = compareKinds(world, found)
    if (process.env['CORDON_KINDS_SHOW']) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
    for (const { kind, truth, right, missed, wrong } of rows) {
      if (kind === 'unknown') continue
      assert.ok(truth > 0, kind)
      assert.deepEqual([kind, right, missed, wrong], [kind, truth, [], []])
    }
    assert.ok(found.every(({ why }) => why !== ''))
  })
}
