import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  blindUntil,
  bySourceStanding,
  cannotSee,
  lastRead,
  sourceStanding,
  streamStanding,
  type Source,
  type Stream,
} from './sight.ts'

const stream = (change: Partial<Stream> = {}): Stream => ({
  name: 'log',
  kind: 'feed',
  lastSuccessAtMs: 1_000,
  blindUntilMs: 61_000,
  error: null,
  blind: [],
  progress: null,
  lastEventAtMs: null,
  refused: [],
  ...change,
})
const source = (streams: readonly Stream[], change: Partial<Source> = {}): Source => ({
  id: 'issuer',
  connector: 'oidc',
  authority: 'id.example',
  state: 'active',
  trust: 'vendor',
  canContain: true,
  says: [],
  openGaps: 0,
  unknown: { records: 0, types: [] },
  streams: [...streams],
  ...change,
})

test('a source is blind as long as its slowest stream is', () => {
  const streams = [stream(), stream({ name: 'inventory', blindUntilMs: 901_000 })]
  assert.deepEqual(blindUntil(streams), { is: 'until', ms: 901_000 })
})

test('where one stream fails, nobody can say, and that stream is named', () => {
  const failing = stream({ name: 'inventory', blindUntilMs: null, error: 'refused' })
  assert.deepEqual(blindUntil([stream(), failing]), { is: 'nobody', streams: ['inventory'] })
})

test('what leaves Cordon neither sees nor blinds', () => {
  const output = stream({ name: 'output.findings', kind: 'output', blindUntilMs: null, error: 'no route' })
  assert.deepEqual(blindUntil([output]), { is: 'nothing' })
  assert.deepEqual(blindUntil([stream(), output]), { is: 'until', ms: 61_000 })
  assert.equal(lastRead([output]), null)
  assert.equal(lastRead([output, stream({ lastSuccessAtMs: 500 })]), 500)
})

test('a source stands as its worst stream does, which is named with the reason', () => {
  const failing = stream({ name: 'inventory', error: 'the token was refused' })
  const blind = stream({ name: 'users', blind: [{ of: 'admins', says: 'administrators are not told', untold: [] }] })
  assert.deepEqual(sourceStanding(source([stream(), blind, failing])), {
    word: 'failing',
    tone: 'bad',
    why: 'inventory: the token was refused',
  })
  assert.deepEqual(sourceStanding(source([stream(), blind])), {
    word: 'partly blind',
    tone: 'warn',
    why: 'users: administrators are not told',
  })
  assert.deepEqual(sourceStanding(source([stream()])), { word: 'well', tone: 'plain', why: null })
  assert.equal(
    sourceStanding(source([failing, { ...failing, name: 'log' }])).why,
    'inventory and 1 more: the token was refused',
  )
})

test('a source that was never reached needs somebody, and says what to do', () => {
  const { word, tone, why } = sourceStanding(source([stream()], { state: 'unchecked' }))
  assert.deepEqual([word, tone], ['unchecked', 'bad'])
  assert.match(why ?? '', /cordon source check issuer/)
  assert.equal(sourceStanding(source([stream()], { state: 'paused' })).word, 'paused')
})

test('a stream that waits to be sent something is not one that was not read', () => {
  const silent = { lastSuccessAtMs: null }
  assert.equal(streamStanding(stream({ ...silent, kind: 'push' })).word, 'listening')
  assert.deepEqual(streamStanding(stream(silent)).tone, 'warn')
  assert.equal(streamStanding(stream({ ...silent, progress: '1,000 of 4,200 users' })).word, 'reading')
})

test('those that need somebody come first', () => {
  const bad = source([stream({ error: 'x' })], { id: 'z' })
  const warn = source([stream({ lastSuccessAtMs: null })], { id: 'y' })
  const [a, b] = [source([stream()], { id: 'a' }), source([stream()], { id: 'b' })]
  assert.deepEqual(
    [b, warn, a, bad].sort(bySourceStanding).map(({ id }) => id),
    ['z', 'y', 'a', 'b'],
  )
})

test('what it cannot see for want of a right comes before what it never can', () => {
  const blind = stream({ blind: [{ of: 'admins', says: 'administrators are not told', untold: [] }] })
  assert.deepEqual(cannotSee(source([blind], { says: ['prompts are not logged'] })), [
    'administrators are not told',
    'prompts are not logged',
  ])
})
