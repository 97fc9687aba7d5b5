import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { segment } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, organizationPath } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { nameAccountToken, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  previewStep,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settingsUrl,
  settle,
  type Context,
} from './context.ts'

const scopes = scopesToAct.accounts
const account = z.object({ _id: z.string(), accessTokens: z.array(z.object({ _id: z.string() })).default([]) })

const pathOf = ({ config }: Context, target: EntityId): string =>
  `${organizationPath(config)}/service-accounts/${segment(requiredParts('service-account', target)[0])}`
const read = (context: Context, target: EntityId) =>
  find(accessOf(context), account, pathOf(context, target), 'the service account')

/** For an account that the attacker made, or holds as a whole. */
export const accountDelete = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.account.delete',
  phase: 'remove-descendants',
  title: 'Delete a service account with its tokens',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    isWhole(role) && partsOf('service-account', entity) !== undefined ? entity : undefined,
  preview: () =>
    previewStep(scopes, [
      'every token of the account is refused from the next call on',
      'for good: a new account has another name, and no rights until somebody gives them',
    ]),
  async apply(context, target) {
    const access = await guard(context, target)
    const held = await read(context, target)
    if (held === undefined) return { says: 'there was no such account any more' }
    const [id] = requiredParts('service-account', target)
    const inside = held.accessTokens.map((token) => nameAccountToken(context.authority, id, token._id))
    await guard(context, target, inside)
    const hint = `delete it by hand: ${settingsUrl(context, 'service-accounts')}`
    settle(await call(access, 'DELETE', pathOf(context, target)), 'the deletion of the account', hint)
    return { says: 'deleted' }
  },
  async readBack(context, target) {
    return (await read(context, target)) === undefined ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await read(context, target)) === undefined
        ? dead(context, 'the Hub has no such account any more')
        : { verdict: 'alive', says: 'the Hub still has the account' }
    },
  },
})
