import { canonicalJson } from '#kit'
import { defineAction, isWhole, previewStep } from '#respond/contract'

import type { Access } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { principalOf } from '../names.ts'
import { acting, dead, findPrincipal, probeEveryMs, probeWithinMs, propagationMs, type Found } from './context.ts'
import { inlinePolicy } from './inline-policy.ts'

const policy = inlinePolicy('user', 'CordonDeny')
const { scopes } = policy
const document = canonicalJson({
  Version: '2012-10-17',
  Statement: [{ Sid: 'CordonDeny', Effect: 'Deny', Action: '*', Resource: '*' }],
})

/**
 * From inside the account, where no organisation helps, and as a second wall where one does. It also ends sessions of
 * GetSessionToken and GetFederationToken, which outlive their key.
 */
export const userDeny = defineAction<AwsConfig>({
  verb: 'aws.user.deny',
  phase: 'end-sessions',
  title: 'Deny a user everything by an inline policy',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, identity }) {
    if (principalOf(entity)?.noun === 'user') return isWhole(role) ? entity : undefined
    return identity !== null && entity.startsWith('credential:') && principalOf(identity)?.noun === 'user'
      ? identity
      : undefined
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'every call of this user is refused: keys, sessions made with them, console, presigned URLs',
        'who may still change IAM can take the policy away: the deny from the organisation comes first where there is one',
        'undo lets unexpired sessions work again',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const { access, found: user } = await policy.resolve(context, target)
    if (await isThere(access, user)) return { says: 'was denied already', undoState: { wasDenied: true } }
    await policy.put(access, user, document)
    return { says: 'denied everything by an inline policy', undoState: { wasDenied: false } }
  },
  async readBack(context, target) {
    const { access, found: user } = await policy.resolve(context, target)
    return (await isThere(access, user)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasDenied'] === true) return
    const { access, found: user } = await policy.resolve(context, target)
    await policy.remove(access, user)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const access = await acting(context, scopes)
      const user = await findPrincipal(access, target)
      if (user === undefined) return dead(context, 'the user is gone, and its sessions with it')
      return (await isThere(access, user))
        ? dead(context, 'an inline policy denies the user everything')
        : { verdict: 'alive', says: 'no inline policy denies the user' }
    },
  },
})

/** INVARIANT: only our own document counts; a policy of this name that says less is none. */
const isThere = async (access: Access, user: Found): Promise<boolean> => (await policy.read(access, user)) === document
