import assert from 'node:assert/strict'
import { test } from 'node:test'

import { byUrgency, concern, entityParts, findingKind, interval, type Incident } from './entity.ts'

test('an entity is told by its kind, its realm and its name there, whatever the name holds', () => {
  assert.deepEqual(entityParts('credential:127.0.0.1%3a36627:token/a:b'), {
    kind: 'credential',
    authority: '127.0.0.1:36627',
    native: 'token/a:b',
  })
  assert.deepEqual(entityParts('identity:host:<img src=x>\nroot').native, '<img src=x>\nroot')
  assert.deepEqual(entityParts('somebody'), { kind: '', authority: '', native: 'somebody' })
})

const window = { fromMs: 0, toMs: null }
const trust = { origin: 'person' as const, sources: [], confinedTo: null }
const incident = (change: Partial<Incident>): Incident => ({
  id: 'inc_a',
  tenant: 't_default',
  title: 'a',
  severity: 'high',
  urgency: 'working-hours',
  state: 'open',
  trigger: { kind: 'host', host: 'host:host:runner-7' },
  window,
  trust,
  findings: [],
  openedAtMs: 1,
  plan: null,
  ...change,
})

test('whom somebody is called for comes first, then the gravest, then the newest', () => {
  const called = incident({ id: 'inc_called', urgency: 'now', severity: 'low' })
  const critical = incident({ id: 'inc_critical', severity: 'critical' })
  const newer = incident({ id: 'inc_newer', openedAtMs: 2 })
  assert.deepEqual(
    [incident({}), newer, critical, called].sort(byUrgency).map(({ id }) => id),
    ['inc_called', 'inc_critical', 'inc_newer', 'inc_a'],
  )
})

test('an incident says what it is about: one thing by its name, several by how many', () => {
  assert.deepEqual(concern({ kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7', '1.82.8'] }), {
    entity: null,
    says: 'package pkg:pypi/litellm 1.82.7, 1.82.8',
  })
  assert.equal(concern({ kind: 'host', host: 'host:host:runner-7' }).entity, 'host:host:runner-7')
  const person = (name: string) => ({ person: `person:hr.example:${name}` as const, accounts: [] })
  assert.deepEqual(concern({ kind: 'offboarding', people: [person('1')] }), {
    entity: 'person:hr.example:1',
    says: 'offboarding of 1 person',
  })
  assert.deepEqual(concern({ kind: 'offboarding', people: [person('1'), person('2')] }), {
    entity: null,
    says: 'offboarding of 2 people',
  })
})

test('how many is one number where it is known, else its bounds', () => {
  assert.equal(interval({ atLeast: 4200, atMost: 4200 }), '4,200')
  assert.equal(interval({ atLeast: 25, atMost: 1030 }), '25 to 1,030')
})

test('a finding says what found it', () => {
  assert.equal(findingKind('sigma.root_login'), 'Sigma rule')
  assert.equal(findingKind('behaviour.unlike-itself'), 'behaviour')
  assert.equal(findingKind('exposed-credential.used'), 'rule of Cordon')
})
