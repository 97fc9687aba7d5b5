import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'

import { call, presentOf, wasThere } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { targetAs } from '../names.ts'
import { byAbsence, refuseOwn, requireTarget, type Context } from './context.ts'
import { inPlace } from './place.ts'

const needs = { org: 'organization_self_hosted_runners', repository: 'administration' } as const
const scopes = ['organization_self_hosted_runners: write', 'administration: write']
const runner = z.object({ id: z.number() })

/** A machine that takes jobs: an attacker's reads the secrets of each job it gets. */
export const runnerRemove = defineAction<GithubConfig>({
  verb: 'github.runner.remove',
  phase: 'isolate',
  title: 'Remove a self-hosted runner',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('runner', entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(scopes, [
      'GitHub gives this machine no more jobs; a job it is at must be cancelled first',
      'what the machine has read it keeps: the machine itself is not touched',
    ]),
  async apply(context, target) {
    refuseOwn(context, target)
    const { where, runner: id } = requireTarget('runner', target)
    return inPlace(context, where, needs, 'write', async (base, token, access) => {
      const response = await call(access, 'DELETE', `${base}/actions/runners/${id}`, { token })
      if (response.status === 422) {
        throw new GithubError('ERR_GITHUB_BUSY', 'GitHub removes no runner that is at a job', {
          hint: 'cancel the run it is at, or cut the machine off; then repeat this step',
          retryable: true,
        })
      }
      return { says: wasThere(response, 'the removal of a runner') ? 'removed' : 'was gone already' }
    })
  },
  ...byAbsence(isThere, { there: 'GitHub lists the runner', gone: 'GitHub does not list the runner' }),
})

function isThere(context: Context, target: EntityId): Promise<boolean> {
  const { where, runner: id } = requireTarget('runner', target)
  return inPlace(context, where, needs, 'read', async (base, token, access) => {
    const response = await call(access, 'GET', `${base}/actions/runners/${id}`, { token })
    return presentOf(runner, response, 'the runner') !== undefined
  })
}
