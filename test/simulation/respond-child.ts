/**
 * Core's response side and hands in one process on a real store, for tests that kill it. Arguments: store file, twin's
 * origin, prefix of targets, number of targets. Prints `opened <incident>` once the incident is acknowledged, and
 * `settled` when no action is open any more; then it ends.
 */
import { createHttp, isObject, systemClock, systemRandom } from '#kit'
import { defaultTenant, entityId, nativeOf } from '#model'
import { createRunner } from '#respond/hands'
import type { ContainAction } from '#respond/contract'

import { noHome } from './respond-hands.ts'
import { exposedAs, makeCore, verbKill } from './respond-world.ts'

/** How much longer than here a call may take: on a busy machine few answers come in time else, and fewer points are passed. */
const patience = Number(process.env['CORDON_TEST_PATIENCE'] ?? 1)
const [store = '', origin = '', prefix = '', count = '0'] = process.argv.slice(2)
const http = createHttp([origin])
const urlOf = (target: Parameters<typeof nativeOf>[0]): string => `${origin}/keys/${nativeOf(target)}`

const disable: ContainAction = {
  verb: verbKill,
  phase: 'revoke',
  title: 'disable a key',
  targetFor: (member) => member.entity,
  scopes: [],
  retry: 'read-back',
  proofs: ['read-back'],
  preview: () => ({ effects: [], reversible: true, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }),
  probe: {
    everyMs: 50,
    withinMs: 5_000,
    run: async (context, target) => {
      const answer = (await context.http.request(urlOf(target), { signal: context.signal })).json()
      return isObject(answer) && answer['active'] === false
        ? { verdict: 'dead', proof: { kind: 'read-back', says: 'listed as disabled', where: [] } }
        : { verdict: 'alive', says: 'listed as active' }
    },
  },
  apply: async (context, target) => {
    const headers = { 'x-sent-at-ms': String(Date.now()) }
    await context.http.request(`${urlOf(target)}/disable`, { method: 'POST', headers, signal: context.signal })
    return { says: 'disabled' }
  },
  readBack: async (context, target) => {
    const answer = (await context.http.request(urlOf(target), { signal: context.signal })).json()
    return isObject(answer) && answer['active'] === false ? 'landed' : 'absent'
  },
}

/** `CORDON_TEST_NAIVE`: without read-back, and said to be safe to repeat; shows that the tests would see a doubled effect. */
const { readBack: _, ...blind } = disable
const used: ContainAction = process.env['CORDON_TEST_NAIVE'] === '1' ? { ...blind, retry: 'idempotent' } : disable

const core = makeCore({ path: store, clock: systemClock, random: systemRandom })
const desk = core.reboot({ boot: Buffer.from(systemRandom(6)).toString('hex') })
const steps = Array.from({ length: Number(count) }, (_, index) => ({
  target: entityId('credential', 'lab', `${prefix}-${index}`),
  // A connector of its own, so that the cap on automatic starts of one verb does not end the test.
  connector: prefix,
}))
if (steps.length > 0) {
  core.ground.steps = steps
  core.ground.credentials = steps.map(({ target }) => exposedAs(target))
  const incident = await core.responder.open({
    tenant: defaultTenant,
    title: prefix,
    severity: 'high',
    trigger: { kind: 'host', host: entityId('host', 'host', prefix) },
    window: { fromMs: 0, toMs: null },
    trust: { origin: 'vendor', sources: [], confinedTo: null },
    findings: [],
    containBy: 'automation',
  })
  process.stdout.write(`opened ${incident.id}\n`)
}
const runner = createRunner({
  desk,
  worker: `hands-${process.pid}`,
  clock: systemClock,
  unit: Math.random,
  home: noHome,
  lent: () => undefined,
  unseal: () => Promise.resolve({}),
  actionFor: () => used,
  sourceFor: () => ({ config: null, authority: 'lab', http, isOwn: () => false }),
  limits: { leaseMs: 900 * patience, requestTimeoutMs: 300 * patience, idleMs: 20, retryFirstMs: 20, attemptsMax: 20 },
  paceOf: () => ({ callsAtOnceMax: 4, callsPerMinuteMax: 60_000 }),
})
const life = new AbortController()
const done = runner.run(life.signal)
const isOpen = (): boolean =>
  core.reader.get(`SELECT 1 FROM action WHERE state NOT IN ('contained', 'failed', 'unknown') LIMIT 1`) !== undefined
const endMs = systemClock.monotonicMs() + 180_000
while (isOpen() && systemClock.monotonicMs() < endMs) await systemClock.sleep(20)
life.abort()
await done
process.stdout.write(isOpen() ? 'still open\n' : 'settled\n')
