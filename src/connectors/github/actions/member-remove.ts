import { z } from 'zod'

import { authorityOf, type EntityId } from '#model'
import { defineAction, isWhole } from '#respond/contract'
import { readAnswer } from '#sources/contract'

import { call, wasThere } from '../api.ts'
import { GithubError, type GithubConfig } from '../config.ts'
import { listAll } from '../lists.ts'
import { nameUser, targetAs } from '../names.ts'
import { accountRow } from '../rows.ts'
import {
  accessOf,
  byAbsence,
  narrowed,
  refuseOwn,
  requireTarget,
  textOf,
  undoUnknown,
  type Context,
} from './context.ts'
import { hasOtherOwner, loginOf, membershipOf } from './people.ts'

const permissions = { members: 'write' } as const
const reading = { members: 'read' } as const
const scopes = ['members: write']

/**
 * Out of the organisation at once: classic tokens, OAuth tokens, SSH keys and browser sessions of this person open nothing
 * of it any more. Also for an outside collaborator, and for an invitation that is still open.
 */
export const memberRemove = defineAction<GithubConfig>({
  verb: 'github.member.remove',
  phase: 'revoke',
  title: 'Remove a person from the organisation',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    const session = targetAs('websession', entity)
    if (session !== undefined) return nameUser(authorityOf(entity), session.user)
    return isWhole(role) && targetAs('user', entity) !== undefined ? entity : undefined
  },
  preview: (_, { external }) => ({
    effects: [
      'this person loses every repository of the organisation, in the browser and with every token and key',
      "the person's forks of private repositories are deleted, and assignments to issues end",
      'clones on their machines stay, and so does the account itself',
      external === true
        ? 'taking it back: invite the person again to each repository by hand'
        : 'taking it back sends an invitation with the role held before, which the person must accept; teams are put back with it',
    ],
    reversible: external !== true,
    undoWithinMs: null,
    residualMs: 0,
    scopes,
    proofs: ['read-back'],
  }),
  apply: (context, target) => narrowed(context, { permissions }, (token) => remove(context, target, token.token)),
  ...byAbsence(isIn, {
    there: 'GitHub lists this person in the organisation',
    gone: 'GitHub lists this person neither as member nor as outside collaborator, and has no open invitation',
  }),
  undo: (context, target, undoState) =>
    narrowed(context, { permissions }, async ({ token }, access) => {
      const role = textOf(undoState?.['role'])
      if (role === undefined) throw undoUnknown(target, 'invite the person by hand')
      const login = await loginOf(access, token, requireTarget('user', target).user)
      const path = `/orgs/${access.config.org}/memberships/${login}`
      const response = await call(access, 'PUT', path, { token, body: { role } })
      readAnswer(z.object({ state: z.string() }), response, 'the invitation')
      const teams = undoState?.['teams']
      for (const slug of Array.isArray(teams) ? teams : []) {
        const place = `/orgs/${access.config.org}/teams/${encodeURIComponent(slug)}/memberships/${login}`
        wasThere(await call(access, 'PUT', place, { token, body: { role: 'member' } }), `team ${slug}`)
      }
    }),
})

async function remove(context: Context, target: EntityId, token: string) {
  const access = accessOf(context)
  const { user } = requireTarget('user', target)
  refuseOwn(context, target)
  const login = await loginOf(access, token, user)
  const { org } = access.config
  const before = await membershipOf(access, token, login)
  if (before?.role === 'admin' && !(await hasOtherOwner(access, token, user))) {
    throw new GithubError('ERR_GITHUB_TARGET', `${org} has no other owner: nobody could undo this`, {
      hint: 'make a second owner first; an enterprise owner can, too',
    })
  }
  if (before === undefined) {
    const there = wasThere(
      await call(access, 'DELETE', `/orgs/${org}/outside_collaborators/${login}`, { token }),
      'the removal of an outside collaborator',
    )
    return { says: there ? 'removed as outside collaborator' : 'was in the organisation no longer' }
  }
  const teams = await teamsOf(context, token, user)
  wasThere(await call(access, 'DELETE', `/orgs/${org}/memberships/${login}`, { token }), 'the removal of a member')
  const undoState = { role: before.role === 'admin' ? 'admin' : 'member', teams }
  return { says: before.state === 'pending' ? 'invitation withdrawn' : 'removed from the organisation', undoState }
}

/** Teams are looked through once, so that an undo can put the person back; a very large number of them is left to a person. */
const teamsMax = 200

async function teamsOf(context: Context, token: string, user: number): Promise<string[]> {
  const access = accessOf(context)
  const base = `/orgs/${context.config.org}/teams`
  const teams = await listAll(access, base, z.object({ slug: z.string() }), 'the list of teams', { token })
  const found: string[] = []
  for (const { slug } of teams.slice(0, teamsMax)) {
    const path = `${base}/${encodeURIComponent(slug)}/members`
    const members = await listAll(access, path, accountRow, 'the members of a team', { token })
    if (members.some(({ id }) => id === user)) found.push(slug)
  }
  return found
}

async function isIn(context: Context, target: EntityId): Promise<boolean> {
  return narrowed(context, { permissions: reading }, async ({ token }, access) => {
    const { user } = requireTarget('user', target)
    if ((await membershipOf(access, token, await loginOf(access, token, user))) !== undefined) return true
    const outside = await listAll(
      access,
      `/orgs/${access.config.org}/outside_collaborators`,
      accountRow,
      'the list of outside collaborators',
      { token },
    )
    return outside.some(({ id }) => id === user)
  })
}
