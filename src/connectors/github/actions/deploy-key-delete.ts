import { authorityOf, type EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, wasThere, type Access } from '../api.ts'
import type { GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { nameDeployKey, sshPrint, targetAs } from '../names.ts'
import { keyRow } from '../rows.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, textOf, undoUnknown, type Context } from './context.ts'

const scopes = ['administration: write']

/** The key is found by its fingerprint, so the same key added again under another number is deleted, too. */
export const deployKeyDelete = defineAction<GithubConfig>({
  verb: 'github.deploy-key.delete',
  phase: 'revoke',
  title: 'Delete a deploy key',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (isDeployKey(entity) ? entity : undefined),
  preview: (_, { readOnly }) =>
    previewStep(
      scopes,
      [
        `whoever holds this key can no longer ${readOnly === true ? 'read' : 'read or push to'} the repository`,
        'the machines that deploy with it stop deploying',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    refuseOwn(context, target)
    const { repo } = requireTarget('deploykey', target)
    const permissions = { administration: 'write' } as const
    return narrowed(context, { permissions, repository: repo }, async ({ token, repository }, access) => {
      const found = await keysOf(access, token, repository, target)
      for (const { id } of found) {
        const response = await call(access, 'DELETE', `/repos/${repository}/keys/${id}`, { token })
        wasThere(response, 'the deletion of a deploy key')
      }
      const [key] = found
      if (key === undefined) return { says: `${repository} had no such key` }
      // The public half is no secret.
      const undoState = { title: key.title, key: key.key, readOnly: key.read_only }
      return { says: `deleted from ${repository}`, undoState }
    })
  },
  ...byAbsence(isThere, {
    there: 'the repository still lists a key with this fingerprint',
    gone: 'the repository lists no key with this fingerprint',
  }),
  /** Lets whoever holds the private half in again. */
  async undo(context, target, undoState) {
    const [title, key] = [textOf(undoState?.['title']), textOf(undoState?.['key'])]
    if (title === undefined || key === undefined) throw undoUnknown(target, 'add a new key by hand')
    const { repo } = requireTarget('deploykey', target)
    const permissions = { administration: 'write' } as const
    await narrowed(context, { permissions, repository: repo }, async ({ token, repository }, access) => {
      if ((await keysOf(access, token, repository, target)).length > 0) return
      const body = { title, key, read_only: undoState?.['readOnly'] !== false }
      const response = await call(access, 'POST', `/repos/${repository}/keys`, { token, body })
      refuseUnlessOk(response, 'the deploy key')
    })
  },
})

const isDeployKey = (entity: EntityId): boolean => targetAs('deploykey', entity) !== undefined

async function keysOf(access: Access, token: string, repository: string, target: EntityId) {
  const { repo, print } = requireTarget('deploykey', target)
  const rows = await listAll(access, `/repos/${repository}/keys`, keyRow, 'the deploy keys', { token })
  const authority = authorityOf(target)
  return rows.filter(
    ({ key }) => nameDeployKey(authority, repo, sshPrint(key) ?? '') === nameDeployKey(authority, repo, print),
  )
}

function isThere(context: Context, target: EntityId): Promise<boolean> {
  const { repo } = requireTarget('deploykey', target)
  const permissions = { administration: 'read' } as const
  return narrowed(
    context,
    { permissions, repository: repo },
    async ({ token, repository }, access) => (await keysOf(access, token, repository, target)).length > 0,
  )
}
