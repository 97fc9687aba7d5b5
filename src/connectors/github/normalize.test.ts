import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { parseOwnJson, type Json, type JsonObject } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { auditActions } from './audit-actions.ts'
import { auditEffects } from './audit-effects.ts'
import { reduceAuditRow } from './audit.ts'
import { reduceAlert, reduceHook } from './reduce.ts'
import { normalize } from './normalize.ts'

const authority = 'github.com/org/77'
const atMs = Date.UTC(2026, 2, 24, 12)
const print = `fp:k1.${'A'.repeat(43)}`
const of = (raw: Json, stream = 'audit') =>
  normalize({ stream, raw, eventAtMs: atMs, arrivedAtMs: atMs, source: 'github', authority })
const row = (action: string, more: JsonObject = {}): JsonObject => ({ action, actor: 'ada', actor_id: 2, ...more })
const edgesOf = (raw: Json): string[] => of(raw).edges.map(({ op, src, type, dst }) => `${op} ${src} ${type} ${dst}`)

test('a token is named by its number, tied to its owner, and to its fingerprint', () => {
  const edges = edgesOf(row('repo.create', { repo: 'b/p', repo_id: 6, token_id: 7, hashed_token: print }))
  assert.deepEqual(edges, [
    `open credential:${authority}:token/7 AUTHENTICATES_AS identity:${authority}:user/2`,
    `open credential:${authority}:token/7 SAME_AS credential:fp:k1.${'A'.repeat(43)}`,
    `open credential:${authority}:token/7 CREATED resource:${authority}:repo/6`,
    `open resource:${authority}:repos CONTAINS resource:${authority}:repo/6`,
  ])
})

test('what was done in a browser is of that session, not of a token', () => {
  const [first, second] = edgesOf(row('public_key.create', { repo: 'b/p', repo_id: 6, fingerprint: 'SHA256:abc' }))
  assert.equal(first, `open credential:${authority}:websession/2 AUTHENTICATES_AS identity:${authority}:user/2`)
  assert.match(second ?? '', /websession\/2 CREATED .*deploykey\/6\/abc/)
})

test('a job says which secrets a machine was given at that moment', () => {
  const prepared = row('workflows.prepared_workflow_job', {
    repo: 'b/p',
    repo_id: 6,
    secrets_passed: ['A', 'GITHUB_TOKEN'],
  })
  const spans = of(prepared).edges.filter(({ op }) => op === 'span')
  assert.deepEqual(
    spans.map(({ src, dst }) => [src, dst]),
    [[`host:${authority}:ci/6`, `credential:${authority}:slot/6/A`]],
  )
})

test('a clone is a read of that repository, with its origin', () => {
  const [touch] = of(row('git.clone', { repo: 'b/p', repo_id: 6, token_id: 7, actor_ip: '203.0.113.6' }), 'git').touches
  assert.deepEqual(
    [touch?.verb, touch?.resource, touch?.origin],
    ['read', `resource:${authority}:repo/6`, '203.0.113.6'],
  )
})

test('an action nobody has heard of is debt, and still an event', () => {
  const out = of(row('something.new', { operation_type: 'remove' }))
  assert.equal(out.unmapped, 'something.new')
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
  assert.equal(of({ no: 'action' }).unmapped, 'audit')
})

test('no value leaves the streams: tokens as hashes, addresses as origins', () => {
  const hash = Buffer.alloc(32, 1).toString('base64')
  const config = { url: 'https://evil.example/collect?key=EXAMPLE', secret: 'EXAMPLE' }
  const reduced = JSON.stringify([
    reduceAuditRow({ action: 'hook.create', hashed_token: hash, config, config_was: config }),
    reduceHook({ id: 1, config }),
    reduceAlert({ number: 1, secret: `ghp_${'EXAMPLE0'.repeat(4)}`, secret_type: 'github_token' }),
  ])
  assert.ok(!/EXAMPLE|collect/.test(reduced), reduced)
  assert.match(reduced, new RegExp(`sha256:${'01'.repeat(32)}`))
  assert.match(JSON.stringify(reduceAlert({ secret: 'short', secret_type: 'password' })), /"secret_sha256":null/)
})

test('two hundred actions have a meaning, and every one with an effect is among them', () => {
  assert.ok(Object.keys(auditActions).length >= 200, `${Object.keys(auditActions).length} actions`)
  assert.deepEqual(
    Object.keys(auditEffects).filter((action) => auditActions[action] === undefined),
    [],
  )
})

const corpus = join(import.meta.dirname, '../../../../shared/corpora/panther-analysis/events.ndjson')

test(
  "events that others' detections were written for are valid OCSF, and mostly known",
  { skip: existsSync(corpus) ? false : 'shared corpora absent' },
  () => {
    const lines = readFileSync(corpus, 'utf8').trim().split('\n')
    const events = lines.flatMap((line): JsonObject[] => {
      const { lt, log } = parseOwnJson<{ lt: string[] | null; log: JsonObject }>(line)
      return lt?.includes('GitHub.Audit') === true && typeof log['action'] === 'string' ? [log] : []
    })
    assert.ok(events.length > 50, `${events.length} events`)
    const unknown = new Set<string>()
    for (const event of events) {
      const out = of(reduceAuditRow(event))
      assert.equal(out.ocsf.length, 1)
      assert.deepEqual(out.ocsf.flatMap(validateOcsf), [], JSON.stringify(event['action']))
      if (out.unmapped !== undefined) unknown.add(out.unmapped)
    }
    // Made up for the rules' negative cases: GitHub has no such actions.
    const madeUp = ['create', 'invite_member', 'not_repository_vulnerability_alert.dismiss', 'org.invite_user']
    assert.deepEqual([...unknown].toSorted(), [...madeUp, 'unknown.admin_role', 'update'])
  },
)
