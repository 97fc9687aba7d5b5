import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, listAll, segment } from '../client.ts'
import type { AnthropicConfig } from '../config.ts'
import { hashOf, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const invite = z.object({ id: z.string(), email: z.string(), status: z.string() })
type Invite = z.infer<typeof invite>

/** All invites that went to the address behind the target. */
async function read(context: Context, target: EntityId): Promise<Invite[]> {
  const [hash] = requiredParts('invite', target)
  const rows = await listAll(accessOf(context), '/v1/organizations/invites', 'the list of invites')
  return rows.flatMap((row) => {
    const found = invite.safeParse(row)
    return found.success && hashOf(found.data.email) === hash ? [found.data] : []
  })
}
const isPending = ({ status }: Invite): boolean => status === 'pending'

/** Invites that an exposed credential sent. One that was accepted lets nobody else in: the user it let in is a step of its own. */
export const inviteDelete = defineAction<AnthropicConfig>({
  verb: 'anthropic.invite.delete',
  phase: 'revoke',
  title: 'Delete the invites of an address',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, identity, attributes }) =>
    partsOf('invite', entity) !== undefined && identity === null && attributes['status'] !== 'accepted'
      ? entity
      : undefined,
  preview: () => preview(['the invite in the mail opens nothing any more; whoever was meant is invited anew']),
  async apply(context, target) {
    const access = await guard(context, target)
    const pending = (await read(context, target)).filter(isPending)
    for (const { id } of pending) {
      const response = await call(access, 'DELETE', `/v1/organizations/invites/${segment(id)}`)
      settle(response, 'the deletion of the invite', 'it was accepted meanwhile: remove the user it let in')
    }
    return { says: pending.length === 0 ? 'there was no such invite any more' : `${pending.length} invites deleted` }
  },
  async readBack(context, target) {
    return (await read(context, target)).some(isPending) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const found = await read(context, target)
      if (found.some(isPending)) return { verdict: 'alive', says: 'Anthropic still lists the invite as pending' }
      return found.some(({ status }) => status === 'accepted')
        ? { verdict: 'alive', says: 'the invite was accepted: whoever it let in is a user now' }
        : dead(context, 'Anthropic lists no pending invite of this address')
    },
  },
})
