import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { z } from 'zod'

import { hashId, isObject, ManualClock, type JsonObject } from '#kit'
import { defaultTenant, entityId, nothingNormalized } from '#model'
import type { Habit } from '#detect/behaviour'
import { logWriter, openEventLog } from '#log'
import { addSource, sourcesWriter } from '#sources'
import { defineConnector, type NormalizeInput } from '#sources/contract'
import { openLocalStore } from '#store'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { lookBack } from './backtest/look.ts'
import { knownSources, projectScoped, type Connectors, type Scoped } from './projecting.ts'
import { createRuleDesk } from './rule-desk.ts'
import type { Found } from './rule-findings.ts'
import { openStateFile } from './state-file.ts'

const tenant = defaultTenant
const startMs = Date.UTC(2026, 2, 24, 12)
const minuteMs = 60_000
const latenessMs = 5 * minuteMs

const lab = defineConnector({
  id: 'lab',
  version: 1,
  title: 'Lab',
  config: z.record(z.string(), z.never()),
  secrets: { see: [], contain: [] },
  streams: [
    {
      name: 'log',
      kind: 'push' as const,
      delayMs: { typical: 1_000, worst: latenessMs },
      everyMs: 1_000,
      sigma: { product: 'lab', category: 'application', service: 'log', fields: ['act', 'ip', 'key'] },
    },
  ],
  coverage: () => ({ sees: [], logged: [], blind: [] }),
  check: async () => ({ authority: 'lab', missing: [], excess: [], says: [] }),
  normalize: ({ raw, eventAtMs }: NormalizeInput) => ({
    ...nothingNormalized(),
    touches:
      isObject(raw) && typeof raw['key'] === 'string'
        ? [
            {
              identity: null,
              credential: entityId('credential', 'lab', raw['key']),
              resource: entityId('resource', 'lab', 'data'),
              verb: 'read' as const,
              atMs: eventAtMs ?? 0,
              records: null,
              origin: null,
            },
          ]
        : [],
  }),
})
const registry: Connectors = { find: (id) => (id === 'lab' ? { connector: lab } : undefined) }

const rules = (level: string): string => `title: Keys are listed
id: listed
name: listed
level: ${level}
logsource: { product: lab, service: log }
detection: { s: { act: list }, condition: s }
---
title: A read fails
id: failed
name: failed
level: low
logsource: { product: lab, service: log }
detection: { s: { act: fail }, condition: s }
---
title: Many fail, then one is listed
id: many
name: many
level: critical
correlation: { type: event_count, rules: [failed], group-by: [ip], timespan: 10m, condition: { gte: 3 } }
`

function rig(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-rules-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const directory = join(folder, 'rules')
  const cache = join(folder, 'rules.cache')
  mkdirSync(directory)
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text)
  write('lab.yml', rules('high'))
  const { writer, reader } = openLocalStore([logWriter(), sourcesWriter])
  const log = openEventLog({ writer, reader, keys: logKeysOf('example') })
  const clock = new ManualClock(startMs)
  const told: string[] = []
  const open = (habit?: (events: readonly Scoped[]) => Habit) =>
    createRuleDesk({
      ...(habit && { habit }),
      reader,
      log,
      registry,
      clock,
      diagnose: (_, code) => void told.push(code),
      settings: { packs: null, directories: [directory] },
      stateFile: openStateFile({
        path: join(folder, 'rules.snapshot'),
        name: 'rules',
        tenant,
        keys: logKeysOf('example'),
      }),
      cacheFile: openStateFile({
        path: cache,
        name: 'rule cache',
        tenant,
        keys: logKeysOf('example'),
      }),
    })
  const connect = () =>
    writer.submit(
      addSource({
        tenant,
        id: 'src',
        connector: 'lab',
        config: {},
        authority: 'lab',
        sealedSee: null,
        sealedContain: null,
        trust: 'vendor',
        scope: { about: [{ authority: 'lab' }] },
        createdAtMs: 1,
      }),
    )
  /** What arrives now, and happened so long ago. */
  const append = async (raw: JsonObject, agoMs = 0, backfill?: true): Promise<void> => {
    const event = {
      id: hashId('evt', JSON.stringify(raw), String(log.head(tenant))),
      stream: 'log',
      eventAtMs: clock.nowMs() - agoMs,
      raw: JSON.stringify(raw),
      ...(backfill === undefined ? {} : { backfill }),
    }
    await log.append({ tenant, source: 'src', arrivedAtMs: clock.nowMs(), events: [event] })
  }
  const found: Found[] = []
  const note = (ones: readonly Found[]): void => void found.push(...ones)
  let projected = 0
  /** All that is new, as the loop of D does it. */
  const project = async (desk: ReturnType<typeof open>): Promise<void> => {
    const events = await log.read(tenant, projected, 1_000)
    const known = knownSources({ reader, registry })
    if (events.length > 0) await desk.observe(events, projectScoped(events, known, { refused: 0 }), known, note)
    projected = events.at(-1)?.offset ?? projected
  }
  const ids = (): string[] => [...new Set(found.map(({ told: { id } }) => id))].sort()
  const back = (sinceMs: number, signal = new AbortController().signal, latenessMs?: number) =>
    lookBack({
      reader,
      log,
      registry,
      clock: {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        sleep: async () => undefined,
      },
      diagnose: (_, code) => void told.push(code),
      settings: { packs: null, directories: [directory] },
      sinceMs,
      ...(latenessMs !== undefined && { latenessMs }),
      onSeen: () => undefined,
      signal,
    })
  return {
    cache,
    open,
    connect,
    append,
    project,
    clock,
    back,
    found,
    note,
    told,
    write,
    ids,
    reader,
    projected: () => projected,
  }
}
const act = (name: string, ip = '192.0.2.1', key = 'k1'): JsonObject => ({ act: name, ip, key })

test('a match is told at once, about the credential that acted; a strong one opens an incident', async (context) => {
  const { open, connect, append, project, found } = rig(context)
  const desk = open()
  await connect()
  await desk.learn(0, () => assert.fail('there is nothing yet'))
  await append(act('list'))
  await append({ act: 'list' })
  await append(act('read'))
  await project(desk)
  const credential = entityId('credential', 'lab', 'k1')
  const resource = entityId('resource', 'lab', 'realm')
  assert.deepEqual(
    found.map(({ told, finding }) => [told.rule, told.entities[0], told.opens, finding?.trigger]),
    [
      ['sigma.listed', credential, true, { kind: 'credential', credential }],
      ['sigma.listed', resource, true, { kind: 'resource', resource }],
    ],
    "what names nobody is about its source's realm",
  )
  assert.deepEqual(found[0]?.finding?.evidence, [1])
})

test('a weak match stands in the list alone, and history starts nothing', async (context) => {
  const { open, connect, append, project, found, write } = rig(context)
  write('lab.yml', rules('medium'))
  const desk = open()
  await connect()
  await append(act('list'), 0, true)
  await append(act('list'))
  await project(desk)
  assert.deepEqual(
    found.map(({ told, finding }) => [told.severity, told.evidence, finding]),
    [['medium', [2], null]],
  )
})

/** Failures of two addresses, out of order within the lateness. */
async function failures({ append, clock }: ReturnType<typeof rig>, at: number): Promise<void> {
  await clock.advance(minuteMs)
  await append(act('fail', at % 2 === 0 ? '192.0.2.1' : '192.0.2.2'), (at * 47_000) % latenessMs)
}

test('killed anywhere and started again: the same findings with the same ids', async (context) => {
  const run = async (killAt: readonly number[]): Promise<string[]> => {
    const here = rig(context)
    await here.connect()
    let desk = here.open()
    await desk.learn(0, here.note)
    for (let at = 0; at < 24; at++) {
      await failures(here, at)
      await here.project(desk)
      if (at % 5 === 4) desk.finish()
      if (!killAt.includes(at)) continue
      desk = here.open()
      await desk.learn(here.projected(), here.note)
    }
    await here.clock.advance(60 * minuteMs)
    await desk.idle(here.note)
    assert.deepEqual(here.told, [])
    return here.ids()
  }
  const whole = await run([])
  assert.ok(whole.length > 3, `${whole.length} findings: the story must have some`)
  for (let at = 0; at < 24; at += 3) assert.deepEqual(await run([at]), whole, `killed at ${at}`)
  assert.deepEqual(await run(Array.from({ length: 24 }, (_, at) => at)), whole, 'killed after each event')
})

test('an event later than its source declares is held against rules still, marked and counted', async (context) => {
  const here = rig(context)
  const { open, connect, append, project, found, clock } = here
  const desk = open()
  await connect()
  await append(act('fail'))
  await project(desk)
  await clock.advance(60 * minuteMs)
  await desk.idle(here.note)
  await append(act('fail'), 50 * minuteMs)
  await append(act('list', '192.0.2.9', 'k9'), 50 * minuteMs)
  await project(desk)
  assert.deepEqual(
    found.filter(({ told }) => told.rule === 'sigma.listed').map(({ told }) => told.late),
    [true],
  )
  const { late, uncorrelated, lateByMs } = desk.health()
  assert.deepEqual([late, uncorrelated, lateByMs], [2, 1, 50 * minuteMs])
})

test('what came too late for a correlation is correlated by a look back that waits for it', async (context) => {
  const here = rig(context)
  const desk = here.open()
  await here.connect()
  await desk.learn(0, here.note)
  for (let n = 0; n < 2; n++) await here.append(act('fail'))
  await here.project(desk)
  await here.clock.advance(60 * minuteMs)
  await desk.idle(here.note)
  await here.append(act('fail'), 58 * minuteMs)
  await here.project(desk)
  await here.clock.advance(60 * minuteMs)
  await desk.idle(here.note)
  const many = (looked: Awaited<ReturnType<typeof here.back>>): number =>
    looked.tally.named.filter(({ rule }) => rule === 'sigma.many').length
  assert.equal(here.found.filter(({ told }) => told.rule === 'sigma.many').length, 0)
  assert.equal(many(await here.back(0)), 0, 'as it was held when it came')
  const waiting = await here.back(0, undefined, 58 * minuteMs)
  assert.deepEqual([many(waiting), waiting.rules.uncorrelated], [1, 0])
  assert.equal(many(await here.back(0, undefined, 30 * minuteMs)), 0, 'it does not wait longer than it is told to')
})

test('rules are read anew without losing an event or a state, and a refused one is named', async (context) => {
  const here = rig(context)
  const { open, connect, append, project, found, clock, write } = here
  const desk = open()
  await connect()
  for (const _ of [1, 2]) {
    await append(act('fail'))
    await clock.advance(minuteMs)
  }
  await project(desk)
  write(
    'more.yml',
    rules('high').split('---')[0]?.replaceAll('listed', 'other').replace('act: list', 'act: fail') ?? '',
  )
  write('bad.yml', 'title: t\nid: bad\nlogsource: { product: lab }\ndetection: { s: { act|holds: x }, condition: s }\n')
  desk.reload()
  await append(act('fail'))
  await project(desk)
  await clock.advance(60 * minuteMs)
  await desk.idle(here.note)
  const names = found.map(({ told }) => told.rule)
  assert.ok(names.includes('sigma.many'), 'two before and one after make three')
  assert.equal(names.filter((name) => name === 'sigma.other').length, 1)
  const { rules: count, correlations, refused, refusedCount } = desk.health()
  assert.deepEqual([count, correlations, refusedCount], [3, 1, 1])
  assert.match(refused[0]?.place ?? '', /bad\.yml/)
})

test('rules out of the cache find what their files find, and a cache that cannot be kept only costs time', async (context) => {
  const run = async (before: (cache: string) => void): Promise<{ ids: string[]; told: string[] }> => {
    const here = rig(context)
    await here.connect()
    await here.open().learn(0, here.note)
    before(here.cache)
    const desk = here.open()
    await desk.learn(0, here.note)
    for (let at = 0; at < 8; at++) await failures(here, at)
    await here.append(act('list'))
    await here.project(desk)
    await here.clock.advance(60 * minuteMs)
    await desk.idle(here.note)
    return { ids: here.ids(), told: here.told }
  }
  const kept = await run((cache) => assert.ok(statSync(cache).size > 0))
  assert.ok(kept.ids.length > 1 && kept.told.length === 0)
  assert.deepEqual(await run((cache) => rmSync(cache)), kept)
  assert.deepEqual(await run((cache) => writeFileSync(cache, 'nonsense')), kept)
  const unkept = await run((cache) => {
    rmSync(cache)
    mkdirSync(cache)
  })
  assert.deepEqual(unkept, { ids: kept.ids, told: ['rule.cache-failed'] })
})

test('a look back finds what was found live, with the same ids, and nothing of before its beginning', async (context) => {
  const here = rig(context)
  await here.connect()
  const desk = here.open()
  await desk.learn(0, here.note)
  const middleMs = startMs + 30 * minuteMs
  for (let at = 0; at < 48; at++) {
    await failures(here, at)
    if (at % 7 === 3) await here.append(act('list', '192.0.2.1', `k${at % 2}`))
    await here.project(desk)
    // A quiet stretch, in which correlations close by the clock alone.
    if (at === 20) {
      await here.clock.advance(40 * minuteMs)
      await desk.idle(here.note)
    }
  }
  await here.clock.advance(60 * minuteMs)
  await desk.idle(here.note)
  const before = here.reader.get<{ changes: number }>('PRAGMA data_version')
  const whole = await here.back(0)
  assert.deepEqual(whole.tally.named.map(({ id }) => id).sort(), here.ids())
  assert.ok(here.ids().length > 6)
  assert.equal(whole.events, here.projected())
  const count = (rule: string): number =>
    new Set(here.found.filter((one) => one.told.rule === rule).map((one) => one.told.id)).size
  for (const { rule, findings } of whole.tally.rules) assert.equal(findings, count(rule), rule)
  assert.deepEqual(here.reader.get('PRAGMA data_version'), before, 'nothing was written')
  const half = await here.back(middleMs)
  assert.ok(half.events > 0 && half.events < whole.events)
  assert.ok(half.tally.findings < whole.tally.findings)
  assert.ok(half.tally.named.every(({ atMs }) => atMs >= middleMs - latenessMs))
  const stopped = await here.back(0, AbortSignal.abort())
  assert.deepEqual([stopped.isStopped, stopped.events, stopped.tally.findings], [true, 0, 0])
})

test('a rule that calls unless it is a habit asks of each of its events, and says what it was told', async (context) => {
  const { open, connect, append, project, clock, found, write, projected } = rig(context)
  const text = rules('high').replace('level: high\n', 'level: high\nurgency: unless-habit\n')
  write('lab.yml', text.replace('level: critical\n', 'level: critical\nurgency: unless-habit\n'))
  const asked: number[][] = []
  let isHabit = true
  const desk = open((events) => {
    asked.push(events.map(({ item }) => item.offset).toSorted((a, b) => a - b))
    return { isHabit, says: isHabit ? 'a habit' : 'no habit' }
  })
  await connect()
  await desk.learn(0, () => assert.fail('there is nothing yet'))
  const round = async (): Promise<void> => {
    await append(act('list'))
    for (let n = 0; n < 3; n++) await append(act('fail'))
    await project(desk)
    clock.advance(60 * minuteMs)
    await desk.idle((ones) => void found.push(...ones))
  }
  await round()
  isHabit = false
  await round()
  const newest = projected()
  assert.deepEqual(asked, [[1], [2, 3, 4], [newest - 3], [newest - 2, newest - 1, newest]])
  const shown = found.map(({ told, finding }) => [told.rule, finding?.urgency, told.urgency, told.reasons])
  assert.deepEqual(shown, [
    ['sigma.listed', 'working-hours', 'working-hours', ['a habit']],
    ['sigma.many', 'working-hours', 'working-hours', ['a habit']],
    ['sigma.listed', 'now', 'now', ['no habit']],
    ['sigma.many', 'now', 'now', ['no habit']],
  ])
  found.length = 0
  const alone = open()
  await alone.learn(0, (ones) => void found.push(...ones))
  await append(act('list', '192.0.2.9', 'k9'))
  await project(alone)
  assert.deepEqual(
    found.map(({ finding, told }) => [finding?.urgency, told.reasons]),
    [['now', undefined]],
    'nobody knows of habits',
  )
})
