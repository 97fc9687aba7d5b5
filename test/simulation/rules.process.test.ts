import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

import { hashId, seededRandom, systemClock } from '#kit'
import { defaultTenant, entityId } from '#model'

import { authorityOf, ingest, startRig, type Rig } from './product-rig.ts'
import { buildHost, startThreeVendors, vendorFindings, vendorRules } from './three-vendors.ts'

const hourMs = 3_600_000
const waitMs = 60_000
const rules = `title: A key shares the file of people
id: shares
name: shares
level: high
logsource: { product: declared, service: log }
detection: { s: { touches.verb: share }, condition: s }
---
title: A key reads
id: reads
name: reads
level: low
logsource: { product: declared, service: log }
detection: { s: { touches.verb: read }, condition: s }
`

/** All within one hour that is over, so that findings are the same whenever the test runs. */
const atMs = Math.floor(systemClock.nowMs() / hourMs) * hourMs - hourMs / 2
const use = (identity: string, verb: string, n: number) => ({
  time: new Date(atMs + n).toISOString(),
  touches: [{ identity, resource: 'resource:people.example:table/people', verb, atMs: atMs + n }],
})

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    assert.ok(performance.now() < endMs, `still waiting: ${what}`)
    await systemClock.sleep(100)
  }
}
const findingsOf = async ({ admin }: Rig, count: number) =>
  until(async () => {
    const { findings } = await admin.call('finding.list')
    return findings.length >= count ? findings.map(({ id, rule }) => ({ id, rule })) : undefined
  }, `${count} findings`)
const incidentOf = async ({ admin }: Rig) =>
  until(async () => {
    const { incidents } = await admin.call('incident.list')
    assert.ok(incidents.length <= 1, 'one identity, one incident')
    return incidents.find(({ plan }) => plan !== null)
  }, 'an incident with a plan')

/** One product for both tests: its start takes longer than they do. */
const product = (async () => {
  return startRig(seededRandom(3), { losesAnswer: 0, beforeMs: 1, afterMs: 1 }, async (data) => {
    const folder = join(dirname(data), 'rules')
    mkdirSync(folder)
    writeFileSync(join(folder, 'house.yml'), rules)
    writeFileSync(join(folder, 'vendors.yml'), vendorRules)
    appendFileSync(join(dirname(data), 'cordon.yaml'), `rules:\n  packs: false\n  directories: [${folder}]\n`)
  })
})()
after(async () => {
  const { rig } = await product
  rig.close()
  rmSync(rig.dir, { recursive: true, force: true })
})

test('uploaded events are held against rules of the house, across a killed core, and a backtest says the same', async () => {
  const { rig, core } = await product
  const identity = entityId('identity', authorityOf(rig), 'x0')
  await ingest(rig, 'one', [use(identity, 'read', 1), use(identity, 'share', 2)])
  const before = await findingsOf(rig, 2)
  assert.deepEqual(before.map(({ rule }) => rule).sort(), ['sigma.reads', 'sigma.shares'])
  const opened = await incidentOf(rig)
  const shares = before.find(({ rule }) => rule === 'sigma.shares')
  assert.deepEqual([opened.trigger, opened.findings], [{ kind: 'identity', identity }, [shares?.id]])
  const report = await rig.admin.call('incident.show', { params: { incident: opened.id } })
  const steps = report.assessment?.plan.steps.length ?? 0
  assert.ok(steps > 0, 'its plan says what to do')
  assert.deepEqual(
    report.actions.filter(({ state }) => state !== 'proposed' && state !== 'awaiting-approval'),
    [],
  )

  // The next life of core has the house's rules out of it.
  assert.equal(statSync(join(rig.dir, 'data', 'rules.cache')).mode & 0o777, 0o600)
  core.child.kill('SIGKILL')
  await core.ended
  await rig.launch('core').ready
  await until(() => ingest(rig, 'two', [use(identity, 'share', 3), use(`${identity}-other`, 'read', 4)]), 'core')
  const after = await findingsOf(rig, 3)
  assert.deepEqual(after.slice(-2), before, 'those of before have the ids they had')
  assert.equal(after.length, 3, 'the same use again is the same finding')
  assert.equal((await incidentOf(rig)).id, opened.id)

  const { id } = await rig.admin.call('backtest.start', { body: { sinceMs: 0 } })
  const past = await until(async () => {
    const now = await rig.admin.call('backtest.show')
    return now.state === 'running' ? undefined : now
  }, 'the backtest')
  assert.deepEqual([past.id, past.state, past.error], [id, 'done', null])
  const named = past.result?.named.map(({ id: finding, rule }) => ({ id: finding, rule }))
  assert.deepEqual(named?.toSorted(byId), after.toSorted(byId))
  assert.equal(past.result?.incidents, 1)
  assert.deepEqual(
    past.result?.foreseen.map(({ trigger, plan }) => [trigger, plan?.steps]),
    [[opened.trigger, steps]],
  )
  assert.equal((await rig.admin.call('finding.list')).findings.length, 3, 'a backtest adds nothing')

  const other = entityId('identity', authorityOf(rig), 'x1')
  const about = { rule: 'sigma.shares', of: { entity: other }, reason: 'a drill', owner: 'ada' }
  const exception = await rig.admin.call('exception.add', { body: { ...about, untilMs: systemClock.nowMs() + hourMs } })
  await ingest(rig, 'three', [use(other, 'share', 5)])
  await findingsOf(rig, 4)
  const { findings } = await rig.admin.call('finding.list')
  assert.deepEqual([findings[0]?.opens, findings[0]?.exception], [false, exception.id])
  assert.equal((await incidentOf(rig)).id, opened.id, 'what is excepted opens no incident')
  const elsewhere = (n: number) => ({ facts: [{ entity: `resource:elsewhere.example:${n}`, attributes: {} }] })
  await ingest(rig, 'four', [elsewhere(1), elsewhere(2)])
  const { unknown } = await until(async () => {
    const { source } = await rig.admin.call('source.show', { params: { source: 'people' } })
    // Kinds are told with the projector's progress, a moment behind the number.
    return source.unknown.records === 2 && source.unknown.types.length > 0 ? source : undefined
  }, 'what nobody understands')
  assert.deepEqual(unknown.types, [{ type: 'statement about another authority', count: 2 }])
  const params = { finding: shares?.id ?? '' }
  await rig.admin.call('finding.triage', { params, body: { state: 'done', verdict: 'false' } })
  const judged = (await rig.admin.call('rule.list')).rules.find(({ rule }) => rule === 'sigma.shares')
  assert.deepEqual([judged?.findings, judged?.open, judged?.false, judged?.precision], [2, 1, 1, 0])
  assert.deepEqual(judged?.weight, { value: 1, trues: 0, judged: 0 }, 'one person alone lowers nothing')
  assert.deepEqual((await rig.admin.call('finding.show', { params })).weight, judged.weight)
  const ordered = await rig.admin.call('finding.list', { query: { order: 'weight' } })
  const severities = ordered.findings.map(({ severity }) => severity)
  assert.deepEqual(severities, ['high', 'high', 'low', 'low'])
})

test('what AWS, GitHub and a host tell of one theft is one incident, whichever told first, with one timeline', async (context) => {
  const { rig } = await product
  const vendors = await startThreeVendors(rig)
  context.after(() => vendors.close())
  /** Of these rules, with the open incident that holds each. */
  const told = async () => {
    const { findings } = await rig.admin.call('finding.list', { query: { max: '1000' } })
    return new Map(findings.filter(({ rule }) => vendorFindings.includes(rule)).map((found) => [found.rule, found]))
  }
  await vendors.tellVendors()
  const [user, deployKey] = await until(async () => {
    const found = await told()
    const [one, other] = [found.get('sigma.aws_user')?.incidents[0], found.get('sigma.github_key')?.incidents[0]]
    return one === undefined || other === undefined ? undefined : ([one, other] as const)
  }, 'an incident of each vendor')
  assert.notEqual(user, deployKey, 'nobody knows yet that they have anything to do with each other')

  await vendors.tellHost()
  const bad = await until(async () => {
    const found = (await told()).get('advisory.match')
    return found?.incidents[0] === undefined ? undefined : found
  }, 'the host')
  const id = hashId('inc', defaultTenant, bad.id)
  const report = await until(async () => {
    const shown = await rig.admin.call('incident.show', { params: { incident: id } })
    return shown.incident.folded?.length === 2 ? shown : undefined
  }, 'one incident of all')
  assert.deepEqual(report.incident.folded?.toSorted(), [user, deployKey].sort())
  for (const found of (await told()).values()) assert.deepEqual(found.incidents, [id], found.rule)
  for (const old of [user, deployKey]) {
    const { incident, asked } = await rig.admin.call('incident.show', { params: { incident: old } })
    assert.deepEqual([incident.id, asked?.incident], [id, old])
    assert.match(asked?.says ?? '', new RegExp(`\`host:host:${buildHost}\` held \``))
  }
  const { incidents } = await rig.admin.call('incident.list')
  assert.ok(!incidents.some((one) => one.id === user || one.id === deployKey), 'the list has the one alone')
  const hosts = report.assessment?.exposure.hosts.map(({ host }) => host)
  assert.deepEqual(hosts, [entityId('host', 'host', buildHost)])

  const { lines } = await rig.admin.call('incident.timeline', { params: { incident: user }, query: { max: '500' } })
  const sources = lines.filter(({ kind }) => kind === 'event').map(({ what }) => what.split(' ')[0])
  for (const source of ['aws', 'github', 'hosts']) assert.ok(sources.includes(source), `${source}: ${sources.join()}`)
  const order = lines.filter(({ kind }) => kind === 'finding').map(({ what }) => what)
  assert.deepEqual(
    [order[0], order.includes('sigma.aws_user')],
    ['advisory.match', true],
    'as it happened, not as it was told',
  )
  assert.ok(lines.every(({ fromMs }, at) => at === 0 || fromMs >= (lines[at - 1]?.fromMs ?? 0)))
})

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
