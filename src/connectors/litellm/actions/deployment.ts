import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, isWhole, type Member } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { scopesTo } from '../auth.ts'
import { get, post, type Access } from '../client.ts'
import type { LitellmConfig } from '../config.ts'
import { deploymentOf } from '../names.ts'
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
  type Context,
} from './context.ts'
import { switchOff } from './switch.ts'

const scopes = scopesTo('models')
const deleteScopes = scopesTo('madeModels')
const text = z.string().nullish()
const shape = z.object({
  data: z.array(
    z.object({
      model_info: z.object({
        id: text,
        db_model: z.boolean().nullish(),
        blocked: z.boolean().nullish(),
        updated_at: text,
      }),
    }),
  ),
})

async function readDeployment(access: Access, id: string) {
  const { data } = readAnswer(shape, await get(access, '/v2/model/info', { modelId: id }), 'the deployment')
  const info = data.find(({ model_info: held }) => held.id === id)?.model_info
  return (
    info && { isBlocked: info.blocked === true, isStored: info.db_model === true, changedAtMs: timeMs(info.updated_at) }
  )
}

const requiredDeployment = (target: EntityId): string => required(target, deploymentOf(target), 'deployment')
const hint = 'a deployment of the configuration file is taken out there, and every worker restarted'
/** One that an attacker brought in, or that is itself what went bad; never those in which an exposed key is used. */
const target = ({ entity, role }: Member): EntityId | undefined =>
  deploymentOf(entity) !== undefined && isWhole(role) ? entity : undefined
const isGone = async (context: Context, entity: EntityId): Promise<boolean> =>
  (await readDeployment(accessOf(context), requiredDeployment(entity))) === undefined

/** Workers read the stored deployments anew by a clock of their own (`PROXY_CONFIG_RELOAD_INTERVAL_SECONDS`). */
export const reloadMs = 30_000

/** Stands before the deletion: what is sent to a deployment goes to its address, prompts and key. */
export const modelBlock = defineAction<LitellmConfig>({
  verb: 'litellm.model.block',
  phase: 'deny',
  title: 'Pause a deployment',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: target,
  preview: () =>
    preview(
      scopes,
      [
        'no request is led to this deployment any more: others of the same model take them, or they are refused',
        'the key it holds lives on at the provider until it is changed there',
        'undo lets it take requests again',
      ],
      { reversible: true, residualMs: reloadMs },
    ),
  ...switchOff({
    noun: 'deployment',
    idOf: requiredDeployment,
    read: readDeployment,
    block: { path: '/model/block', what: 'the pause', says: 'paused' },
    unblock: { path: '/model/unblock', what: 'the way back' },
    field: 'model_id',
    hint,
  }),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, entity) {
      const found = await readDeployment(accessOf(context), requiredDeployment(entity))
      if (found === undefined) return dead(context, 'LiteLLM knows no such deployment')
      if (!found.isBlocked) return { verdict: 'alive', says: 'LiteLLM does not list the deployment as paused' }
      const untilMs = (found.changedAtMs ?? context.clock.nowMs()) + reloadMs
      return context.clock.nowMs() < untilMs
        ? { verdict: 'alive', says: 'a worker may not have heard of it yet', expiresAtMs: untilMs }
        : dead(context, 'LiteLLM lists the deployment as paused, and every worker has read that')
    },
  },
})

export const modelDelete = defineAction<LitellmConfig>({
  verb: 'litellm.model.delete',
  phase: 'remove-descendants',
  title: 'Delete a deployment',
  scopes: deleteScopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: (member) => (member.role === 'descendant-entity' ? target(member) : undefined),
  preview: () =>
    preview(deleteScopes, ['the deployment is gone for good, and with it the key that was stored in it'], {
      residualMs: reloadMs,
    }),
  async apply(context, entity) {
    const id = requiredDeployment(entity)
    const access = await guard(context, entity)
    if ((await readDeployment(access, id)) === undefined) return { says: 'the deployment was gone already' }
    settle(await post(access, '/model/delete', { id }), 'the deletion', hint)
    return { says: 'deleted' }
  },
  readBack: async (context, entity) => ((await isGone(context, entity)) ? 'landed' : 'absent'),
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, entity) {
      return (await isGone(context, entity))
        ? dead(context, 'LiteLLM knows no such deployment')
        : { verdict: 'alive', says: 'LiteLLM still lists the deployment' }
    },
  },
})
