import { z } from 'zod'

import type { EntityId } from '#model'
import type { Probed } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { get, hashOf, type Access } from '../client.ts'
import { keyHashOf } from '../names.ts'
import { timeMs } from '../statements.ts'
import { accessOf, refused, required, type Context } from './context.ts'

const text = z.string().nullish()
const shape = z.object({
  info: z.object({
    blocked: z.boolean().nullish(),
    user_id: text,
    team_id: text,
    updated_at: text,
    settings_updated_at: text,
  }),
})
export type KeyState = { isBlocked: boolean; user: string | null; changedAtMs: number | undefined }

/** Undefined: LiteLLM knows no such key (any more). `hash`: a key's name there. */
export async function readKey(access: Access, hash: string): Promise<KeyState | undefined> {
  const response = await get(access, '/key/info', { key: hash })
  if (response.status === 404) return undefined
  const { info } = readAnswer(shape, response, 'the key')
  return {
    isBlocked: info.blocked === true,
    user: info.user_id ?? null,
    // Older versions have `updated_at` alone, which every call that is counted moves, too: a proof then takes longer.
    changedAtMs: timeMs(info.settings_updated_at ?? info.updated_at),
  }
}

const deleted = z.object({ keys: z.array(z.object({ token: text, deleted_at: text })) })

/** When a key was deleted; undefined where LiteLLM does not say. */
export async function readDeletion(access: Access, hash: string): Promise<number | undefined> {
  const query = { status: 'deleted', key_hash: hash, return_full_object: true, include_team_keys: true }
  const { keys } = readAnswer(deleted, await get(access, '/key/list', query), 'the list of deleted keys')
  const times = keys.filter(({ token }) => token === hash).flatMap(({ deleted_at: at }) => timeMs(at) ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

export const requiredKey = (target: EntityId): string => required(target, keyHashOf(target), 'virtual key')

/** Does a lent value still open the door? Undefined: none was lent. A 403 comes behind the door: the key was known. */
export async function isTaken(context: Context, target: EntityId): Promise<boolean | undefined> {
  const value = context.lent(target)
  if (value === undefined) return undefined
  if (hashOf(value) !== keyHashOf(target)) throw refused(target, 'is another key than the lent value')
  const response = await get(accessOf(context), '/v1/models', {}, value)
  return response.status !== 401
}

export const stillTaken: Probed = { verdict: 'alive', says: 'the gateway still takes the lent value' }
