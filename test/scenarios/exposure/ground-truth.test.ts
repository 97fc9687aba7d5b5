import assert from 'node:assert/strict'
import { test } from 'node:test'

import { authorityOf, kindOf, type EntityId, type Trigger, type Trust } from '#model'
import { createMemoryEstate } from '#estate'
import { createPolicy } from '#policy'
import { expose, makePlan, type PlanAction, type PlanSource } from '#respond'

import { accountId, hostId, packageName, record } from './recorder.ts'
import { likeTheThiefs, steal } from './thief.ts'
import { dice, makeWorld, open, pick, tickSeconds, type World } from './world.ts'

/** `1001-1050` or `7,9`. The few by default are fixed; figures come from seeds on which nothing was ever adjusted. */
const seeds = (process.env['CORDON_EXPOSURE_SEEDS'] ?? '1-12').split(',').flatMap((part) => {
  const [first = Number.NaN, last = first] = part.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
})
const precisionMin = 0.95
const badVersions = ['1.82.7', '1.82.8']
const policy = createPolicy()

const action = (verb: string, phase: PlanAction['phase'], targetFor: PlanAction['targetFor']): PlanAction => ({
  verb,
  phase,
  title: verb,
  scopes: [],
  proofs: ['read-back'],
  targetFor,
  preview: () => ({ effects: [], reversible: true, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }),
})
const actions = [
  action('lab.key.disable', 'revoke', ({ entity, credentialKind }) =>
    credentialKind === 'key' || credentialKind === 'password' ? entity : undefined,
  ),
  action('lab.session.end', 'end-sessions', ({ entity, credentialKind, attributes }) =>
    credentialKind === 'session' && attributes['selfContained'] !== true ? entity : undefined,
  ),
  action('lab.account.remove', 'remove-descendants', ({ entity, role }) =>
    role === 'descendant-entity' && kindOf(entity) === 'identity' ? entity : undefined,
  ),
]

/** The world after a breach, what Cordon was told of it, and what the thief knows. */
function breach(seed: number) {
  const random = dice(seed)
  const world = makeWorld(random)
  const stays = random() < 0.5
  const from = (20 + Math.floor(random() * 40)) * tickSeconds
  const until = from + 40 * tickSeconds
  const infectedAt = new Map<string, number>()
  for (const host of world.hosts) {
    // Between the seconds of honest changes (:30) and of the thief (:00).
    const at = from + Math.floor(random() * 50 - 10) * tickSeconds + 45
    const version = pick(random, ['1.82.6', '1.82.7', '1.82.7', '1.82.8'])
    world.installs.push({ host, version, span: { from: at, to: random() < 0.3 ? at + 15 * tickSeconds : Infinity } })
    if (!badVersions.includes(version) || at + 15 * tickSeconds < from || at > until) continue
    infectedAt.set(host, Math.max(at, from))
  }
  world.installs = world.installs.filter(({ host, version }) => !badVersions.includes(version) || infectedAt.has(host))
  for (const install of world.installs)
    if (infectedAt.has(install.host)) install.span.from = Math.max(install.span.from, from)
  const loot = steal(world, (version) => badVersions.includes(version), stays, random)
  const hides = new Set([...infectedAt.keys()].filter(() => random() < 0.5))
  const trigger: Trigger = { kind: 'artefact', purl: `pkg:pypi/${packageName}`, versions: badVersions }
  const window = { fromMs: from * 1000, toMs: stays ? null : until * 1000 }
  return { world, loot, infectedAt, trigger, window, recorded: record(world, infectedAt, hides, random), random }
}

const sourcesOf = (world: World): PlanSource[] =>
  world.systems
    .filter(({ reach }) => reach === 'contained')
    .map(({ name }) => ({
      source: name,
      connector: 'lab',
      connectorVersion: 1,
      authority: name,
      actions,
      ladder: 'auto' as const,
    }))

const vendorTrust: Trust = { origin: 'vendor', sources: ['lab'], confinedTo: null }

test('against a thief who tries everything everywhere: nothing missed, little too much, survivors exact', async () => {
  let found = 0
  let right = 0
  let opened = 0
  let survived = 0
  let made = 0
  let dark = 0
  for (const seed of seeds) {
    const { world, loot, infectedAt, trigger, window, recorded } = breach(seed)
    const view = createMemoryEstate(recorded)
    const nowMs = world.now * 1000
    const exposure = await expose(view, trigger, window, nowMs)
    assert.deepEqual(
      exposure.hosts.map(({ host }) => host).sort(),
      [...infectedAt.keys()].map(hostId).sort(),
      `seed ${seed}: hosts`,
    )
    const said = new Set(exposure.credentials.map(({ credential }) => credential))
    const truth = new Set([...likeTheThiefs(world, loot)].map(recorded.idOf))
    assert.deepEqual(
      [...truth].filter((id) => !said.has(id)),
      [],
      `seed ${seed}: missed`,
    )
    const descendants = new Set(exposure.descendants.map(({ entity }) => entity))
    for (const account of loot.madeAccounts) assert.ok(descendants.has(accountId(account)), `seed ${seed}: ${account}`)
    for (const { credential, epoch } of exposure.credentials) {
      const value = recorded.secretOf.get(credential)?.value
      const since = value === undefined ? undefined : loot.opened.get(value)
      if (since !== undefined) assert.ok(epoch <= since, `seed ${seed}: ${credential} held at ${since}, said ${epoch}`)
    }

    const sources = sourcesOf(world)
    const incident = { tenant: 't_default', incident: null, severity: 'critical', trust: vendorTrust } as const
    const plan = await makePlan({ ...incident, exposure, view, sources, policy, nowMs })
    for (const { verb, target } of plan.steps) carryOut(world, verb, target, recorded.secretOf)
    const alive = [...said].filter((id) => {
      const secret = recorded.secretOf.get(id)
      return secret !== undefined && open(world, secret.system, secret.value, world.now + 1) !== undefined
    })
    const foreseen = plan.survivorsForeseen
      .map(({ credential }) => credential)
      .filter((id) => kindOf(id) === 'credential')
    // From the thief's side, without a word of Cordon's: what it took and still opens something is named.
    const mine = [...likeTheThiefs(world, loot)].filter((value) => {
      const secret = world.byValue.get(value)
      return secret !== undefined && open(world, secret.system, value, world.now + 1) !== undefined
    })
    for (const value of mine) assert.ok(foreseen.includes(recorded.idOf(value)), `seed ${seed}: ${value} still opens`)
    // Of a system that nobody looks at Cordon cannot know that a key has ended: naming it is right, and counted apart.
    const untold = foreseen.filter((id) => authorityOf(id) === 'fp' && !alive.includes(id))
    assert.deepEqual(foreseen.filter((id) => !untold.includes(id)).sort(), alive.sort(), `seed ${seed}: survivors`)
    dark += untold.length
    found += said.size
    right += [...said].filter((id) => truth.has(id)).length
    opened += truth.size
    survived += alive.length
    made += loot.madeAccounts.size
  }
  const isRich = opened > 10 * seeds.length && survived > seeds.length && made > 0.4 * seeds.length
  assert.ok(isRich, `the worlds must be rich: ${opened}, ${survived}, ${made}`)
  const precision = right / found
  assert.ok(precision >= precisionMin, `precision ${precision.toFixed(4)} of ${found}`)
  if (process.env['CORDON_TEST_FIGURES'] !== undefined) {
    console.log(JSON.stringify({ worlds: seeds.length, opened, found, precision, survived, dark, made }))
  }
})

function carryOut(
  world: World,
  verb: string,
  target: EntityId,
  secretOf: ReadonlyMap<EntityId, { span: { to: number } }>,
) {
  if (verb === 'lab.account.remove') {
    for (const account of world.accounts) if (accountId(account.id) === target) account.span.to = world.now
  }
  const secret = secretOf.get(target)
  if (secret !== undefined && verb !== 'manual.task') secret.span.to = Math.min(secret.span.to, world.now)
}

test('a host that claims the credentials of others starts no step outside itself', async () => {
  let claimed = 0
  for (const seed of seeds.slice(0, 20)) {
    const { world, infectedAt, trigger, window, recorded, random } = breach(seed)
    const [liar] = infectedAt.keys()
    if (liar === undefined) continue
    const forged = world.secrets.flatMap(({ value }) => {
      const edge = recorded.edges.length + 1
      return random() < 0.5 ? [{ value, edge }] : []
    })
    const example = recorded.edges[0]
    assert.ok(example !== undefined)
    for (const { value, edge } of forged) {
      const dst: EntityId = `credential:fp:k1.${value}`
      const stores = { src: hostId(liar), type: 'STORES', dst, validFrom: 0, validTo: null } as const
      recorded.edges.push({ ...example, ...stores, edge, evidence: edge })
    }
    claimed += forged.length
    const view = createMemoryEstate(recorded)
    const nowMs = world.now * 1000
    const exposure = await expose(view, trigger, window, nowMs)
    const confinedTo = [...infectedAt.keys()].map(hostId)
    const trust: Trust = { origin: 'host', sources: ['hosts'], confinedTo }
    const sources = sourcesOf(world)
    const incident = { tenant: 't_default', incident: null, severity: 'critical', trust } as const
    const { steps } = await makePlan({ ...incident, exposure, view, sources, policy, nowMs })
    assert.ok(steps.length > confinedTo.length, 'there is something to hold back')
    for (const { level, target, verb } of steps) {
      assert.ok(level !== 0 || confinedTo.includes(target), `seed ${seed}: ${verb} on ${target}`)
    }
  }
  assert.ok(claimed > 10 * seeds.slice(0, 20).length, 'the liar must lie')
})
