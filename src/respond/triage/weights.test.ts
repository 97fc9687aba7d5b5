import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { hashId } from '#kit'
import { entityId, unjudged, weightOf, type Finding, type Severity, type TenantId } from '#model'
import { command, handler, openLocalStore, type WriterModule } from '#store'

import { findingsWriter, keepFindings, waitingFindings } from '../finding-inbox.ts'
import { byWeight, toldFindings } from '../finding-list.ts'
import { respondWriter } from '../writer.ts'
import {
  assignFinding,
  rulesFound,
  signalWeights,
  stepsKeptMax,
  triageFinding,
  weighsAfterMs,
  type Verdict,
} from './index.ts'
import { signalSteps } from './weights.ts'

const here: TenantId = 't_here'
const there: TenantId = 't_there'
const nowMs = Date.UTC(2026, 2, 24)
const unlike = 'behaviour.unlike-itself'

/** What only the store itself does: forgetting, and rows of an older program. */
const sql = command<string, null>('test.sql')
const byHand: WriterModule = {
  name: 'test',
  migrations: [],
  handlers: [
    handler(sql, (tx, text) => {
      tx.run(text)
      return null
    }),
  ],
}

type About = { tenant?: TenantId; rule?: string; severity?: Severity; signals?: string[] }

function rig() {
  const { writer, reader } = openLocalStore([findingsWriter, respondWriter({ receipts: () => undefined }), byHand])
  const find = async (name: string, { tenant = here, rule = unlike, severity = 'high', signals }: About = {}) => {
    const id = hashId('fnd', tenant, name)
    const entities = [entityId('identity', 'id.example', 'ci')]
    const shared = { id, rule, title: name, severity, entities, evidence: [1], atMs: nowMs }
    const told = { ...shared, fromMs: nowMs, opens: true, late: false, group: {}, place: null }
    const finding: Finding = {
      ...shared,
      tenant,
      ruleVersion: 1,
      trigger: { kind: 'credential', credential: entityId('credential', 'id.example', name) },
      window: { fromMs: nowMs, toMs: null },
      trust: { origin: 'vendor', sources: ['src'], confinedTo: null },
    }
    const named = { ...told, ...(signals && { signals }) }
    await writer.submit(keepFindings({ tenant, findings: [finding], told: [named], watermarkMs: null }))
    return id
  }
  const say = (id: Finding['id'], verdict: Verdict | null, by: string, atMs = nowMs, tenant = here) => {
    const state = verdict === null ? 'new' : 'done'
    return writer.submit(triageFinding({ tenant, id, state, verdict, note: null, by, atMs }))
  }
  /** Each finding is another person's. */
  const judge = (id: Finding['id'], verdict: Verdict | null, atMs = nowMs, tenant = here) =>
    say(id, verdict, `reads ${id}`, atMs, tenant)
  const steps = (tenant = here) =>
    signalSteps(reader, tenant, 0, 10_000).map(({ step: { name, fromMs, trues, judged } }) => [
      name,
      fromMs - nowMs - weighsAfterMs,
      `${trues} of ${judged}`,
    ])
  return { writer, reader, find, judge, say, steps }
}

test('a verdict speaks of the rule and of each signal that made the finding, and of no other', async () => {
  const { reader, find, judge, steps } = rig()
  for (const name of ['a', 'a again'])
    await judge(await find(name, { signals: ['new-network', 'hour-of-week'] }), 'false')
  await judge(await find('b', { signals: ['new-network', 'grants'] }), 'true')
  await judge(await find('c', { signals: ['grants'] }), 'benign')
  for (const name of ['d', 'd again']) await judge(await find(name, { rule: 'sigma.listed' }), 'false')
  await find('e', { rule: 'sigma.other' })
  const of = (trues: number, judged: number) => weightOf({ trues, judged })
  assert.deepEqual(signalWeights(reader, here), [
    { signal: 'grants', weight: of(1, 1) },
    { signal: 'hour-of-week', weight: of(0, 2) },
    { signal: 'new-network', weight: of(1, 3) },
  ])
  assert.deepEqual(
    rulesFound(reader, here).map(({ rule, weight }) => [rule, weight]),
    [
      [unlike, of(1, 3)],
      ['sigma.listed', of(0, 2)],
      ['sigma.other', unjudged],
    ],
  )
  assert.equal(toldFindings(reader, here, { rule: 'sigma.listed', max: 1 })[0]?.weight.value, of(0, 2).value)
  assert.deepEqual(signalWeights(reader, there), [], 'another tenant has its own')
  for (const [n, name] of ['f', 'f again'].entries())
    await judge(await find(name, { tenant: there, signals: ['grants'] }), 'false', nowMs + 999 + n, there)
  assert.deepEqual(signalWeights(reader, there), [{ signal: 'grants', weight: of(0, 2) }])
  assert.deepEqual(signalWeights(reader, here)[0], { signal: 'grants', weight: of(1, 1) })
  assert.deepEqual(steps(there), [['grants', 1_000, '0 of 2']])
  assert.equal(
    steps().some(([, ms]) => ms === 1_000),
    false,
  )
})

test('a verdict counts from a minute after it was given; one that is changed or taken back is a further step', async () => {
  const { find, judge, steps } = rig()
  await judge(await find('other', { signals: ['grants'] }), 'false')
  const id = await find('a', { signals: ['grants'] })
  await judge(id, 'false')
  await judge(id, 'false', nowMs + 10)
  await judge(id, 'true', nowMs + 20)
  await judge(id, 'benign', nowMs + 30)
  await judge(id, 'true', nowMs + 30)
  await judge(id, null, nowMs + 5)
  assert.deepEqual(steps(), [
    ['grants', 0, '0 of 2'],
    ['grants', 20, '1 of 1'],
    ['grants', 30, '0 of 0'],
    ['grants', 31, '1 of 1'],
    // The clock went back: what stood meanwhile stays.
    ['grants', 32, '0 of 0'],
  ])
})

test('what is thought better of counts once, also when the finding itself is forgotten', async () => {
  const { writer, reader, find, judge } = rig()
  const id = await find('a', { signals: ['grants'] })
  await judge(id, 'false')
  await writer.submit(sql('DELETE FROM finding_told'))
  await judge(id, 'true')
  assert.deepEqual(
    signalWeights(reader, here).map(({ weight }) => [weight.trues, weight.judged]),
    [[1, 1]],
  )
})

test('what was judged before there were weights is of its rule, and can be thought better of', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-weights-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'store.sqlite')
  const id = hashId('fnd', 'a')
  const before = openLocalStore(
    [{ ...findingsWriter, migrations: findingsWriter.migrations.slice(0, 4) }, byHand],
    path,
  )
  const rows = [
    [id, unlike, 'ada'],
    ['b', unlike, 'bob'],
    ['c', 'sigma.hated', 'ada'],
    ['d', 'sigma.hated', 'ada'],
  ].map(([one, rule, by]) => `('${here}', '${one}', '${rule}', 'done', 'false', null, null, '${by}', 7)`)
  await before.writer.submit(sql(`INSERT INTO finding_triage VALUES ${rows.join()}`))
  before.close()
  const { writer, reader, close } = openLocalStore([findingsWriter, byHand], path)
  const said = () => rulesFound(reader, here).map(({ rule, weight }) => [rule, weight.trues, weight.judged])
  assert.deepEqual(said(), [
    [unlike, 0, 2],
    ['sigma.hated', 0, 0],
  ])
  await writer.submit(
    triageFinding({ tenant: here, id, state: 'done', verdict: 'true', note: null, by: 'ada', atMs: nowMs }),
  )
  assert.deepEqual([said()[0], signalWeights(reader, here)], [[unlike, 1, 1], []])
  close()
})

test('of each name the newest steps are kept, and what they count stays whole', async () => {
  const { reader, find, judge, steps } = rig()
  const id = await find('a', { signals: ['grants'] })
  await judge(await find('b', { signals: ['hour-of-week'] }), 'true')
  for (let n = 0; n <= stepsKeptMax; n++) await judge(id, n % 2 === 0 ? 'true' : 'benign', nowMs + n)
  const all = steps()
  assert.equal(all.filter(([name]) => name === 'grants').length, stepsKeptMax)
  assert.deepEqual(all.at(-1), ['grants', stepsKeptMax, '1 of 1'])
  assert.equal(signalWeights(reader, here).length, 2)
})

test('one person alone lowers nothing, however often they say it, and beside others has no more say than they', async () => {
  const { writer, reader, find, say } = rig()
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `f ${from + n}`)
  const saidBy = async (by: string, of: string[], verdict: Verdict = 'false') => {
    for (const name of of) await say(await find(name, { signals: ['grants'] }), verdict, by)
  }
  const counted = () => signalWeights(reader, here).map(({ weight }) => `${weight.trues} of ${weight.judged}`)
  await saidBy('ada', names(0, 12))
  assert.deepEqual(counted(), [], 'ada alone')
  // What ada said stays hers, whoever owns the finding or says the same of it.
  await writer.submit(
    assignFinding({ tenant: here, id: hashId('fnd', here, 'f 0'), owner: 'bob', by: 'bob', atMs: nowMs }),
  )
  await say(hashId('fnd', here, 'f 1'), 'false', 'bob')
  assert.deepEqual(counted(), [], 'still ada alone')
  await saidBy('bob', names(12, 14))
  assert.deepEqual(counted(), ['0 of 4'], 'two of bob, and as many of ada')
  await saidBy('carol', names(14, 18))
  assert.deepEqual(counted(), ['0 of 12'], 'six of the others, and as many of ada')
  await saidBy('dan', names(18, 26))
  assert.deepEqual(counted(), ['0 of 26'], 'the others said more than ada: all of it')
  await saidBy('ada', names(26, 28), 'true')
  assert.deepEqual(counted(), ['2 of 28'], 'what was right is counted whole')
})

test('a rule that was never right goes on opening incidents, and stands above whatever is less grave', async () => {
  const { reader, find, judge } = rig()
  for (let n = 0; n < 20; n++)
    await judge(await find(`wrong ${n}`, { rule: 'sigma.wrong', severity: 'critical' }), 'false')
  for (let n = 0; n < 20; n++) await judge(await find(`right ${n}`, { rule: 'sigma.right', severity: 'high' }), 'true')
  await find('again', { rule: 'sigma.wrong', severity: 'critical' })
  await find('high', { rule: 'sigma.right', severity: 'high' })
  await find('high too', { rule: 'sigma.new', severity: 'high' })
  const waiting = waitingFindings(reader, here, 0, 100).map(({ finding }) => finding.title)
  assert.ok(waiting.includes('again'))
  const newest = toldFindings(reader, here, { max: 3 })
  assert.deepEqual(
    newest.map(({ title, opens, weight }) => [title, opens, weight.value]),
    [
      ['high too', true, 1],
      ['high', true, 1.5],
      ['again', true, 0.25],
    ],
  )
  assert.deepEqual(
    byWeight(newest).map(({ title }) => title),
    ['again', 'high', 'high too'],
  )
})
