import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { get, type Access } from '../client.ts'
import type { LitellmConfig } from '../config.ts'
import { teamOf } from '../names.ts'
import { timeMs } from '../statements.ts'
import { accessOf, dead, preview, probeEveryMs, probeWithinMs, required, stillCached } from './context.ts'
import { switchOff } from './switch.ts'

const scopes = scopesTo('teams')
const shape = z.object({
  teams: z.array(z.object({ team_id: z.string(), blocked: z.boolean().nullish(), updated_at: z.string().nullish() })),
})

/** Undefined: LiteLLM knows no such team. */
async function readTeam(access: Access, id: string) {
  const answer = readAnswer(
    shape,
    await get(access, '/v2/team/list', { team_id: id, page: 1, page_size: 1 }),
    'the team',
  )
  const team = answer.teams.find(({ team_id: held }) => held === id)
  return team && { isBlocked: team.blocked === true, changedAtMs: timeMs(team.updated_at) }
}

const requiredTeam = (target: EntityId): string => required(target, teamOf(target), 'team')

/** All keys of a team at once. */
export const teamBlock = defineAction<LitellmConfig>({
  verb: 'litellm.team.block',
  phase: 'revoke',
  title: 'Block a team',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (teamOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    preview(
      scopes,
      [
        'requests with any key of the team are refused, once the workers have forgotten that it was open',
        'a request that is under way goes on to its end; members work on with keys that are not of the team',
        'undo lets the same keys in again',
      ],
      { reversible: true },
    ),
  ...switchOff({
    noun: 'team',
    idOf: requiredTeam,
    read: readTeam,
    block: { path: '/team/block', what: 'the block', says: 'blocked' },
    unblock: { path: '/team/unblock', what: 'taking the block back' },
    field: 'team_id',
    hint: 'look at the team in its console',
  }),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const team = await readTeam(accessOf(context), requiredTeam(target))
      if (team === undefined) return dead(context, 'LiteLLM knows no such team')
      if (!team.isBlocked) return { verdict: 'alive', says: 'LiteLLM does not list the team as blocked' }
      // A call that is still let through is counted, and moves the time: it stands still only when none is.
      return (
        stillCached(context, team.changedAtMs) ??
        dead(context, 'LiteLLM lists the team as blocked, and no worker remembers it otherwise any more')
      )
    },
  },
})
