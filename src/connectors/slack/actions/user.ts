import { z } from 'zod'

import { isObject } from '#kit'
import { VendorError } from '#sources/contract'

import { readSlack, refuseUnlessFine } from '../answers.ts'
import { ask, callScim, listAll, type Access } from '../client.ts'

const scimUser = z.object({ id: z.string(), active: z.boolean() })

/**
 * Undefined: SCIM knows no such user. INVARIANT: asked for by id, which is never given anew; an address could name somebody
 * else by now.
 */
export async function readActive(access: Access, id: string): Promise<boolean | undefined> {
  const response = await callScim(access, 'GET', id)
  if (response.status === 404) return undefined
  // SCIM says it in the body, too, at times under a 200.
  const body = response.status === 200 ? response.json() : undefined
  if (isObject(body) && isObject(body['Errors']) && body['Errors']['code'] === 404) return undefined
  refuseUnlessFine(response, 'the user by SCIM')
  const user = readSlack(scimUser, response, 'the user by SCIM')
  if (user.id !== id) throw new VendorError('ERR_VENDOR_SHAPE', 'SCIM answers with another user than was asked for')
  return user.active
}

const infoShape = z.object({
  user: z.object({
    id: z.string(),
    is_bot: z.boolean().nullish(),
    team_id: z.string().nullish(),
    enterprise_user: z.object({ teams: z.array(z.string()).nullish() }).nullish(),
  }),
})

/** Workspaces of a user; undefined when Slack knows no such user (any more). */
export async function readPlaces(access: Access, id: string): Promise<{ isBot: boolean; teams: string[] } | undefined> {
  try {
    const { user } = await ask(access, infoShape, 'users.info', { user: id }, 'the user')
    const { is_bot: isBot, enterprise_user: enterprise, team_id: team } = user
    const teams = enterprise?.teams ?? (team === null || team === undefined ? [] : [team])
    return { isBot: isBot === true, teams }
  } catch (error) {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return undefined
    throw error
  }
}

const sessionShape = z.object({
  user_id: z.string(),
  team_id: z.string(),
  session_id: z.union([z.number(), z.string()]).transform(String),
})
export type OpenSession = z.infer<typeof sessionShape>

/**
 * Open sessions of a user. Slack lists them by workspace; of somebody who is in none any more only the list of all tells,
 * which is read to its end.
 */
export async function readSessions(access: Access, id: string): Promise<OpenSession[]> {
  const found: OpenSession[] = []
  for await (const session of sessionsOf(access, id)) found.push(session)
  return found
}

/** Workspace by workspace: whoever looks for one session alone need not ask for the rest. */
export async function* sessionsOf(access: Access, id: string): AsyncGenerator<OpenSession> {
  const teams = (await readPlaces(access, id))?.teams ?? []
  const what = 'the list of sessions'
  for (const at of teams.length === 0 ? [{}] : teams.map((team) => ({ team_id: team, user_id: id }))) {
    const rows = await listAll(access, 'admin.users.session.list', { limit: 1_000, ...at }, 'active_sessions', what)
    for (const row of rows) {
      const session = sessionShape.safeParse(row)
      if (!session.success) throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds something that is no session`)
      if (session.data.user_id === id) yield session.data
    }
  }
}
