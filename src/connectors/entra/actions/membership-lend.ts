import { authorityOf } from '#model'
import { lendsBy } from '#respond/contract'

import { segment } from '../client.ts'
import { graphOrigin, type EntraConfig } from '../config.ts'
import { namePrincipal } from '../names.ts'
import { requiredParts } from './context.ts'
import { membershipRemove } from './membership-remove.ts'

/** Puts a user, a group or an app into a group for a time. */
export const membershipLend = lendsBy<EntraConfig>(membershipRemove, {
  verb: 'entra.membership.lend',
  title: 'Put a member into a group for a time',
  effects: [
    'the member has the apps and roles that the group gives',
    'at the end they are taken out; access tokens given out meanwhile name the group until they expire, about an hour',
  ],
  /** Who it is the name does not tell: a user, a group or an app. */
  holdersOf(right) {
    const [, member] = requiredParts('membership', right)
    return (['user', 'group', 'sp'] as const).map((kind) => namePrincipal(authorityOf(right), kind, member))
  },
  given({ config }, right) {
    const [group, member] = requiredParts('membership', right)
    const path = `/v1.0/groups/${segment(group)}/members/$ref`
    const body = { '@odata.id': `${graphOrigin(config)}/v1.0/directoryObjects/${member}` }
    return { again: [JSON.stringify({ path, body })] }
  },
})
