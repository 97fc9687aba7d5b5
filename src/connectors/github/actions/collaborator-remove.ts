import { authorityOf, type EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, wasThere, type Access } from '../api.ts'
import type { GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { nameCollaboration, nameUser, targetAs } from '../names.ts'
import { collaboratorRow } from '../rows.ts'
import { roleOf } from '../rights.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, textOf, undoUnknown, type Context } from './context.ts'
import { loginOf } from './people.ts'

const scopes = ['administration: write', 'members: read']
const writing = { administration: 'write', members: 'read' } as const
const reading = { administration: 'read', members: 'read' } as const

/** Takes away what one person was given in one repository; what a team or the organisation gives them stays. */
export const collaboratorRemove = defineAction<GithubConfig>({
  verb: 'github.collaborator.remove',
  phase: 'remove-descendants',
  title: 'Take a right on a repository from a person',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('collaboration', entity) === undefined ? undefined : entity),
  takesRight(member, thing) {
    const user = targetAs('user', member)?.user
    const [, repo] = /^resource:[^:]+:repo\/(\d+)$/.exec(thing) ?? []
    return user === undefined || repo === undefined
      ? undefined
      : nameCollaboration(authorityOf(thing), Number(repo), user)
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'the person loses the right they were given in this repository itself',
        'what they have there by a team, or as member of the organisation, stays',
        'taking it back gives the right again; one from outside gets an invitation, which they must accept',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const { repo, user } = requireTarget('collaboration', target)
    refuseOwn(context, target, nameUser(context.authority, user))
    return narrowed(context, { permissions: writing, repository: repo }, async ({ token, repository }, access) => {
      const before = await directRole(access, token, repository, user)
      const login = await loginOf(access, token, user)
      const path = `/repos/${repository}/collaborators/${login}`
      const there = wasThere(await call(access, 'DELETE', path, { token }), 'the removal of a collaborator')
      if (before === undefined)
        return { says: there ? `an invitation to ${repository} withdrawn` : 'had no such right' }
      return {
        says: `no longer ${before} of ${repository} itself`,
        undoState: { permission: permissionOf[before] ?? '' },
      }
    })
  },
  ...byAbsence(isThere, {
    there: 'the repository still lists this person',
    gone: 'the repository does not list this person among those given a right of their own',
  }),
  async undo(context, target, undoState) {
    const permission = textOf(undoState?.['permission'])
    if (permission === undefined || permission === '') throw undoUnknown(target, 'give the right by hand')
    const { repo, user } = requireTarget('collaboration', target)
    await narrowed(context, { permissions: writing, repository: repo }, async ({ token, repository }, access) => {
      const path = `/repos/${repository}/collaborators/${await loginOf(access, token, user)}`
      refuseUnlessOk(await call(access, 'PUT', path, { token, body: { permission } }), 'the right of a collaborator')
    })
  },
})

/** GitHub's words for giving a role. */
const permissionOf: Readonly<Record<string, string>> = {
  read: 'pull',
  triage: 'triage',
  write: 'push',
  maintain: 'maintain',
  admin: 'admin',
}

async function directRole(access: Access, token: string, repository: string, user: number) {
  const query = { affiliation: 'direct' }
  const path = `/repos/${repository}/collaborators`
  const rows = await listAll(access, path, collaboratorRow, 'the collaborators', { query, token })
  const row = rows.find(({ id }) => id === user)
  return row === undefined ? undefined : roleOf(row)
}

function isThere(context: Context, target: EntityId): Promise<boolean> {
  const { repo, user } = requireTarget('collaboration', target)
  return narrowed(
    context,
    { permissions: reading, repository: repo },
    async ({ token, repository }, access) => (await directRole(access, token, repository, user)) !== undefined,
  )
}
