import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { AnthropicConfig } from '../config.ts'
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
  type Context,
} from './context.ts'

const member = z.object({ user_id: z.string(), workspace_role: z.string() })
const hint = 'look at the members of the workspace in the console: administrators are members of every one'

const membersOf = (target: EntityId): string =>
  `/v1/organizations/workspaces/${segment(requiredParts('membership', target)[0])}/members`
const findMember = (context: Context, target: EntityId) =>
  find(
    accessOf(context),
    member,
    `${membersOf(target)}/${segment(requiredParts('membership', target)[1])}`,
    'the member of the workspace',
  )

/** Takes back a membership in a workspace that an exposed credential gave. */
export const membershipRemove = defineAction<AnthropicConfig>({
  verb: 'anthropic.membership.remove',
  phase: 'remove-descendants',
  title: 'Take a user out of a workspace they were added to',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('membership', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(['the user loses the workspace, and nothing else; undo puts the user back'], { reversible: true }),
  async apply(context, target) {
    const [, user] = requiredParts('membership', target)
    const access = await guard(context, target, [nameUser(context.authority, user)])
    const found = await findMember(context, target)
    if (found === undefined) return { says: 'the user was no member any more' }
    settle(await call(access, 'DELETE', `${membersOf(target)}/${segment(user)}`), 'taking the user out', hint)
    return { says: 'taken out of the workspace', undoState: { role: found.workspace_role } }
  },
  async readBack(context, target) {
    return (await findMember(context, target)) === undefined ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const role = undoState?.['role']
    if (typeof role !== 'string' || (await findMember(context, target)) !== undefined) return
    const access = await guard(context, target)
    const body = { user_id: requiredParts('membership', target)[1], workspace_role: role }
    settle(await call(access, 'POST', membersOf(target), { body }), 'putting the user back', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await findMember(context, target)) === undefined
        ? dead(context, 'Anthropic lists the user in the workspace no more')
        : { verdict: 'alive', says: 'Anthropic still lists the user in the workspace' }
    },
  },
})
