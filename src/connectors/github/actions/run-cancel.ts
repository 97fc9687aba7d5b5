import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, presentOf } from '../api.ts'
import type { GithubConfig } from '../config.ts'
import { targetAs } from '../names.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, type Context } from './context.ts'

const scopes = ['actions: write']
const run = z.object({ status: z.string().nullable() })

/** By force: an ordinary cancel lets steps marked `always()` run on, and an attacker marks his so. */
export const runCancel = defineAction<GithubConfig>({
  verb: 'github.run.cancel',
  phase: 'isolate',
  title: 'Cancel a run of a workflow',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('run', entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(scopes, [
      'its jobs are ended where they stand, and a deployment may stay half done',
      'secrets that its jobs were given have been read: each is killed at its issuer',
    ]),
  async apply(context, target) {
    refuseOwn(context, target)
    const { repo, run: id } = requireTarget('run', target)
    const permissions = { actions: 'write' } as const
    return narrowed(context, { permissions, repository: repo }, async ({ token, repository }, access) => {
      const response = await call(access, 'POST', `/repos/${repository}/actions/runs/${id}/force-cancel`, { token })
      // 409: it has ended by itself.
      if (response.status === 404 || response.status === 409) return { says: 'had ended already' }
      refuseUnlessOk(response, 'the run')
      return { says: `cancelled in ${repository}` }
    })
  },
  ...byAbsence(isRunning, { there: 'GitHub lists the run as going on', gone: 'GitHub lists the run as completed' }),
})

function isRunning(context: Context, target: EntityId): Promise<boolean> {
  const { repo, run: id } = requireTarget('run', target)
  return narrowed(
    context,
    { permissions: { actions: 'read' }, repository: repo },
    async ({ token, repository }, access) => {
      const response = await call(access, 'GET', `/repos/${repository}/actions/runs/${id}`, { token })
      const found = presentOf(run, response, 'the run')
      return found !== undefined && found.status !== 'completed'
    },
  )
}
