import { z } from 'zod'

import { readAnswer } from '#sources/contract'

import { call, presentOf, type Access } from '../api.ts'
import { GithubError } from '../config.ts'

const account = z.object({ id: z.number(), login: z.string() })
const membership = z.object({ state: z.string(), role: z.string() })
export type Membership = z.output<typeof membership>

/** The login as it is now: people rename themselves, and a free login is taken by the next. */
export async function loginOf(access: Access, token: string, id: number): Promise<string> {
  const found = presentOf(account, await call(access, 'GET', `/user/${id}`, { token }), 'this person')
  if (found === undefined || found.id !== id) {
    throw new GithubError('ERR_GITHUB_TARGET', `GitHub has no person with the number ${id}`)
  }
  return found.login
}

export async function membershipOf(access: Access, token: string, login: string): Promise<Membership | undefined> {
  const path = `/orgs/${access.config.org}/memberships/${login}`
  return presentOf(membership, await call(access, 'GET', path, { token }), 'this membership')
}

/** Whether anybody but this person could still undo what Cordon does. */
export async function hasOtherOwner(access: Access, token: string, id: number): Promise<boolean> {
  const query = { role: 'admin', per_page: 2 }
  const response = await call(access, 'GET', `/orgs/${access.config.org}/members`, { token, query })
  return readAnswer(z.array(account), response, 'the list of owners').some((owner) => owner.id !== id)
}
