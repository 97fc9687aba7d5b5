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
import { rulesFound, signalWeights, stepsKeptMax, triageFinding, weighsAfterMs, type Verdict } from './index.ts'
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
  const judge = (id: Finding['id'], verdict: Verdict | null, atMs = nowMs, tenant = here) => {
    const state = verdict === null ? 'new' : 'done'
    return writer.submit(triageFinding({ tenant, id, state, verdict, note: null, by: 'ada', atMs }))
  }
  const steps = (tenant = here) =>
    signalSteps(reader, tenant, 0, 10_000).map(({ step: { name, fromMs, trues, judged } }) => [
      name,
      fromMs - nowMs - weighsAfterMs,
      `${trues} of ${judged}`,
    ])
  return { writer, reader, find, judge, steps }
}

test('a verdict speaks of the rule and of each signal that made the finding, and of no other', async () => {
  const { reader, find, judge, steps } = rig()
  await judge(await find('a', { signals: ['new-network', 'hour-of-week'] }), 'false')
  await judge(await find('b', { signals: ['new-network', 'grants'] }), 'true')
  await judge(await find('c', { signals: ['grants'] }), 'benign')
  await judge(await find('d', { rule: 'sigma.listed' }), 'false')
  await find('e', { rule: 'sigma.other' })
  const of = (trues: number, judged: number) => weightOf({ trues, judged })
  assert.deepEqual(signalWeights(reader, here), [
    { signal: 'grants', weight: of(1, 1) },
    { signal: 'hour-of-week', weight: of(0, 1) },
    { signal: 'new-network', weight: of(1, 2) },
  ])
  assert.deepEqual(
    rulesFound(reader, here).map(({ rule, weight }) => [rule, weight]),
    [
      [unlike, of(1, 2)],
      ['sigma.listed', of(0, 1)],
      ['sigma.other', unjudged],
    ],
  )
  assert.equal(toldFindings(reader, here, { rule: 'sigma.listed', max: 1 })[0]?.weight.value, of(0, 1).value)
  assert.deepEqual(signalWeights(reader, there), [], 'another tenant has its own')
  await judge(await find('f', { tenant: there, signals: ['grants'] }), 'false', nowMs + 1_000, there)
  assert.deepEqual(signalWeights(reader, there), [{ signal: 'grants', weight: of(0, 1) }])
  assert.deepEqual(signalWeights(reader, here)[0], { signal: 'grants', weight: of(1, 1) })
  assert.deepEqual(steps(there), [['grants', 1_000, '0 of 1']])
  assert.equal(
    steps().some(([, ms]) => ms === 1_000),
    false,
  )
})

test('a verdict counts from a minute after it was given; one that is changed or taken back is a further step', async () => {
  const { find, judge, steps } = rig()
  const id = await find('a', { signals: ['grants'] })
  await judge(id, 'false')
  await judge(id, 'false', nowMs + 10)
  await judge(id, 'true', nowMs + 20)
  await judge(id, 'benign', nowMs + 30)
  await judge(id, 'true', nowMs + 30)
  await judge(id, null, nowMs + 5)
  assert.deepEqual(steps(), [
    ['grants', 0, '0 of 1'],
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
  const rows = [`'${id}'`, "'b'"].map(
    (one) => `('${here}', ${one}, '${unlike}', 'done', 'false', null, null, 'ada', 7)`,
  )
  await before.writer.submit(sql(`INSERT INTO finding_triage VALUES ${rows.join()}`))
  before.close()
  const { writer, reader, close } = openLocalStore([findingsWriter, byHand], path)
  const said = () => rulesFound(reader, here).map(({ rule, weight }) => [rule, weight.trues, weight.judged])
  assert.deepEqual(said(), [[unlike, 0, 2]])
  await writer.submit(
    triageFinding({ tenant: here, id, state: 'done', verdict: 'true', note: null, by: 'ada', atMs: nowMs }),
  )
  assert.deepEqual([said(), signalWeights(reader, here)], [[[unlike, 1, 2]], []])
  close()
})

test('of each name the newest steps are kept, and what they count stays whole', async () => {
  const { reader, find, judge, steps } = rig()
  const id = await find('a', { signals: ['grants'] })
  await judge(await find('b', { signals: ['hour-of-week'] }), 'true')
  for (let n = 0; n <= stepsKeptMax; n++) await judge(id, n % 2 === 0 ? 'false' : 'true', nowMs + n)
  const all = steps()
  assert.equal(all.filter(([name]) => name === 'grants').length, stepsKeptMax)
  assert.deepEqual(all.at(-1), ['grants', stepsKeptMax, '0 of 1'])
  assert.equal(signalWeights(reader, here).length, 2)
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
