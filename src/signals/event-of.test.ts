import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EntityId } from '#model'

import {
  accountDisabled,
  changeRequired,
  credentialChange,
  eventOf,
  eventsSupported,
  sessionRevoked,
} from './event-of.ts'

const said = (verb: string, phase: string, target: EntityId, kind?: string) =>
  eventOf(
    { action: 'act_a', incident: 'inc_a', generation: 1, verb, phase, target, provenAtMs: 1_774_353_600_500 },
    kind,
  )

test('each kind of proven step is told in the word that others act on', () => {
  const cases: [string, string, EntityId, string | undefined, string | undefined][] = [
    ['okta.user.sessions.end', 'end-sessions', 'identity:o:u', 'human', sessionRevoked],
    ['oidc.session.end', 'end-sessions', 'credential:o:session/1', 'session', sessionRevoked],
    ['okta.user.suspend', 'revoke', 'identity:o:u', 'human', accountDisabled],
    ['slack.user.deactivate', 'revoke', 'identity:o:u', 'human', accountDisabled],
    ['okta.password.expire', 'revoke', 'credential:o:password/u', 'password', changeRequired],
    ['keys.key.kill', 'revoke', 'credential:cordon:k', 'key', credentialChange],
    ['okta.factor.remove', 'remove-descendants', 'credential:o:factor/u/f', 'factor', credentialChange],
    ['host.isolate', 'isolate', 'host:host:runner-7', undefined, undefined],
    ['okta.membership.remove', 'remove-descendants', 'resource:o:membership/g/u', undefined, undefined],
    ['google.app.block', 'uninstall', 'app:o:a', undefined, undefined],
    ['aws.principal.deny', 'deny', 'identity:o:u', 'human', undefined],
    ['manual.task', 'revoke', 'identity:o:u', 'human', undefined],
  ]
  for (const [verb, phase, target, kind, type] of cases) {
    const event = said(verb, phase, target, kind)
    assert.equal(event?.type, type, verb)
    if (event !== undefined) assert.ok(eventsSupported.includes(event.type), `${event.type} is announced`)
  }
  assert.deepEqual(said('keys.key.kill', 'revoke', 'credential:cordon:k', 'key')?.event, {
    event_timestamp: 1_774_353_600,
    initiating_entity: 'policy',
    reason_admin: { en: 'contained after an incident' },
    credential_type: 'key',
    change_type: 'revoke',
  })
})
