import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  ownsOwnKey,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settleDeletion,
  type Context,
} from './context.ts'

const user = z.object({ id: z.string() })

async function isMember(context: Context, target: EntityId): Promise<boolean> {
  const [id] = requiredParts('user', target)
  const found = await find(accessOf(context), user, `/organization/users/${segment(id)}`, 'the user')
  return found !== undefined && found.id === id
}

/** OpenAI neither suspends a user nor ends a session: what it has is to put a user out. */
export const userRemove = defineAction<OpenaiConfig>({
  verb: 'openai.user.remove',
  phase: 'revoke',
  title: 'Remove a user from the organisation',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, identity }) {
    // Whoever came in by an invite that the attacker sent.
    if (partsOf('invite', entity) !== undefined) {
      return identity !== null && partsOf('user', identity) !== undefined ? identity : undefined
    }
    return isWhole(role) && partsOf('user', entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview([
      'the user is no member any more, of no project: open sessions in the console open nothing here',
      'keys of the user are deleted by steps of their own; whether they would die with the membership OpenAI does not promise',
      'nothing puts the user back but a new invite, and roles and memberships given anew; with SCIM take the user out at the identity provider',
    ]),
  async apply(context, target) {
    const access = guard(context, target)
    const [id] = requiredParts('user', target)
    if (!(await isMember(context, target))) return { says: 'the user was no member any more' }
    if (await ownsOwnKey(context, id)) throw refused(target, "owns the admin key that is Cordon's own")
    const response = await call(access, 'DELETE', `/organization/users/${segment(id)}`)
    settleDeletion(
      response,
      'the removal of the user',
      'users of a directory (SCIM) are taken out there; the last owner stays',
    )
    return { says: 'removed from the organisation' }
  },
  async readBack(context, target) {
    return (await isMember(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isMember(context, target))
        ? { verdict: 'alive', says: 'OpenAI still lists the user' }
        : dead(context, 'OpenAI lists the user in the organisation no more')
    },
  },
})
