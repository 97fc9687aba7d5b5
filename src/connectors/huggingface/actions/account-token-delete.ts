import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'
import { segment } from '#sources/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, organizationPath } from '../client.ts'
import type { HuggingfaceConfig } from '../config.ts'
import { nameAccount, partsOf } from '../names.ts'
import { readLent } from '../whoami.ts'
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
const account = z.object({ accessTokens: z.array(z.object({ _id: z.string() })).default([]) })

const pathOf = ({ config }: Context, target: EntityId): string =>
  `${organizationPath(config)}/service-accounts/${segment(requiredParts('account-token', target)[0])}`

async function isThere(context: Context, target: EntityId): Promise<boolean> {
  const [, id] = requiredParts('account-token', target)
  const found = await find(accessOf(context), account, pathOf(context, target), 'the service account')
  return found?.accessTokens.some(({ _id }) => _id === id) ?? false
}

/** A service account's token is nobody's but the organisation's: it is dead everywhere. */
export const accountTokenDelete = defineAction<HuggingfaceConfig>({
  verb: 'huggingface.account-token.delete',
  phase: 'revoke',
  title: "Delete a service account's token",
  scopes,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (partsOf('account-token', entity) === undefined ? undefined : entity),
  preview: (_, { name }) =>
    previewStep(
      scopes,
      [
        `what works with ${typeof name === 'string' ? `\`${name}\`` : 'the token'} is refused from the next call on`,
        'for good: an administrator makes the account a new one',
      ],
      { proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const [holder, id] = requiredParts('account-token', target)
    const access = await guard(context, target, [nameAccount(context.authority, holder)])
    const response = await call(access, 'DELETE', `${pathOf(context, target)}/tokens/${segment(id)}`)
    const hint = `delete it by hand: ${settingsUrl(context, 'service-accounts')}`
    const outcome = settle(response, 'the deletion of the token', hint)
    return { says: outcome === 'gone' ? 'the token was gone already' : 'deleted' }
  },
  async readBack(context, target) {
    return (await isThere(context, target)) ? 'absent' : 'landed'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  if (await isThere(context, target)) return { verdict: 'alive', says: 'the Hub still lists the token' }
  const value = context.lent(target)
  if (value === undefined) return dead(context, 'the Hub lists the token no more')
  return (await readLent(accessOf(context), value)) === undefined
    ? dead(context, 'tried at the Hub with the value: 401', 'probed')
    : { verdict: 'alive', says: 'the Hub takes the lent value, though it lists the token no more' }
}
