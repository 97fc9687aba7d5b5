import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'

import { makeStatements } from '../../test/simulation/statements.ts'
import { checks, look, type Coverage } from './index.ts'

const dayMs = 86_400_000
const nowMs = 20_000 * dayMs
const at = (kind: 'identity' | 'credential' | 'app', name: string): EntityId => entityId(kind, 'idp', name)
const [ada, app] = [at('identity', 'ada'), at('app', 'notes')]

const { edge, fact } = makeStatements(nowMs, { validFrom: 1 })
const grant = at('credential', 'grant/1')
const token = at('credential', 'refresh-token/1')
const view = createMemoryEstate({
  edges: [edge(grant, 'AUTHENTICATES_AS', ada), edge(token, 'AUTHENTICATES_AS', ada), edge(ada, 'CREATED', token)],
  facts: [
    fact(grant, { kind: 'grant', client: 'notes', opens: 'mail', owner: ada }),
    fact(token, {
      kind: 'token',
      tokenKind: 'refresh',
      client: 'notes',
      tellsUse: true,
      lastUsedAtMs: nowMs - 200 * dayMs,
    }),
  ],
  touches: [],
  people: [],
})
/** Another vendor's list came whole, so that the kind is not blind; of this one the first page. */
const coverageOf = (isRead: boolean): Coverage => [
  { source: 'idp', authority: 'idp', stream: 'directory', topics: ['grants', 'grant-use'], isRead },
  { source: 'other', authority: 'other', stream: 'directory', topics: ['grants', 'grant-use'], isRead: true },
]

test('what goes by all that an app holds is not said while a list of it is half read', async () => {
  for (const kind of ['one-person-app', 'retired-integration']) {
    const one = checks.filter((check) => check.kind === kind)
    const said = (isRead: boolean) =>
      look(defaultTenant, view, { atMs: nowMs, coverage: coverageOf(isRead), checks: one })
    const { findings, checks: states } = await said(false)
    assert.deepEqual([kind, findings, states[0]?.untold], [kind, [], [{ authority: 'idp', count: 1 }]])
    assert.equal(states[0]?.state, 'partly')
    assert.deepEqual([kind, (await said(true)).findings.map(({ on }) => on)], [kind, [app]])
  }
})

test('a kind that goes by a log is said in part while the log is read from too late on, as far as its vendor keeps it', async () => {
  const [linkAnyone] = checks.filter(({ kind }) => kind === 'link-anyone')
  assert.ok(linkAnyone)
  const said = async (fromDays: number, keptDays: number | null, isRead = true) => {
    const log = { fromMs: nowMs - fromDays * dayMs, keptMs: keptDays === null ? null : keptDays * dayMs }
    const drive = { source: 'files', authority: 'files', stream: 'log', topics: ['links'], isRead, log } as const
    const { checks: states } = await look(defaultTenant, view, { atMs: nowMs, coverage: [drive], checks: [linkAnyone] })
    return states.flatMap(({ state, why }) => [state, ...why])
  }
  const [state, why, ...more] = await said(1, 180)
  assert.deepEqual([state, more], ['partly', []])
  assert.match(why ?? '', /`files` \(log\) is read from 2024-10-03 on: .*`cordon source backfill files --since 180d`/)
  assert.equal((await said(178, 180))[0], 'partly')
  assert.deepEqual(await said(179, 180), ['said'], 'a day that has begun counts')
  assert.deepEqual(await said(29, 30), ['said'], 'nothing older is to be had')
  assert.match((await said(1, null))[1] ?? '', /--since 180d/)
  assert.equal((await said(1, 180, false))[0], 'blind')
})
