import { z } from 'zod'

import type { JsonObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesToAct } from '../auth.ts'
import { call, find } from '../client.ts'
import type { OpenaiConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  settle,
  settleDeletion,
  type Context,
} from './context.ts'
import { insideOf, pathOf, readStatus } from './project.ts'

const permissions = z.object({ mode: z.enum(['allow_list', 'deny_list']), model_ids: z.array(z.string()) })
type Permissions = z.infer<typeof permissions>
const hint = 'block the models in the console: the project > Limits > Model usage'

const read = (context: Context, target: EntityId): Promise<Permissions | undefined> =>
  find(accessOf(context), permissions, `${pathOf(target)}/model_permissions`, 'the model permissions')
const isPaused = (held: Permissions | undefined): boolean => held?.mode === 'allow_list' && held.model_ids.length === 0

/**
 * A list of allowed models that is empty: no key of the project calls a model until it is taken off. One call, and whole;
 * limits by the minute would be one call for each model, and leave those out that come later.
 */
export const projectPause = defineAction<OpenaiConfig>({
  verb: 'openai.project.pause',
  phase: 'deny',
  title: 'Allow no model to a project',
  scopes: scopesToAct,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('project', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(
      [
        'no key of this project calls a model until this is undone; files and vector stores can still be read with them',
        'undo sets the allowed models as they were: a key that leaked calls them again',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    const access = guard(context, target)
    const status = await readStatus(context, target)
    if (status === undefined || status === 'archived') return { says: 'the project was archived already' }
    const before = await read(context, target)
    if (isPaused(before)) return { says: 'no model was allowed to the project before' }
    guard(context, target, await insideOf(access, context.authority, target))
    const body: JsonObject = { mode: 'allow_list', model_ids: [] }
    settle(await call(access, 'POST', `${pathOf(target)}/model_permissions`, { body }), 'an empty list of models', hint)
    return {
      says: 'no model is allowed to the project',
      undoState: before === undefined ? { mode: null, models: [] } : { mode: before.mode, models: before.model_ids },
    }
  },
  async readBack(context, target) {
    return isPaused(await read(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    if (undoState === undefined || !isPaused(await read(context, target))) return
    const access = guard(context, target)
    const path = `${pathOf(target)}/model_permissions`
    const { mode, models } = undoState
    if (typeof mode === 'string' && Array.isArray(models)) {
      settle(
        await call(access, 'POST', path, { body: { mode, model_ids: models } }),
        'the list of models as it was',
        hint,
      )
    } else settleDeletion(await call(access, 'DELETE', path), 'the end of the list of models', hint)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      if ((await readStatus(context, target)) === 'archived')
        return dead(context, 'OpenAI lists the project as archived')
      return isPaused(await read(context, target))
        ? dead(context, 'OpenAI says that no model is allowed to the project')
        : { verdict: 'alive', says: 'OpenAI still allows models to the project' }
    },
  },
})
