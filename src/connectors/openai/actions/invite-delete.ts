import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settleDeletion,
  type Context,
} from './context.ts'

const invite = z.object({ id: z.string(), status: z.string() })

const pathOf = (target: EntityId): string => `/organization/invites/${segment(requiredParts('invite', target)[0])}`
const read = (context: Context, target: EntityId) => find(accessOf(context), invite, pathOf(target), 'the invite')

/** An invite that an exposed credential sent. One that was accepted lets nobody else in: the user it let in is a step of its own. */
export const inviteDelete = defineAction<OpenaiConfig>({
  verb: 'openai.invite.delete',
  phase: 'revoke',
  title: 'Delete an invite',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, identity, attributes }) =>
    partsOf('invite', entity) !== undefined && identity === null && attributes['status'] !== 'accepted'
      ? entity
      : undefined,
  preview: () => preview(['the invite in the mail opens nothing any more; whoever was meant is invited anew']),
  async apply(context, target) {
    const access = guard(context, target)
    const found = await read(context, target)
    if (found === undefined) return { says: 'there was no such invite any more' }
    if (found.status !== 'pending') return { says: `the invite was ${found.status}` }
    const response = await call(access, 'DELETE', pathOf(target))
    settleDeletion(response, 'the deletion of the invite', 'it was accepted meanwhile: remove the user it let in')
    return { says: 'invite deleted' }
  },
  async readBack(context, target) {
    return (await read(context, target))?.status === 'pending' ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const found = await read(context, target)
      if (found?.status === 'accepted')
        return { verdict: 'alive', says: 'the invite was accepted: whoever it let in is a user now' }
      return found?.status === 'pending'
        ? { verdict: 'alive', says: 'OpenAI still lists the invite as pending' }
        : dead(context, found === undefined ? 'OpenAI lists the invite no more' : 'OpenAI lists the invite as expired')
    },
  },
})
