import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CordonError, silentDiagnose } from '#kit'
import type { AppendBatch } from '#log'
import { pullStream } from '#sources'
import type { PullContext } from '#sources/contract'

import { createPeopleDesk, type PeopleParts } from '../../../src/app/core/people-desk.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon } from '../estate/cordon.ts'
import { registered } from '../estate/source.ts'
import { peopleSource } from '../../../lab/estate/register.ts'
import { sourceOf } from '../../simulation/source-of.ts'

const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
const exportOf = (count: number): string =>
  `id,name,mail,kind,project,customer,start,end\n${Array.from({ length: count }, (_, n) => `BW-${n},,,contractor,,,,\n`).join('')}`

test('a crowd that leaves is held from one look to the next, until an administrator says of that very export that it is right', async (t) => {
  const people = peopleSource({})
  t.after(() => people.close())
  const { connector } = registered('people')
  const [stream] = connector.streams
  assert.ok(stream)
  const context: PullContext<unknown> = {
    config: connector.config.parse(people.setup.config),
    see: {},
    http: { request: () => Promise.reject(new Error('an export is no request')) },
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  }
  let cursor: string | null = null
  /** As the runner does it: what is committed is the cursor behind the last page. */
  const look = async (text: string): Promise<number> => {
    people.write(text)
    clock.pass(900_000)
    let parts = 0
    for await (const page of pullStream(stream)?.(context, cursor) ?? []) {
      cursor = page.cursor ?? cursor
      parts += page.events.length
    }
    return parts
  }
  const kept: AppendBatch[] = []
  const parts: Pick<PeopleParts, 'tenant' | 'clock' | 'sources' | 'feed' | 'receipt'> = {
    tenant: 't_default',
    clock,
    sources: () => [
      sourceOf({ id: 'hr', connector: 'people', authority: 'hr' }),
      sourceOf({ id: 'okta', connector: 'okta', authority: 'okta' }),
    ],
    feed: (batch) => {
      kept.push(batch)
      return Promise.resolve({ firstOffset: 0, lastOffset: 0, appended: 0, duplicates: 0, conflicts: 0 })
    },
    receipt: (what) => ({ name: 'receipt', args: what }),
  }
  const cordon = await openCordon([], clock, 0)
  t.after(() => cordon.close())
  const desk = createPeopleDesk({
    ...parts,
    view: () => Promise.resolve(cordon.graph.view()),
    responder: { open: () => Promise.reject(new Error('not asked')) },
  })

  assert.equal(await look(exportOf(2_500)), 3, 'in parts')
  assert.equal(await look(exportOf(2_500)), 0, 'what says the same again is no event')
  const before = cursor
  const held = await look(exportOf(1_000)).catch((error: unknown) => error)
  assert.ok(held instanceof CordonError && held.code === 'ERR_PEOPLE_HELD' && held.retryable)
  assert.match(held.message, /about 1500 of 2500 people would leave at once|about 1[45]\d\d of 2500/)
  assert.equal(cursor, before, 'and what was believed stands')
  const [, digest = ''] = /cordon people believe SOURCE ([0-9a-f]{16})/.exec(held.hint ?? '') ?? []
  await assert.rejects(
    desk.offboard({ people: 'ended', dryRun: true }, 'admin'),
    /nobody can say who ended/,
    'who was never read has not left',
  )
  await assert.rejects(desk.believe('okta', digest, 'admin'), { code: 'ERR_SOURCE_UNKNOWN' })
  await desk.believe('hr', digest, 'admin')
  assert.deepEqual([kept[0]?.cursor?.stream, kept[0]?.events], [stream.name, []])
  cursor = kept[0]?.cursor?.value ?? null
  await assert.rejects(look(exportOf(900)), { code: 'ERR_PEOPLE_HELD' }, 'another one is held again')
  assert.equal(await look(exportOf(1_000)), 1)
  assert.equal(await look(exportOf(995)), 1, 'and is what the next one is held against')
})
