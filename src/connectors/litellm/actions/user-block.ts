import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { get, listAll, post, type Access } from '../client.ts'
import type { LitellmConfig } from '../config.ts'
import { nameKey, userOf } from '../names.ts'
import { mayMakeKeys } from '../rights.ts'
import { timeMs } from '../statements.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  required,
  settle,
  stillCached,
  type Context,
} from './context.ts'

const scopes = scopesTo('users')
const pageRows = 100
/** What is left to a blocked user: a look at their own spend. */
const blockedRole = 'internal_user_viewer'
const hint = 'look at the user in its console'

const text = z.string().nullish()
const userShape = z.object({ users: z.array(z.object({ user_id: z.string(), user_role: text })) })
const keysShape = z.object({
  keys: z.array(
    z.object({ token: z.string(), blocked: z.boolean().nullish(), settings_updated_at: text, updated_at: text }),
  ),
  total_pages: z.number(),
})

/** INVARIANT: read before it is written: LiteLLM makes a user of an id that it does not know. */
async function readRole(access: Access, id: string): Promise<string | null | undefined> {
  const { users } = readAnswer(userShape, await get(access, '/user/list', { user_ids: id }), 'the user')
  const user = users.find(({ user_id: held }) => held === id)
  return user === undefined ? undefined : (user.user_role ?? null)
}

const readKeys = (access: Access, user: string) =>
  listAll("the user's keys", async (page) => {
    const query = { user_id: user, return_full_object: true, include_team_keys: true, size: pageRows, page }
    const answer = readAnswer(keysShape, await get(access, '/key/list', query), "the user's keys")
    return { rows: answer.keys, pages: answer.total_pages }
  })

const requiredUser = (target: EntityId): string => required(target, userOf(target), 'user')

const setRole = async (access: Access, id: string, role: string): Promise<void> => {
  settle(await post(access, '/user/update', { user_id: id, user_role: role }), 'the change of role', hint)
}

/** What a blocked user would still have; undefined: nothing. */
async function rest(context: Context, id: string): Promise<string | undefined> {
  const access = accessOf(context)
  if (mayMakeKeys(await readRole(access, id))) return 'the user may still make keys'
  const open = (await readKeys(access, id)).filter(({ blocked }) => blocked !== true).length
  return open === 0 ? undefined : `${open} of the user's keys are not blocked`
}

/**
 * LiteLLM's users have no switch of their own: the role goes first, so that no new key is made, and then each key is
 * blocked. A session of its console has the role from then on.
 */
export const userBlock = defineAction<LitellmConfig>({
  verb: 'litellm.user.block',
  phase: 'revoke',
  title: "Take a user's role away, and block their keys",
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (userOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    preview(
      scopes,
      [
        'the user may make no key, and all their keys are refused, once the workers have forgotten them',
        'a request that is under way goes on to its end; keys of a team without a user work on',
        'who signs in by single sign-on may be given a role again by a rule of the gateway',
        'undo gives the role back and lets the keys in again that this step blocked',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const id = requiredUser(target)
    const access = await guard(context, target)
    const role = await readRole(access, id)
    if (role === undefined) return { says: 'LiteLLM knows no such user' }
    const open = (await readKeys(access, id)).filter(({ blocked }) => blocked !== true).map(({ token }) => token)
    await guard(
      context,
      target,
      open.map((hash) => nameKey(context.authority, hash)),
    )
    if (mayMakeKeys(role)) await setRole(access, id, blockedRole)
    for (const hash of open) settle(await post(access, '/key/block', { key: hash }), 'the block', hint)
    if (open.length === 0 && !mayMakeKeys(role)) return { says: 'the user had nothing any more' }
    return {
      says: `${open.length} keys blocked`,
      undoState: { role: mayMakeKeys(role) ? role : null, keys: open },
    }
  },
  async readBack(context, target) {
    return (await rest(context, requiredUser(target))) === undefined ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { role, keys } = undoState ?? {}
    const access = await guard(context, target)
    const id = requiredUser(target)
    if (typeof role === 'string' && (await readRole(access, id)) === blockedRole) await setRole(access, id, role)
    // Keys that were deleted meanwhile stay so.
    for (const hash of Array.isArray(keys) ? keys : [])
      settle(await post(access, '/key/unblock', { key: hash }), 'taking the block back', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const id = requiredUser(target)
      const left = await rest(context, id)
      if (left !== undefined) return { verdict: 'alive', says: left }
      for (const key of await readKeys(accessOf(context), id)) {
        const cached = stillCached(context, timeMs(key.settings_updated_at ?? key.updated_at))
        if (cached !== undefined) return cached
      }
      return dead(context, "all the user's keys are blocked, and no worker remembers them otherwise any more")
    },
  },
})
