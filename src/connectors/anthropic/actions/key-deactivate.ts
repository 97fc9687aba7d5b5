import { z } from 'zod'

import { isRedactionOf } from '#classify'
import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, errorTypeOf, find, segment } from '../client.ts'
import { AnthropicError, type AnthropicConfig } from '../config.ts'
import { nameServiceAccount, nameUser, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const key = z.object({
  id: z.string(),
  status: z.string(),
  partial_key_hint: z.string().nullish(),
  principal: z
    .object({ user_id: z.string().nullish(), service_account_id: z.string().nullish() })
    .nullish()
    .catch(null),
})
type Key = z.infer<typeof key>

const byHand = 'an administrator deletes it by hand: https://platform.claude.com/settings/admin-keys'

const pathOf = (target: EntityId): string => `/v1/organizations/api_keys/${segment(requiredParts('key', target)[0])}`

/** INVARIANT: asked for by id, which is never given anew. */
async function read(context: Context, target: EntityId): Promise<Key | undefined> {
  const [id] = requiredParts('key', target)
  const found = await find(accessOf(context), key, pathOf(target), 'the key')
  return found !== undefined && found.id === id ? found : undefined
}

const isOff = (found: Key | undefined): boolean => found !== undefined && found.status !== 'active'

/** Whom the key acts as: it is spared with them. */
function principalOf({ principal }: Key, authority: string): EntityId[] {
  const { user_id: user, service_account_id: account } = principal ?? {}
  return [
    ...(user === null || user === undefined ? [] : [nameUser(authority, user)]),
    ...(account === null || account === undefined ? [] : [nameServiceAccount(authority, account)]),
  ]
}

/**
 * Switched off, and not archived: archiving is for ever. No key is ever deleted, so one that is not found is no dead one:
 * it is an admin key, which this API neither shows nor ends.
 */
export const keyDeactivate = defineAction<AnthropicConfig>({
  verb: 'anthropic.key.deactivate',
  phase: 'revoke',
  title: 'Deactivate an API key',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity, attributes }) =>
    partsOf('key', entity) === undefined || attributes['keyKind'] === 'admin' ? undefined : entity,
  preview: (_, { name }) =>
    preview(
      [
        `what runs with the key${typeof name === 'string' ? ` \`${name}\`` : ''} is refused from the next call on`,
        'files and batches that were made with it stay, and running batches go on',
        'undo makes the same value work again, for whoever has it',
      ],
      { reversible: true, proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    const found = await read(context, target)
    if (found === undefined) {
      throw new AnthropicError(
        'ERR_ANTHROPIC_REFUSED',
        'the key is in no list: an admin key, or of another organisation',
        {
          hint: byHand,
        },
      )
    }
    if (isRedactionOf(found.partial_key_hint ?? '', context.contain['adminKey']))
      throw refused(target, "is Cordon's own")
    if (isOff(found)) return { says: `the key was ${found.status} already` }
    await guard(context, target, principalOf(found, context.authority))
    const response = await call(access, 'POST', pathOf(target), { body: { status: 'inactive' } })
    settle(response, 'the deactivation of the key', 'deactivate it in the console: Settings > API keys')
    return { says: 'key deactivated', undoState: { wasActive: true } }
  },
  async readBack(context, target) {
    const found = await read(context, target)
    return found === undefined ? 'unknown' : isOff(found) ? 'landed' : 'absent'
  },
  /** What was off before stays off: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const access = await guard(context, target)
    if ((await read(context, target))?.status !== 'inactive') return
    const response = await call(access, 'POST', pathOf(target), { body: { status: 'active' } })
    settle(response, 'the activation of the key', 'activate it in the console: Settings > API keys')
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const found = await read(context, target)
  if (found === undefined) return { verdict: 'unknown', says: `Anthropic lists no such key; ${byHand}` }
  if (!isOff(found)) return { verdict: 'alive', says: `Anthropic lists the key as ${found.status}` }
  const value = context.lent(target)
  if (value === undefined) return dead(context, `Anthropic lists the key as ${found.status}`)
  const response = await call(accessOf(context), 'GET', '/v1/models?limit=1', { key: value })
  // A key without the right to list models is refused as `permission_error`: that is no death.
  if (response.status === 401 && errorTypeOf(response) === 'authentication_error') {
    return dead(context, 'tried at Anthropic with the value: 401', 'probed')
  }
  const verdict = response.status < 300 || response.status === 429 ? 'alive' : 'unknown'
  return {
    verdict,
    says: `Anthropic answers ${response.status} to the lent value, though it lists the key as ${found.status}`,
  }
}
