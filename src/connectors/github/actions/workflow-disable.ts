import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, presentOf, type Access } from '../api.ts'
import type { GithubConfig } from '../config.ts'
import { targetAs } from '../names.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, type Context } from './context.ts'

const scopes = ['actions: write']
const workflow = z.object({ state: z.string() })

export const workflowDisable = defineAction<GithubConfig>({
  verb: 'github.workflow.disable',
  phase: 'remove-descendants',
  title: 'Disable a workflow',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('workflow', entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(
      scopes,
      [
        'the workflow starts no more runs; runs that are going on are not ended by this step',
        'its file stays in the repository, and who may push can add another',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    refuseOwn(context, target)
    const { repo, workflow: id } = requireTarget('workflow', target)
    const permissions = { actions: 'write' } as const
    return narrowed(context, { permissions, repository: repo }, async ({ token, repository }, access) => {
      const path = `/repos/${repository}/actions/workflows/${id}`
      const before = await stateOf(access, token, path)
      if (before !== 'active') return { says: `was ${before ?? 'gone'} already`, undoState: { wasActive: false } }
      refuseUnlessOk(await call(access, 'PUT', `${path}/disable`, { token }), 'the workflow')
      return { says: `disabled in ${repository}`, undoState: { wasActive: true } }
    })
  },
  ...byAbsence(isActive, { there: 'GitHub lists it as active', gone: 'GitHub lists it as disabled, or not at all' }),
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const { repo, workflow: id } = requireTarget('workflow', target)
    const permissions = { actions: 'write' } as const
    await narrowed(context, { permissions, repository: repo }, async ({ token, repository }, access) => {
      const path = `/repos/${repository}/actions/workflows/${id}/enable`
      refuseUnlessOk(await call(access, 'PUT', path, { token }), 'the workflow')
    })
  },
})

const stateOf = async (access: Access, token: string, path: string): Promise<string | undefined> =>
  presentOf(workflow, await call(access, 'GET', path, { token }), 'the workflow')?.state

function isActive(context: Context, target: EntityId): Promise<boolean> {
  const { repo, workflow: id } = requireTarget('workflow', target)
  return narrowed(
    context,
    { permissions: { actions: 'read' }, repository: repo },
    async ({ token, repository }, access) =>
      (await stateOf(access, token, `/repos/${repository}/actions/workflows/${id}`)) === 'active',
  )
}
