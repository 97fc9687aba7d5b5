import { authorityOf } from '#model'
import { lendsBy } from '#respond/contract'

import type { GoogleConfig } from '../config.ts'
import { nameGroup, nameUser } from '../names.ts'
import { requiredParts } from './context.ts'
import { membershipRemove } from './membership-remove.ts'

/** Puts somebody into a group for a time, as a member and nothing more. */
export const membershipLend = lendsBy<GoogleConfig>(membershipRemove, {
  verb: 'google.membership.lend',
  title: 'Put somebody into a group for a time',
  effects: [
    'the member has what the group opens: shared drives and files, roles, apps',
    'at the end they are taken out; what they copied meanwhile stays theirs',
  ],
  holdersOf(right) {
    const [, id] = requiredParts('membership', right)
    return [nameUser(authorityOf(right), id), nameGroup(authorityOf(right), id)]
  },
  given: () => ({ role: 'MEMBER' }),
})
