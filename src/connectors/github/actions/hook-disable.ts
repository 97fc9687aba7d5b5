import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'
import { readAnswer, refuseUnlessOk } from '#sources/contract'

import { call, presentOf } from '../api.ts'
import type { GithubConfig } from '../config.ts'
import { targetAs } from '../names.ts'
import { byAbsence, refuseOwn, requireTarget, type Context } from './context.ts'
import { inPlace } from './place.ts'

const needs = { org: 'organization_hooks', repository: 'repository_hooks' } as const
const scopes = ['organization_hooks: write', 'repository_hooks: write']
const hook = z.object({ active: z.boolean() })

/** Switched off and not deleted: where it sent things is evidence. */
export const hookDisable = defineAction<GithubConfig>({
  verb: 'github.hook.disable',
  phase: 'remove-descendants',
  title: 'Switch a webhook off',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('hook', entity) === undefined ? undefined : entity),
  preview: () => ({
    effects: ['GitHub sends nothing to this address any more', 'what was sent before stays there'],
    reversible: true,
    undoWithinMs: null,
    residualMs: 0,
    scopes,
    proofs: ['read-back'],
  }),
  async apply(context, target) {
    refuseOwn(context, target)
    const { where, hook: id } = requireTarget('hook', target)
    return inPlace(context, where, needs, 'write', async (base, token, access) => {
      const path = `${base}/hooks/${id}`
      const before = presentOf(hook, await call(access, 'GET', path, { token }), 'the webhook')
      if (before === undefined) return { says: 'the webhook is gone' }
      if (!before.active) return { says: 'was off already', undoState: { wasActive: false } }
      refuseUnlessOk(await call(access, 'PATCH', path, { token, body: { active: false } }), 'the webhook')
      return { says: 'switched off', undoState: { wasActive: true } }
    })
  },
  ...byAbsence(isOn, {
    there: 'GitHub lists the webhook as active',
    gone: 'GitHub lists it as inactive, or not at all',
  }),
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const { where, hook: id } = requireTarget('hook', target)
    await inPlace(context, where, needs, 'write', async (base, token, access) => {
      const response = await call(access, 'PATCH', `${base}/hooks/${id}`, { token, body: { active: true } })
      readAnswer(hook, response, 'the webhook')
    })
  },
})

function isOn(context: Context, target: EntityId): Promise<boolean> {
  const { where, hook: id } = requireTarget('hook', target)
  return inPlace(context, where, needs, 'read', async (base, token, access) => {
    const response = await call(access, 'GET', `${base}/hooks/${id}`, { token })
    return presentOf(hook, response, 'the webhook')?.active === true
  })
}
