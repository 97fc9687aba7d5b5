import { parseTimeMs, type JsonObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, keysOf, segment, textAt } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameApp, nameIdentity, partsOf, timeIn } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

/** The log dates the adding, the key its own making: they differ by less than this. */
export const addedWithinMs = 60_000
const hint = 'Okta keeps the only key of an app: add another, or deactivate the app'

const pathOf = (target: EntityId): string =>
  `/api/v1/apps/${segment(requiredParts('client-key', target)[0])}/credentials/jwks`

/** Keys the target means, switched on: one by its id, or those added at the time the log tells. */
async function activeKeys(context: Context, target: EntityId): Promise<JsonObject[]> {
  const [, id] = requiredParts('client-key', target)
  const addedAtMs = timeIn(id)
  const keys = await keysOf(accessOf(context), 'apps', pathOf(target))
  return keys.filter((key) => {
    if (textAt(key, 'status') !== 'ACTIVE') return false
    if (addedAtMs === undefined) return textAt(key, 'id') === id
    const createdMs = parseTimeMs(textAt(key, 'created'))
    return createdMs !== undefined && Math.abs(createdMs - addedAtMs) <= addedWithinMs
  })
}

async function turn(context: Context, target: EntityId, ids: readonly string[], act: 'activate' | 'deactivate') {
  const [app] = requiredParts('client-key', target)
  const hit = [nameApp(context.authority, app), nameIdentity(context.authority, app)]
  const access = await guard(context, target, hit)
  for (const id of ids) {
    const path = `${pathOf(target)}/${segment(id)}/lifecycle/${act}`
    settle(await call(access, 'apps', 'POST', path), `to ${act} the signing key`, hint)
  }
}

/** A public key with which a service app proves itself: one more of them is a way back in. */
export const clientKeyDeactivate = defineAction<OktaConfig>({
  verb: 'okta.client-key.deactivate',
  phase: 'revoke',
  title: 'Deactivate a signing key of an app',
  scopes: scopesTo('apps'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('client-key', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      'apps',
      [
        'whoever has the private half of this key gets no token with it',
        'tokens already given out live on until they end: an hour for Okta’s own',
      ],
      { reversible: true, residualMs: 3_600_000 },
    ),
  async apply(context, target) {
    await turn(context, target, [], 'deactivate')
    const ids = (await activeKeys(context, target)).map((key) => textAt(key, 'id'))
    await turn(context, target, ids, 'deactivate')
    return ids.length === 0
      ? { says: 'the signing key was off already' }
      : { says: `${ids.length} signing keys off`, undoState: { keys: ids } }
  },
  async readBack(context, target) {
    return (await activeKeys(context, target)).length === 0 ? 'landed' : 'absent'
  },
  /** Keys that were off before stay off: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    const keys = undoState?.['keys']
    if (Array.isArray(keys)) await turn(context, target, keys, 'activate')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await activeKeys(context, target)).length === 0
        ? dead(context, 'Okta lists the signing key as active no more')
        : { verdict: 'alive', says: 'Okta lists the signing key as active' }
    },
  },
})
