import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { nameUser, partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  settleDeletion,
  type Context,
} from './context.ts'

const member = z.object({ id: z.string(), role: z.string() })
const hint = 'look at the members of the project in the console; an archived project has none'

const usersOf = (target: EntityId): string =>
  `/organization/projects/${segment(requiredParts('membership', target)[0])}/users`

function findMember(context: Context, target: EntityId) {
  const [, user] = requiredParts('membership', target)
  return find(accessOf(context), member, `${usersOf(target)}/${segment(user)}`, 'the member of the project')
}

/** Takes back a membership in a project that an exposed credential gave. */
export const membershipRemove = defineAction<OpenaiConfig>({
  verb: 'openai.membership.remove',
  phase: 'remove-descendants',
  title: 'Take a user out of a project they were added to',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('membership', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(['the user loses the project, and nothing else; undo puts the user back'], { reversible: true }),
  async apply(context, target) {
    const [, user] = requiredParts('membership', target)
    const access = guard(context, target, [nameUser(context.authority, user)])
    const found = await findMember(context, target)
    if (found === undefined) return { says: 'the user was no member any more' }
    const response = await call(access, 'DELETE', `${usersOf(target)}/${segment(user)}`)
    settleDeletion(response, 'taking the user out of the project', hint)
    return { says: 'taken out of the project', undoState: { role: found.role } }
  },
  async readBack(context, target) {
    return (await findMember(context, target)) === undefined ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const role = undoState?.['role']
    if (typeof role !== 'string' || (await findMember(context, target)) !== undefined) return
    const access = guard(context, target)
    const body = { user_id: requiredParts('membership', target)[1], role }
    settle(await call(access, 'POST', usersOf(target), { body }), 'putting the user back', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await findMember(context, target)) === undefined
        ? dead(context, 'OpenAI lists the user in the project no more')
        : { verdict: 'alive', says: 'OpenAI still lists the user in the project' }
    },
  },
})
