import { authorityOf } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, userPath } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { nameUser, partsOf, userOf } from '../names.ts'
import {
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  readUser,
  requiredUser,
  settle,
  type User,
} from './context.ts'

const isClosed = (user: User | undefined): boolean => user === undefined || user.suspended || user.archived
/** Access tokens that were given out before may work until they expire. */
const accessTokenMs = 3_600_000

/** First of all steps on a user: nobody signs in, and nothing new is granted, while the rest is taken away. */
export const userSuspend = defineAction<GoogleConfig>({
  verb: 'google.user.suspend',
  phase: 'revoke',
  title: 'Suspend a user',
  scopes: scopesTo('customer', 'users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    const owner = partsOf('password', entity)?.[0] ?? partsOf('backup-codes', entity)?.[0]
    if (owner !== undefined) return nameUser(authorityOf(entity), owner)
    return isWhole(role) && userOf(entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      ['customer', 'users'],
      [
        'the user cannot sign in, and apps and app passwords in their name are refused; mail and files stay',
        'an access token given out before may work for up to an hour',
        'undo lets the password, the app passwords and the grants that were not taken away work again',
      ],
      { reversible: true, residualMs: accessTokenMs },
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const access = await guard(context, target, [id])
    const user = await readUser(context, id)
    if (user === undefined) return { says: 'there is no such user any more' }
    if (isClosed(user)) return { says: 'the user was suspended before', undoState: { wasActive: false } }
    const response = await call(access, 'users', 'PATCH', userPath(id), { suspended: true })
    settle(response, 'the suspension', 'a super administrator must act on an administrator')
    return { says: 'suspended', undoState: { wasActive: true } }
  },
  async readBack(context, target) {
    return isClosed(await readUser(context, requiredUser(target))) ? 'landed' : 'absent'
  },
  /** Who was suspended before stays so: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const id = requiredUser(target)
    const access = await guard(context, target, [id])
    const response = await call(access, 'users', 'PATCH', userPath(id), { suspended: false })
    settle(response, 'the end of the suspension', 'look at the user in the Admin console')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const user = await readUser(context, requiredUser(target))
      return isClosed(user)
        ? dead(context, user === undefined ? 'Google knows the user no more' : 'Google lists the user as suspended')
        : { verdict: 'alive', says: 'Google lists the user as active' }
    },
  },
})
