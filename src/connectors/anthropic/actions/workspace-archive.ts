import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find, listAll, segment, textAt } from '../client.ts'
import type { AnthropicConfig } from '../config.ts'
import { nameKey, partsOf } from '../names.ts'
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

const workspace = z.object({ id: z.string(), archived_at: z.string().nullish() })
const pathOf = (target: EntityId): string =>
  `/v1/organizations/workspaces/${segment(requiredParts('workspace', target)[0])}`

async function isOpen(context: Context, target: EntityId): Promise<boolean> {
  const found = await find(accessOf(context), workspace, pathOf(target), 'the workspace')
  return found !== undefined && (found.archived_at === null || found.archived_at === undefined)
}

/** Keys that go with the workspace: none of them may be spared or Cordon's own. */
async function keysOf(context: Context, target: EntityId): Promise<EntityId[]> {
  const [id] = requiredParts('workspace', target)
  const rows = await listAll(accessOf(context), '/v1/organizations/api_keys', 'the list of keys')
  return rows.flatMap((row) => {
    const scope = z.object({ workspace_id: z.string() }).safeParse(row['scope'])
    const held = scope.success ? scope.data.workspace_id : textAt(row, 'workspace_id')
    return held === id ? [nameKey(context.authority, textAt(row, 'id'))] : []
  })
}

/** For a workspace that the attacker made: Anthropic never opens an archived one again. */
export const workspaceArchive = defineAction<AnthropicConfig>({
  verb: 'anthropic.workspace.archive',
  phase: 'remove-descendants',
  title: 'Archive a workspace with its keys',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('workspace', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview([
      'the workspace is used no more, by nobody and with no key; what lies in it is out of reach, for you as well',
      'for good: Anthropic opens no archived workspace again',
    ]),
  async apply(context, target) {
    const access = await guard(context, target)
    if (!(await isOpen(context, target))) return { says: 'the workspace was archived already' }
    await guard(context, target, await keysOf(context, target))
    const response = await call(access, 'POST', `${pathOf(target)}/archive`)
    settle(response, 'archiving the workspace', 'the default workspace stays: deactivate its keys instead')
    return { says: 'archived' }
  },
  async readBack(context, target) {
    return (await isOpen(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isOpen(context, target))
        ? { verdict: 'alive', says: 'Anthropic lists the workspace as open' }
        : dead(context, 'Anthropic lists the workspace as archived')
    },
  },
})
