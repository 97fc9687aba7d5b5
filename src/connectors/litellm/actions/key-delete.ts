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
  settle,
  stillCached,
} from './context.ts'
import { isTaken, readDeletion, readKey, requiredKey, stillTaken } from './key.ts'

const scopes = scopesTo('madeKeys')

/** For keys that an attacker made. LiteLLM keeps when a key was deleted: only from then on does a worker's memory run out. */
export const keyDelete = defineAction<LitellmConfig>({
  verb: 'litellm.key.delete',
  phase: 'remove-descendants',
  title: 'Delete a virtual key',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back', 'probed'],
  targetFor: ({ entity, role }) => (keyHashOf(entity) !== undefined && role === 'descendant' ? entity : undefined),
  preview: () =>
    preview(
      scopes,
      [
        'the key is gone for good, and its spend is kept; who needs one gets a new one',
        'workers let it through until their memory of it runs out',
      ],
      { proofs: ['read-back', 'probed'] },
    ),
  async apply(context, target) {
    const hash = requiredKey(target)
    const access = await guard(context, target)
    const key = await readKey(access, hash)
    if (key === undefined) return { says: 'the key was gone already' }
    if (key.user !== null) await guard(context, target, [nameUser(context.authority, key.user)])
    const response = await post(access, '/key/delete', { keys: [hash] })
    const gone = settle(response, 'the deletion', 'look at the key in its console')
    return { says: gone === 'gone' ? 'the key was gone already' : 'deleted' }
  },
  async readBack(context, target) {
    return (await readKey(accessOf(context), requiredKey(target))) === undefined ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    refusals: refusalsNeeded,
    async run(context, target) {
      const taken = await isTaken(context, target)
      if (taken === true) return stillTaken
      const [access, hash] = [accessOf(context), requiredKey(target)]
      if ((await readKey(access, hash)) !== undefined) return { verdict: 'alive', says: 'LiteLLM still knows the key' }
      const deletedAtMs = await readDeletion(access, hash)
      if (deletedAtMs === undefined) {
        return { verdict: 'unknown', says: 'LiteLLM does not say when the key was deleted: a worker may remember it' }
      }
      const cached = stillCached(context, deletedAtMs)
      if (cached !== undefined) return cached
      return taken === false
        ? dead(context, 'tried at the gateway with the value: refused', 'probed')
        : dead(context, 'LiteLLM knows no such key')
    },
  },
})
