import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type EntityId } from '#model'
import { gapsIn } from '#trim'

import { storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs, type SizeName } from '../../../lab/estate/company/model.ts'
import { drawOf } from '../../../lab/estate/draw.ts'
import { startEstate } from '../../../lab/estate/estate.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon } from './cordon.ts'
import { identityOf } from './names.ts'
import { keys, roles } from './source.ts'

// Whom the office's conditional access leaves to a password, or lets in from anywhere: what is said, by the list of its policies,
// against the groups that they were planted for; and the ranking against sums by hand.
const size = (process.env['CORDON_GAPS_SIZE'] ?? 'mini') as SizeName
const seed = Number(process.env['CORDON_GAPS_SEED'] ?? 1)
const system = 'console.example'
const peopleOfTable = (n: number): number => 20 + 13 * n
const tablesTotal = 6

test('who signs in by a password alone, and who from anywhere: all of them, nobody else, and the change that protects most first', async (t) => {
  const clock = new TwinClock(storyMs)
  const estate = await startEstate({ seed, size, roles, keys, clock, density: 0, only: ['entra'] })
  t.after(() => estate.close())
  const [fill] = estate.fills
  assert.ok(fill?.signIn)
  const cordon = await openCordon([fill.source], clock, 2 * dayMs)
  t.after(() => cordon.close())
  const userOf = (native: string): EntityId => identityOf(cordon.authorities, 'entra', native)
  const tenant = cordon.authorities.get('entra') ?? ''

  // A system of the company's own, which Entra signs the staff in to: its tables, who reads them, and whose data they hold.
  const draw = drawOf(seed, 'gaps')
  const tables = Array.from({ length: tablesTotal }, (_, n) => entityId('resource', system, `table/${n}`))
  const active = [...fill.signIn.keys()].filter((native) => cordon.facts.get(userOf(native))?.['enabled'] === true)
  const reads = new Map(active.map((native) => [userOf(native), draw.some([...tables.keys()], draw.int(4))]))
  const declared = { connector: 'declared', config: { authority: system, logs: [] } }
  await cordon.add(declared, system)
  const raw = {
    facts: tables.map((entity, n) => ({ entity, attributes: { name: `table ${n}` } })),
    edges: [...reads].flatMap(([src, some]) =>
      some.map((n) => ({ src, type: 'CAN_READ', dst: tables[n] ?? '', fromMs: 0 })),
    ),
    people: tables.map((resource, n) => ({
      resource,
      complete: true,
      persons: Array.from({ length: peopleOfTable(n) }, (_, at) => ({
        person: `person:${system}:${n}-${at}`,
        customer: null,
      })),
    })),
  }
  await cordon.take(declared, 'log', [{ native: '1', eventAtMs: storyMs, raw }])

  const behind = (one: EntityId): number => (reads.get(one) ?? []).reduce((sum, n) => sum + peopleOfTable(n), 0)
  const readers = active.map(userOf).filter((one) => behind(one) > 0)
  const truthOf = new Map([...fill.signIn].map(([native, truth]) => [userOf(native), truth]))
  const ask = (kind: 'factor' | 'condition', spared: readonly EntityId[] = []) =>
    gapsIn(cordon.graph.view(), {
      tenant: defaultTenant,
      atMs: storyMs,
      windowMs: 90 * dayMs,
      horizonMs: 30 * dayMs,
      tells: new Map(),
      spared: new Set(spared),
      withPartly: false,
      conditionsTold: new Set(),
      rulesDecide: new Set([tenant]),
      rulesTold: new Set([tenant]),
      changesMax: 500,
      kind,
    })
  const words: string[] = []
  for (const kind of ['factor', 'condition'] as const) {
    const open = readers.filter((one) => truthOf.get(one)?.[kind] === 'open')
    const untold = readers.filter((one) => truthOf.get(one)?.[kind] === 'untold')
    const { gaps, untold: said } = await ask(kind)
    const ofRules = (some: typeof gaps) => some.filter(({ of }) => of.startsWith('resource:'))
    const rules = ofRules(gaps)
    assert.deepEqual(ofRules((await ask(kind, open)).gaps), [], 'nobody else is said')
    const sumOf = (some: readonly EntityId[]): number => some.reduce((sum, one) => sum + behind(one), 0)
    // Every pair of somebody and a person behind them is protected by one change of a rule, and no other pair is.
    assert.equal(
      rules.reduce((sum, { newly }) => sum + newly, 0),
      sumOf(open),
      kind,
    )
    assert.equal(
      said
        .filter(({ why, authority }) => authority === tenant && why.startsWith('its rules'))
        .reduce((sum, { count }) => sum + count, 0),
      untold.length,
    )
    words.push(
      `${kind}: ${open.length} open of ${readers.length}, ${untold.length} not told, ${sumOf(open)} protected by ${rules.length}`,
    )
    if (kind === 'factor') {
      assert.deepEqual(
        rules.map(({ holders, newly }) => [holders, newly]),
        [[open.length, sumOf(open)]],
      )
      assert.match(rules[0]?.name ?? '', /^Second factor/)
      continue
    }
    // A policy that asks for more closes it for whom it is about; those that it leaves out need another.
    const about = open.filter((one) => truthOf.get(one)?.factor === 'held')
    const left = open.filter((one) => truthOf.get(one)?.factor !== 'held')
    const expected = [sumOf(about), sumOf(left)].toSorted((a, b) => b - a)
    assert.deepEqual(
      rules.map(({ newly }) => newly),
      expected,
    )
  }
  assert.ok(readers.length > 5, words.join('; '))
  t.diagnostic(`${size} ${seed}: ${words.join('; ')}`)
  if (process.env['CORDON_GAPS_SIZE'] !== undefined) console.log(words.join('\n'))
})
