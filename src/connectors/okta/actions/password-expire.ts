import { authorityOf } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, segment } from '../client.ts'
import { OktaError, type OktaConfig } from '../config.ts'
import { nameIdentity, partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, settle } from './context.ts'
import { readStatus, requiredUser } from './user.ts'

const isChanged = (status: string | undefined): boolean => status === undefined || status === 'PASSWORD_EXPIRED'

/** For the way back, once a suspension is lifted; where the source's `expirePasswords` asks for it. Kills nothing itself. */
export const passwordExpire = defineAction<OktaConfig>({
  verb: 'okta.password.expire',
  phase: 'release',
  title: 'Have a password changed at the next sign-in',
  scopes: scopesTo('users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, attributes }) {
    const user = partsOf('password', entity)?.[0]
    return user !== undefined && attributes['expirable'] === true ? nameIdentity(authorityOf(entity), user) : undefined
  },
  preview: () =>
    preview('users', [
      'whoever signs in next must choose a new password, and who knows the old one may be the first: a factor must stand before it',
      'works on active users only, so after a suspension is lifted',
    ]),
  async apply(context, target) {
    const access = await guard(context, target)
    const id = requiredUser(target)
    const status = await readStatus(access, id)
    if (isChanged(status)) return { says: 'the password was expired already' }
    if (status !== 'ACTIVE') {
      throw new OktaError('ERR_OKTA_REFUSED', `passwords of active users expire, and this one is ${status ?? 'gone'}`, {
        hint: 'lift the suspension first',
      })
    }
    const response = await call(access, 'users', 'POST', `/api/v1/users/${segment(id)}/lifecycle/expire_password`)
    settle(response, 'expiring the password', 'the password may be kept elsewhere, in a directory')
    return { says: 'password expired' }
  },
  async readBack(context, target) {
    return isChanged(await readStatus(accessOf(context), requiredUser(target))) ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const status = await readStatus(accessOf(context), requiredUser(target))
      return isChanged(status)
        ? dead(context, 'Okta lists the password as expired')
        : { verdict: 'alive', says: `Okta lists the user as ${status}` }
    },
  },
})
