import { authorityOf } from '#model'
import { lendsBy } from '#respond/contract'

import type { OktaConfig } from '../config.ts'
import { nameIdentity } from '../names.ts'
import { requiredParts } from './context.ts'
import { membershipRemove } from './membership-remove.ts'

/** Puts a user into a group for a time: what `okta.membership.remove` gives back, the other way round. */
export const membershipLend = lendsBy<OktaConfig>(membershipRemove, {
  verb: 'okta.membership.lend',
  title: 'Put a user into a group for a time',
  effects: [
    'the user has the apps and roles that the group gives',
    'at the end the user is taken out; a session that an app opened meanwhile lasts until the app ends it',
  ],
  holdersOf: (right) => [nameIdentity(authorityOf(right), requiredParts('membership', right)[1])],
  given: () => ({ wasMember: true }),
})
