import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { post } from '../client.ts'
import type { LitellmConfig } from '../config.ts'
import { keyHashOf, nameUser } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  refusalsNeeded,
  refused,
  settle,
  stillCached,
} from './context.ts'
import { isTaken, readKey, requiredKey, stillTaken } from './key.ts'

const scopes = scopesTo('keys')

/** The reversible way, by a key's hash alone: nobody needs the value. */
export const keyBlock = defineAction<LitellmConfig>({
  verb: 'litellm.key.block',
  phase: 'revoke',
  title: 'Block a virtual key',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back', 'probed'],
  targetFor: ({ entity, role }) => (keyHashOf(entity) !== undefined && role !== 'descendant' ? entity : undefined),
  preview: () =>
    preview(
      scopes,
      [
        'requests with this key are refused: at once by the worker that is asked, by others when their memory of it runs out',
        'a request that is under way goes on to its end, streams too',
        'undo lets the same value in again',
      ],
      { reversible: true, proofs: ['read-back', 'probed'] },
    ),
  async apply(context, target) {
    const hash = requiredKey(target)
    const access = await guard(context, target)
    const key = await readKey(access, hash)
    if (key === undefined) return { says: 'LiteLLM knows no such key' }
    // The key is Cordon's, or break-glass, when its user is.
    if (key.user !== null) await guard(context, target, [nameUser(context.authority, key.user)])
    if (key.isBlocked) return { says: 'the key was blocked already' }
    const gone = settle(await post(access, '/key/block', { key: hash }), 'the block', 'look at the key in its console')
    return gone === 'gone'
      ? { says: 'LiteLLM knows no such key' }
      : { says: 'blocked', undoState: { wasBlocked: false } }
  },
  async readBack(context, target) {
    const key = await readKey(accessOf(context), requiredKey(target))
    return key === undefined || key.isBlocked ? 'landed' : 'absent'
  },
  /** A key that was blocked before stays so: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasBlocked'] !== false) return
    const access = await guard(context, target)
    const given = await post(access, '/key/unblock', { key: requiredKey(target) })
    if (settle(given, 'taking the block back', 'look at the key in its console') === 'gone') {
      throw refused(target, 'was deleted meanwhile, and does not come back')
    }
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    refusals: refusalsNeeded,
    async run(context, target) {
      if ((await isTaken(context, target)) === true) return stillTaken
      const key = await readKey(accessOf(context), requiredKey(target))
      if (key === undefined) return dead(context, 'LiteLLM knows no such key')
      if (!key.isBlocked) return { verdict: 'alive', says: 'LiteLLM does not list the key as blocked' }
      const cached = stillCached(context, key.changedAtMs)
      if (cached !== undefined) return cached
      return (await isTaken(context, target)) === false
        ? dead(context, 'tried at the gateway with the value: refused, and no worker remembers it any more', 'probed')
        : dead(context, 'LiteLLM lists the key as blocked, and no worker remembers it otherwise any more')
    },
  },
})
