import { parseTimeMs, type JsonObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, segment, textAt } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameIdentity, partsOf, timeIn } from '../names.ts'
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

/** The log dates the enrolment, the factor its own making: they differ by less than this. */
export const enrolledWithinMs = 60_000

/** Factors the target means: one by its id, or those enrolled at the time the log tells. */
async function factorsOf(context: Context, target: EntityId): Promise<JsonObject[]> {
  const [user, id] = requiredParts('factor', target)
  const path = `/api/v1/users/${segment(user)}/factors`
  const factors = await listAll(accessOf(context), 'users', path, 'the factors of the user')
  const enrolledAtMs = timeIn(id)
  return factors.filter((factor) => {
    if (enrolledAtMs === undefined) return textAt(factor, 'id') === id
    const createdMs = parseTimeMs(textAt(factor, 'created'))
    return createdMs !== undefined && Math.abs(createdMs - enrolledAtMs) <= enrolledWithinMs
  })
}

/** Only a factor that was added in the window: resetting those a user had before would lock the user out, not the thief. */
export const factorRemove = defineAction<OktaConfig>({
  verb: 'okta.factor.remove',
  phase: 'remove-descendants',
  title: 'Take off a factor that was added',
  scopes: scopesTo('users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant' && partsOf('factor', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview('users', [
      'the factor no longer proves the user; factors from before stay',
      'with an Okta Verify factor the others of the same Okta Verify go, too',
    ]),
  async apply(context, target) {
    const [user] = requiredParts('factor', target)
    const access = await guard(context, target, [nameIdentity(context.authority, user)])
    const factors = await factorsOf(context, target)
    for (const factor of factors) {
      const path = `/api/v1/users/${segment(user)}/factors/${segment(textAt(factor, 'id'))}`
      settle(await call(access, 'users', 'DELETE', path), 'taking the factor off', 'look at the factors of the user')
    }
    return { says: factors.length === 0 ? 'the factor was gone already' : `${factors.length} factors taken off` }
  },
  async readBack(context, target) {
    return (await factorsOf(context, target)).length === 0 ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await factorsOf(context, target)).length === 0
        ? dead(context, 'Okta lists the factor no more')
        : { verdict: 'alive', says: 'Okta still lists the factor' }
    },
  },
})
