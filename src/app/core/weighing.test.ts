import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { z } from 'zod'

import { hashId, ManualClock, silentDiagnose } from '#kit'
import { defaultTenant, entityId, nothingNormalized, type FindingId } from '#model'
import { createMemoryEstate } from '#estate'
import { openEventLog, openLogReader } from '#log'
import { signalWeights, toldFindings, triageFinding, weighsAfterMs } from '#respond'
import { keepFindings } from '#respond/findings'
import { addSource } from '#sources'
import { defineConnector, type NormalizeInput } from '#sources/contract'
import { openLocalStore } from '#store'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { writerModules } from '../writer-modules.ts'
import { createBehaviourDesk } from './behaviour-desk.ts'
import { createDetection } from './detecting.ts'
import { knownSources, projectScoped } from './projecting.ts'
import { createRuleDesk } from './rule-desk.ts'
import { openStateFile, type StateFile } from './state-file.ts'

const tenant = defaultTenant
const dayMs = 86_400_000
const hourMs = 3_600_000
const startMs = Date.UTC(2026, 0, 5)
const rule = 'behaviour.unlike-itself'
const who = entityId('identity', 'lab', 'service')

const lab = defineConnector({
  id: 'lab',
  version: 1,
  title: 'Lab',
  config: z.record(z.string(), z.never()),
  secrets: { see: [], contain: [] },
  streams: [{ name: 'log', kind: 'push' as const, delayMs: { typical: 1_000, worst: 60_000 }, everyMs: 1_000 }],
  coverage: () => ({ sees: [], logged: [], blind: [] }),
  check: async () => ({ authority: 'lab', missing: [], excess: [], says: [] }),
  normalize: ({ raw, eventAtMs }: NormalizeInput) => {
    const { from: origin, records } = z.object({ from: z.string(), records: z.number() }).parse(raw)
    const atMs = eventAtMs ?? 0
    const resource = entityId('resource', 'lab', 'table')
    return {
      ...nothingNormalized(),
      facts: [{ entity: who, observedAtMs: atMs, attributes: { kind: 'service' } }],
      touches: [{ identity: who, credential: null, resource, verb: 'read' as const, atMs, records, origin }],
    }
  },
})

/** Log, detection and the list of findings over one store; a detection can be opened again over the same. */
async function rig(stateFile: StateFile | null = null) {
  const clock = new ManualClock(startMs)
  const { writer, reader } = openLocalStore(writerModules())
  const keys = logKeysOf('example')
  const log = openEventLog({ writer, reader, keys })
  const registry = { find: () => ({ connector: lab }) }
  const parts = { reader, log: openLogReader({ reader, keys }), registry, clock, diagnose: silentDiagnose }
  const source = {
    id: 'lab',
    connector: 'lab',
    config: {},
    authority: 'lab',
    trust: 'vendor' as const,
    scope: { about: [{ authority: 'lab' }] },
  }
  await writer.submit(addSource({ ...source, tenant, sealedSee: null, sealedContain: null, createdAtMs: startMs }))
  const open = async (through: number) => {
    const rules = createRuleDesk({
      ...parts,
      settings: { packs: null, directories: [] },
      stateFile: null,
      cacheFile: null,
    })
    const behaviour = createBehaviourDesk({ ...parts, stateFile })
    const detection = createDetection({ ...parts, view: () => createMemoryEstate({ edges: [] }), rules, behaviour })
    await detection.learn(through)
    return { ...detection, finish: () => behaviour.finish() }
  }
  let serial = 0
  let read = 0
  const append = async (atMs: number, from: string, records: number): Promise<void> => {
    const event = {
      id: hashId('evt', String(++serial)),
      stream: 'log',
      eventAtMs: atMs,
      raw: JSON.stringify({ from, records }),
    }
    await log.append({ tenant, source: 'lab', arrivedAtMs: atMs + 1_000, events: [event] })
  }
  /** What was appended is looked at, and what is found is kept; then an hour of nothing. */
  const follow = async (detection: Awaited<ReturnType<typeof open>>, nowMs: number): Promise<void> => {
    const known = knownSources(parts)
    const events = await parts.log.read(tenant, read, 1_000)
    read = events.at(-1)?.offset ?? read
    await detection.observe(events, projectScoped(events, known, { refused: 0 }), known)
    clock.advance(nowMs - clock.nowMs())
    await detection.idle()
    await writer.submit(keepFindings(detection.take()))
  }
  const told = () => toldFindings(reader, tenant, { rule, max: 100 })
  const judge = (id: FindingId, atMs: number, by: string) =>
    writer.submit(triageFinding({ tenant, id, state: 'done', verdict: 'false', note: null, by, atMs }))
  /** Findings of the past that these signals made, all of them judged false, by these people in turns. */
  const judgedFalse = async (signals: readonly string[], atMs: number, people = ['ada', 'bob']): Promise<void> => {
    const past = Array.from({ length: 12 }, (_, n) => ({
      id: hashId('fnd', `past ${n}`),
      rule: 'behaviour.past',
      title: '',
      severity: 'medium' as const,
      entities: [who],
      evidence: [],
      atMs,
      fromMs: atMs,
      opens: true,
      late: false,
      group: {},
      place: null,
      signals,
    }))
    await writer.submit(keepFindings({ tenant, findings: [], told: past, watermarkMs: null }))
    for (const [n, { id }] of past.entries()) await judge(id, atMs, people[n % people.length] ?? '')
  }
  return { clock, reader, open, append, follow, told, judge, judgedFalse }
}
type Rig = Awaited<ReturnType<typeof rig>>

async function work({ append, follow }: Rig, detection: Awaited<ReturnType<Rig['open']>>): Promise<void> {
  for (let day = 0; day < 31; day++) {
    for (let n = 0; n < 8; n++) await append(startMs + day * dayMs + (8 + n) * hourMs, '192.0.2.1', 100)
  }
  await follow(detection, startMs + 31 * dayMs)
}
const theftMs = startMs + 31 * dayMs + 2 * hourMs
async function theft({ append, follow }: Rig, detection: Awaited<ReturnType<Rig['open']>>): Promise<void> {
  for (let n = 0; n < 4; n++) await append(theftMs + n * 60_000, '203.0.113.9', 600)
  // So that the page itself moves the watermark past the theft.
  await append(theftMs + hourMs / 2, '192.0.2.1', 0)
  await follow(detection, theftMs + 2 * hourMs)
}
const signals = ['new-network', 'hour-of-week', 'volume.records', 'week.records']

test('a verdict on what behaviour found speaks of its signals, and weighs on what they say next', async () => {
  const plain = await rig()
  const detection = await plain.open(0)
  await work(plain, detection)
  await theft(plain, detection)
  const [found, ...more] = plain.told()
  assert.deepEqual([found?.severity, more], ['medium', []])
  await plain.judgedFalse(['hour-of-week'], theftMs + hourMs, ['bob'])
  await plain.judge(found?.id ?? 'fnd_', theftMs + 2 * hourMs, 'ada')
  // Beside the finding's own, each signal's weight would need a second person.
  assert.deepEqual(
    signalWeights(plain.reader, tenant).map(({ signal, weight }) => [signal, weight.judged]),
    [['hour-of-week', 2]],
  )

  const weighed = await rig()
  const other = await weighed.open(0)
  await work(weighed, other)
  await weighed.judgedFalse(signals, theftMs - weighsAfterMs)
  await theft(weighed, other)
  assert.deepEqual(weighed.told(), [], 'verdicts are read while it runs')
  const alone = await rig()
  const fourth = await alone.open(0)
  await work(alone, fourth)
  await alone.judgedFalse(signals, theftMs - weighsAfterMs, ['ada'])
  await theft(alone, fourth)
  assert.deepEqual(
    alone.told().map(({ id }) => id),
    [found?.id],
    'twelve verdicts of one person hold nothing back',
  )
  const late = await rig()
  const third = await late.open(0)
  await work(late, third)
  await late.judgedFalse(signals, theftMs + 2 * 60_000 + 1)
  await theft(late, third)
  assert.deepEqual(
    late.told().map(({ id, reasons }) => [id, reasons.length]),
    [[found?.id, found?.reasons.length]],
    'what happened in the minute after is as it was',
  )
})

test('what is read again at a start is weighed as it was', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-weighing-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'behaviour.snapshot')
  const state = openStateFile({ path, name: 'behaviour', tenant, keys: logKeysOf('example') })
  for (const judgedAtMs of [theftMs - weighsAfterMs, theftMs + hourMs]) {
    const one = await rig(state)
    const first = await one.open(0)
    await work(one, first)
    first.finish()
    await one.judgedFalse(signals, judgedAtMs)
    await theft(one, first)
    // Killed before anything was saved since: the next reads the theft again, whatever was said meanwhile.
    const second = await one.open(31 * 8 + 5)
    one.clock.advance(hourMs)
    await second.idle()
    const again = (second.take().told ?? []).map(({ id }) => id)
    assert.deepEqual(
      again,
      one.told().map(({ id }) => id),
    )
    assert.equal(again.length, judgedAtMs < theftMs ? 0 : 1)
    rmSync(path)
  }
})
