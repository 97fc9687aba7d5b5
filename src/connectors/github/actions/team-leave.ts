import { z } from 'zod'

import { authorityOf, nativeOf, type EntityId } from '#model'
import { defineAction, previewStep } from '#respond/contract'
import { refuseUnlessOk } from '#sources/contract'

import { call, presentOf, wasThere, type Access } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { nameTeamPlace, nameUser, targetAs } from '../names.ts'
import { teamRow } from '../rows.ts'
import { byAbsence, narrowed, refuseOwn, requireTarget, textOf, undoUnknown, type Context } from './context.ts'
import { loginOf } from './people.ts'

const scopes = ['members: write']
const writing = { members: 'write' } as const
const reading = { members: 'read' } as const
const membership = z.object({ role: z.string() })

export const teamLeave = defineAction<GithubConfig>({
  verb: 'github.team.remove-member',
  phase: 'remove-descendants',
  title: 'Take a person out of a team',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (targetAs('teamplace', entity) === undefined ? undefined : entity),
  takesRight: (member, group) => {
    const user = targetAs('user', member)?.user
    const [, team] = /^team\/(\d+)$/.exec(nativeOf(group)) ?? []
    return user === undefined || team === undefined ? undefined : nameTeamPlace(authorityOf(group), Number(team), user)
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'the person loses what this team, and the teams above it, may do',
        'where teams are synchronised from an identity provider, it puts them back at its next run: take them out there',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    refuseOwn(context, target, nameUser(context.authority, requireTarget('teamplace', target).user))
    return narrowed(context, { permissions: writing }, async ({ token }, access) => {
      const path = await pathOf(access, token, target)
      if (path === undefined) return { says: 'the team is gone' }
      const before = presentOf(membership, await call(access, 'GET', path, { token }), 'the place in a team')
      wasThere(await call(access, 'DELETE', path, { token }), 'the removal from a team')
      if (before === undefined) return { says: 'was in the team no longer' }
      return { says: 'taken out of the team', undoState: { role: before.role } }
    })
  },
  ...byAbsence(isThere, {
    there: 'GitHub lists this person in the team',
    gone: 'GitHub does not list this person in the team',
  }),
  async undo(context, target, undoState) {
    const role = textOf(undoState?.['role'])
    if (role === undefined) throw undoUnknown(target, 'put the person into the team by hand')
    await narrowed(context, { permissions: writing }, async ({ token }, access) => {
      const path = await pathOf(access, token, target)
      if (path === undefined) throw new GithubError('ERR_GITHUB_TARGET', 'the team is gone')
      refuseUnlessOk(await call(access, 'PUT', path, { token, body: { role } }), 'the place in a team')
    })
  },
})

/** Teams and people go by their names in an address, and by numbers in Cordon: looked up right before. */
async function pathOf(access: Access, token: string, target: EntityId): Promise<string | undefined> {
  const { team, user } = requireTarget('teamplace', target)
  const base = `/orgs/${access.config.org}/teams`
  const teams = await listAll(access, base, teamRow, 'the list of teams', { token })
  const slug = teams.find(({ id }) => id === team)?.slug
  if (slug === undefined) return undefined
  return `${base}/${encodeURIComponent(slug)}/memberships/${await loginOf(access, token, user)}`
}

function isThere(context: Context, target: EntityId): Promise<boolean> {
  return narrowed(context, { permissions: reading }, async ({ token }, access) => {
    const path = await pathOf(access, token, target)
    if (path === undefined) return false
    return presentOf(membership, await call(access, 'GET', path, { token }), 'the place in a team') !== undefined
  })
}
