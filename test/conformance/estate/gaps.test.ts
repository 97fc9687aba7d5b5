import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type EntityId } from '#model'
import { gapsIn } from '#trim'

import { storyMs } from '../../../lab/estate/company/company.ts'
import { dayMs, type SizeName } from '../../../lab/estate/company/model.ts'
import { drawOf } from '../../../lab/estate/draw.ts'
import { startEstate } from '../../../lab/estate/estate.ts'
import type { Fill, SignInTruth } from '../../../lab/estate/truth.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon } from './cordon.ts'
import { identityOf } from './names.ts'
import { keys, roles } from './source.ts'

// Whom the office's conditional access and Okta's policies of sign-on leave to a password, or let in from anywhere: what is
// said, by the lists of their policies, against the groups that they were planted for; and the ranking against sums by hand.
const size = (process.env['CORDON_GAPS_SIZE'] ?? 'mini') as SizeName
const seed = Number(process.env['CORDON_GAPS_SEED'] ?? 1)
const system = 'console.example'
const peopleOfTable = (n: number): number => 20 + 13 * n
const tables = Array.from({ length: 6 }, (_, n) => entityId('resource', system, `table/${n}`))
const sizeOf = (some: readonly number[]): number => some.reduce((sum, n) => sum + peopleOfTable(n), 0)

type Kind = 'factor' | 'condition'
/** Somebody at an app, or at all they read, and how many people are behind that. */
type Pair = { user: EntityId; truth: SignInTruth; size: number }
type Edge = { src: EntityId; type: string; dst: EntityId }
type Case = {
  vendor: 'entra' | 'okta'
  /**
   * How the users of the ground truth come to a system of the company's own. `behind`: how many people that puts behind an app;
   * `isApart`: a rule of their own is about them, so that another change closes their ways from anywhere.
   */
  lay(
    users: readonly string[],
    authority: string,
    userOf: (native: string) => EntityId,
    fill: Fill,
  ): { edges: Edge[]; behind(one: SignInTruth): number; isApart(one: SignInTruth): boolean }
  /** The rule that closes most ways of a password. */
  first: RegExp
}

const cases: Case[] = [
  {
    vendor: 'entra',
    // It signs the staff in to the system, whose tables they read.
    lay(users, _, userOf) {
      const draw = drawOf(seed, 'gaps')
      const reads = new Map(users.map((native) => [native, draw.some([...tables.keys()], draw.int(4))]))
      const edges = [...reads].flatMap(([native, some]) =>
        some.map((n) => ({ src: userOf(native), type: 'CAN_READ', dst: tables[n] ?? userOf(native) })),
      )
      return {
        edges,
        behind: ({ native }) => sizeOf(reads.get(native) ?? []),
        // A policy that asks for more closes it for whom it is about; those that it leaves out need another.
        isApart: ({ factor }) => factor !== 'held',
      }
    },
    first: /^Second factor/,
  },
  {
    vendor: 'okta',
    // The system's tables lie in its apps; who has which the directory says.
    lay(_, org, userOf, { signIn = [], apps: known }) {
      const apps = [...new Set(signIn.flatMap(({ to }) => to ?? []))].toSorted()
      const inApp = (to: string | null): number[] => [...tables.keys()].filter((n) => apps[n % apps.length] === to)
      const edges = apps.flatMap((app) =>
        inApp(app).map((n) => ({
          src: entityId('resource', org, `app/${app}`),
          type: 'CONTAINS',
          dst: tables[n] ?? userOf(app),
        })),
      )
      // The chat asks nobody for a second factor: who is asked for one there has a session that asks.
      const chat = known.find(({ label }) => label === 'Team Chat')?.native
      const strong = new Set(
        signIn.flatMap(({ native, to, factor }) => (to === chat && factor === 'held' ? [native] : [])),
      )
      return { edges, behind: ({ to }) => sizeOf(inApp(to)), isApart: ({ native }) => strong.has(native) }
    },
    first: /^Default Policy: Default Rule/,
  },
]

for (const { vendor, lay, first } of cases)
  test(`${vendor}: who signs in by a password alone, and who from anywhere: all of them, nobody else, and the change that protects most first`, async (t) => {
    const clock = new TwinClock(storyMs)
    const estate = await startEstate({ seed, size, roles, keys, clock, density: 0, only: [vendor] })
    t.after(() => estate.close())
    const [fill] = estate.fills
    assert.ok(fill?.signIn)
    const cordon = await openCordon([fill.source], clock, 2 * dayMs)
    t.after(() => cordon.close())
    const userOf = (native: string): EntityId => identityOf(cordon.authorities, vendor, native)
    const authority = cordon.authorities.get(vendor) ?? ''
    const isActive = (native: string): boolean => cordon.facts.get(userOf(native))?.['enabled'] === true

    // A system of the company's own: its tables, who comes to them, and whose data they hold.
    const active = fill.signIn.filter(({ native }) => isActive(native))
    const { edges, behind, isApart } = lay([...new Set(active.map(({ native }) => native))], authority, userOf, fill)
    const declared = { connector: 'declared', config: { authority: system, logs: [] } }
    await cordon.add(declared, system)
    const raw = {
      facts: tables.map((entity, n) => ({ entity, attributes: { name: `table ${n}` } })),
      edges: edges.map((edge) => ({ ...edge, fromMs: 0 })),
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

    const pairs = active
      .map((truth): Pair => ({ user: userOf(truth.native), truth, size: behind(truth) }))
      .filter((pair) => pair.size > 0)
    const ask = (kind: Kind, spared: readonly EntityId[] = []) =>
      gapsIn(cordon.graph.view(), {
        tenant: defaultTenant,
        atMs: storyMs,
        windowMs: 90 * dayMs,
        horizonMs: 30 * dayMs,
        tells: new Map(),
        spared: new Set(spared),
        withPartly: false,
        conditionsTold: new Set(),
        rulesDecide: new Set([authority]),
        rulesTold: new Set([authority]),
        changesMax: 500,
        kind,
      })
    const usersIn = (some: readonly Pair[]): EntityId[] => [...new Set(some.map(({ user }) => user))]
    const sumOf = (some: readonly Pair[]): number => some.reduce((sum, one) => sum + one.size, 0)
    const words: string[] = []
    for (const kind of ['factor', 'condition'] as const) {
      const of = (word: string): Pair[] => pairs.filter(({ truth }) => truth[kind] === word)
      const open = of('open')
      const { gaps, untold: said } = await ask(kind)
      const ofRules = (some: typeof gaps) => some.filter((gap) => gap.of.startsWith('resource:'))
      const rules = ofRules(gaps)
      assert.deepEqual(ofRules((await ask(kind, usersIn(open))).gaps), [], 'nobody else is said')
      // Every pair of somebody and a person behind them is protected by one change of a rule, and no other pair is.
      assert.equal(
        rules.reduce((sum, { newly }) => sum + newly, 0),
        sumOf(open),
        kind,
      )
      assert.equal(
        said
          .filter((one) => one.why.startsWith('its rules') && one.authority === authority)
          .reduce((sum, { count }) => sum + count, 0),
        usersIn(of('untold')).length,
      )
      words.push(
        `${kind}: ${usersIn(open).length} open of ${usersIn(pairs).length} (${open.length} of ${pairs.length} ways), ${usersIn(of('untold')).length} not told, ${sumOf(open)} protected by ${rules.length}`,
      )
      const expected =
        kind === 'factor' ? [open] : [false, true].map((apart) => open.filter(({ truth }) => isApart(truth) === apart))
      assert.deepEqual(
        rules.map(({ holders, newly }) => [newly, holders]),
        expected.map((some) => [sumOf(some), usersIn(some).length]).toSorted(([a = 0], [b = 0]) => b - a),
      )
      if (kind === 'factor') assert.match(rules[0]?.name ?? '', first)
    }
    assert.ok(pairs.length > 5, words.join('; '))
    t.diagnostic(`${vendor} ${size} ${seed}: ${words.join('; ')}`)
    if (process.env['CORDON_GAPS_SIZE'] !== undefined) console.log(words.join('\n'))
  })
