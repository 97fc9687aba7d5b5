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
  requiredParts,
  settle,
  type User,
} from './context.ts'

const uses = ['customer', 'users'] as const
const isClear = (user: User | undefined): boolean =>
  user === undefined || (user.recoveryEmail === '' && user.recoveryPhone === '')

/** Recovery data that was changed since is a way back in. Which of it was there before nobody tells: all of it goes. */
export const recoveryClear = defineAction<GoogleConfig>({
  verb: 'google.recovery.clear',
  phase: 'remove-descendants',
  title: 'Clear the recovery address and phone of a user',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('recovery', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(uses, [
      'the account cannot be recovered by mail or phone until its owner sets them again',
      'there is no way back: Cordon does not keep what they were',
    ]),
  async apply(context, target) {
    const [id] = requiredParts('recovery', target)
    const access = await guard(context, target, [id])
    const response = await call(access, 'users', 'PATCH', userPath(id), { recoveryEmail: '', recoveryPhone: '' })
    const outcome = settle(response, 'the clearing', 'look at the user in the Admin console')
    return { says: outcome === 'gone' ? 'there is no such user any more' : 'recovery data cleared' }
  },
  async readBack(context, target) {
    const [id] = requiredParts('recovery', target)
    return isClear(await readUser(context, id)) ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const [id] = requiredParts('recovery', target)
      return isClear(await readUser(context, id))
        ? dead(context, 'Google lists no recovery data of the user')
        : { verdict: 'alive', says: 'Google still lists recovery data of the user' }
    },
  },
})
