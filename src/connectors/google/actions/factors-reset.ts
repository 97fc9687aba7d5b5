import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, userPath } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  readUser,
  refused,
  requiredParts,
  settle,
} from './context.ts'

const uses = ['customer', 'users', 'security'] as const

/** A second factor that an attacker enrolled goes only with all of them: Google has no call that lists or takes off one. */
export const factorsReset = defineAction<GoogleConfig>({
  verb: 'google.factors.reset',
  phase: 'remove-descendants',
  title: 'Take every second factor off a suspended user',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('factors', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(uses, [
      "security keys, passkeys and codes of the user are taken off, the owner's own among them",
      'done only while the user is suspended: without a second factor the password alone would do',
      'there is no way back: the owner enrols anew before the account is opened',
    ]),
  async apply(context, target) {
    const [id] = requiredParts('factors', target)
    const access = await guard(context, target, [id])
    const user = await readUser(context, id)
    if (user === undefined) return { says: 'there is no such user any more' }
    if (!user.isEnrolledIn2Sv) return { says: 'the user had no second factor' }
    if (!user.suspended) throw refused(target, 'belongs to a user who is not suspended')
    const response = await call(access, 'security', 'POST', userPath(id, '/twoStepVerification/turnOff'))
    settle(response, 'the reset', 'where a second step is enforced, take it off in the Admin console')
    return { says: 'every second factor taken off' }
  },
  async readBack(context, target) {
    const [id] = requiredParts('factors', target)
    return (await readUser(context, id))?.isEnrolledIn2Sv === true ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const [id] = requiredParts('factors', target)
      return (await readUser(context, id))?.isEnrolledIn2Sv === true
        ? { verdict: 'alive', says: 'Google lists the user as enrolled in a second step' }
        : dead(context, 'Google lists the user as not enrolled in a second step')
    },
  },
})
