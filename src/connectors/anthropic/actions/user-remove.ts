import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { AnthropicConfig } from '../config.ts'
import { partsOf } from '../names.ts'
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

const user = z.object({ id: z.string() })
const pathOf = (target: EntityId): string => `/v1/organizations/users/${segment(requiredParts('user', target)[0])}`

async function isMember(context: Context, target: EntityId): Promise<boolean> {
  const [id] = requiredParts('user', target)
  const found = await find(accessOf(context), user, pathOf(target), 'the user')
  return found !== undefined && found.id === id
}

/** Anthropic does not suspend a user: what it has is to put a user out. */
export const userRemove = defineAction<AnthropicConfig>({
  verb: 'anthropic.user.remove',
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
      'the user is no member any more, of no workspace: open sessions open nothing of this organisation',
      'keys that the user made for a workspace are the workspace’s and go on: they are deactivated by steps of their own',
      'nothing puts the user back but a new invite; Anthropic removes administrators in the console alone',
    ]),
  async apply(context, target) {
    const access = await guard(context, target)
    if (!(await isMember(context, target))) return { says: 'the user was no member any more' }
    const response = await call(access, 'DELETE', pathOf(target))
    const hint =
      'administrators, and users of a directory, are removed by hand: https://platform.claude.com/settings/members, or at the identity provider'
    const outcome = settle(response, 'the removal of the user', hint)
    return { says: outcome === 'gone' ? 'the user was no member any more' : 'removed from the organisation' }
  },
  async readBack(context, target) {
    return (await isMember(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isMember(context, target))
        ? { verdict: 'alive', says: 'Anthropic still lists the user' }
        : dead(context, 'Anthropic lists the user no more')
    },
  },
})
