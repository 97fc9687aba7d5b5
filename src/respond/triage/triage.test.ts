import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId } from '#kit'
import { entityId, weightOf, type EntityId, type Finding, type TenantId } from '#model'
import { openLocalStore } from '#store'

import { respondWriter } from '../writer.ts'
import { findingsWriter, keepFindings, waitingFindings } from '../finding-inbox.ts'
import { likeFindings, toldFindings } from '../finding-list.ts'
import {
  addException,
  assignFinding,
  endException,
  exceptionMsMax,
  exceptionsAt,
  rulesFound,
  triageFinding,
} from './index.ts'

const here: TenantId = 't_here'
const there: TenantId = 't_there'
const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 2, 24)
const ci = entityId('identity', 'id.example', 'ci')
const ada = entityId('identity', 'id.example', 'ada')
const key = entityId('credential', 'id.example', 'key')
const exc = hashId('exc', 'one')

type About = {
  tenant?: TenantId
  rule?: string
  entity?: EntityId
  entities?: EntityId[]
  actors?: EntityId[]
  group?: Record<string, string>
  atMs?: number
}

function rig() {
  const { writer, reader } = openLocalStore([findingsWriter, respondWriter({ receipts: () => undefined })])
  /** A finding that opens an incident, as a detector hands it on; `name` makes its id. */
  const find = async (name: string, about: About = {}): Promise<Finding['id']> => {
    const {
      tenant = here,
      rule = 'sigma.listed',
      entity = ci,
      entities = [entity],
      actors,
      group = {},
      atMs = nowMs,
    } = about
    const id = hashId('fnd', tenant, name)
    const shared = { id, rule, title: name, severity: 'high' as const, entities, evidence: [1], atMs }
    const told = { ...shared, fromMs: atMs, opens: true, late: false, group, place: null, ...(actors && { actors }) }
    const trigger = { kind: 'credential' as const, credential: entityId('credential', 'id.example', name) }
    const finding: Finding = {
      ...shared,
      tenant,
      ruleVersion: 1,
      trigger,
      window: { fromMs: atMs, toMs: null },
      trust: { origin: 'vendor', sources: ['src'], confinedTo: null },
    }
    await writer.submit(keepFindings({ tenant, findings: [finding], told: [told], watermarkMs: null }))
    return id
  }
  const waiting = (tenant = here): string[] =>
    waitingFindings(reader, tenant, 0, 100).map(({ finding }) => finding.title)
  const listed = (tenant = here) => toldFindings(reader, tenant, { max: 100 })
  const say = { tenant: here, by: 'ada', atMs: nowMs }
  const except = (
    of: { entity: EntityId } | { field: string; value: string },
    untilMs = nowMs + dayMs,
    rule = 'sigma.listed',
  ) => writer.submit(addException({ ...say, id: exc, rule, of, reason: 'drill', owner: 'ada', untilMs }))
  return { writer, reader, find, waiting, listed, say, except }
}
const codeIs = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code

test('a finding has a state, an owner and a verdict, and precision is what people said of a rule', async () => {
  const { writer, reader, find, listed, say } = rig()
  const ids = [await find('a'), await find('b'), await find('c'), await find('d'), await find('e')]
  await find('f', { tenant: there })
  const [a, b, c, d] = ids
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined)
  assert.deepEqual(rulesFound(reader, here)[0]?.precision, null, 'not judged is not right')
  await writer.submit(assignFinding({ ...say, id: a, owner: 'bo' }))
  await writer.submit(triageFinding({ ...say, id: a, state: 'done', verdict: 'true', note: 'seen' }))
  await writer.submit(triageFinding({ ...say, id: b, state: 'done', verdict: 'false', note: null }))
  await writer.submit(triageFinding({ ...say, id: c, state: 'done', verdict: 'true', note: null }))
  await writer.submit(triageFinding({ ...say, id: d, state: 'done', verdict: 'benign', note: null }))
  const triage = listed().find(({ id }) => id === a)?.triage
  assert.deepEqual(triage, { state: 'done', verdict: 'true', owner: 'bo', note: 'seen', by: 'ada', atMs: nowMs })
  const whole = { rule: 'sigma.listed', findings: 5, open: 1, newestAtMs: nowMs, true: 2, false: 1, benign: 1 }
  const weight = weightOf({ trues: 2, judged: 2 })
  // Precision is of all that was said; what one person alone calls false does not weigh.
  assert.deepEqual(rulesFound(reader, here), [{ ...whole, precision: 2 / 3, weight }])
  await writer.submit(triageFinding({ ...say, id: b, state: 'in-progress', verdict: null, note: null }))
  assert.deepEqual(rulesFound(reader, here), [
    // taken back
    { ...whole, open: 2, false: 0, precision: 1, weight: weightOf({ trues: 2, judged: 2 }) },
  ])
  assert.deepEqual(
    rulesFound(reader, there).map(({ findings, open, precision }) => [findings, open, precision]),
    [[1, 1, null]],
    'another tenant has its own',
  )
})

test('like findings of a day are one line with their count, whatever else came between, page by page', async () => {
  const { reader, find } = rig()
  for (const atMs of [nowMs, nowMs + 1, nowMs + dayMs - 1, nowMs + dayMs]) {
    await find(`ci ${atMs}`, { atMs })
    await find(`ada ${atMs}`, { atMs, entity: ada })
    await find(`other ${atMs}`, { atMs, rule: 'sigma.other', tenant: atMs === nowMs ? there : here })
  }
  const lines = (of: { before?: number; max: number; rule?: string }) =>
    likeFindings(reader, here, of).map(
      ({ title, like }) => `${title}: ${like?.count} from ${(like?.fromMs ?? 0) - nowMs}`,
    )
  const listed = [
    `other ${nowMs + dayMs}: 1 from ${dayMs}`,
    `ada ${nowMs + dayMs}: 1 from ${dayMs}`,
    `ci ${nowMs + dayMs}: 1 from ${dayMs}`,
    `other ${nowMs + dayMs - 1}: 2 from 1`,
    `ada ${nowMs + dayMs - 1}: 3 from 0`,
    `ci ${nowMs + dayMs - 1}: 3 from 0`,
  ]
  assert.deepEqual(lines({ max: 100 }), listed)
  assert.deepEqual(lines({ max: 100, rule: 'sigma.other' }), [listed[0], listed[3]])
  const [, , third] = likeFindings(reader, here, { max: 3 })
  assert.deepEqual(lines({ max: 3, before: third?.number ?? 0 }), listed.slice(3), 'a line is on one page alone')
})

test('what makes no sense is refused, and nobody says anything of another tenant', async () => {
  const { writer, find, listed, say, except } = rig()
  const id = await find('a')
  const done = (verdict: 'true' | null, state: 'done' | 'new', tenant = here) =>
    writer.submit(triageFinding({ ...say, tenant, id, state, verdict, note: null }))
  await assert.rejects(done(null, 'done'), codeIs('ERR_FINDING_STATE'))
  await assert.rejects(done('true', 'new'), codeIs('ERR_FINDING_STATE'))
  await assert.rejects(done('true', 'done', there), codeIs('ERR_FINDING_UNKNOWN'))
  await assert.rejects(except({ entity: ci }, nowMs + dayMs, 'exposed-credential.used'), codeIs('ERR_EXCEPTION_RULE'))
  await assert.rejects(except({ entity: ci }, nowMs), codeIs('ERR_EXCEPTION_TERM'))
  await assert.rejects(except({ entity: ci }, nowMs + exceptionMsMax + 1), codeIs('ERR_EXCEPTION_TERM'))
  assert.equal(listed()[0]?.triage.state, 'new')
})

test('under an exception a finding opens nothing and stands in the list; beside it and after it, all do', async () => {
  const { writer, reader, find, waiting, listed, say, except } = rig()
  await find('before')
  await except({ entity: ci })
  await find('excepted')
  await find('of somebody else', { entity: ada })
  await find('of another rule', { rule: 'sigma.other' })
  await find('in another tenant', { tenant: there })
  await find('too late', { atMs: nowMs + dayMs })
  assert.deepEqual(waiting(), ['before', 'of somebody else', 'of another rule', 'too late'])
  assert.deepEqual(waiting(there), ['in another tenant'])
  const one = listed().find(({ title }) => title === 'excepted')
  assert.deepEqual([one?.opens, one?.exception], [false, exc])
  assert.deepEqual(
    exceptionsAt(reader, here, nowMs).map(({ id, owner, reason }) => [id, owner, reason]),
    [[exc, 'ada', 'drill']],
  )
  assert.deepEqual([exceptionsAt(reader, there, nowMs), exceptionsAt(reader, here, nowMs + dayMs)], [[], []])
  await assert.rejects(writer.submit(endException({ ...say, tenant: there, id: exc })), codeIs('ERR_EXCEPTION_UNKNOWN'))
  await writer.submit(endException({ ...say, id: exc }))
  await find('after its end')
  assert.equal(waiting().at(-1), 'after its end')
})

test('an exception of somebody covers what they did, and nothing that only names them', async () => {
  const { find, waiting, except } = rig()
  await except({ entity: ci })
  await find('done by them, with a key', { entities: [key, ci], actors: [key, ci] })
  await find('done to them', { entities: [ada, ci], actors: [ada] })
  await find('done by several', { entities: [ci, ada], actors: [] })
  await find('by their key, of which nothing says who acted', { entities: [key, ci] })
  assert.deepEqual(waiting(), ['done to them', 'done by several', 'by their key, of which nothing says who acted'])
})

test('an exception of a value is of the group of a correlation, to the letter', async () => {
  const { find, waiting, except } = rig()
  await except({ field: 'ip', value: '192.0.2.1' })
  await find('excepted', { group: { ip: '192.0.2.1' } })
  await find('another value', { group: { ip: '192.0.2.10' } })
  await find('no group')
  assert.deepEqual(waiting(), ['another value', 'no group'])
})
