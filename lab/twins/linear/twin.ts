import type { IncomingMessage } from 'node:http'

import { graphql, GraphQLError } from 'graphql'

import { isObject, parseJson, type Json } from 'cordon/kit'

import { readText, reply, serve, type Served } from '../../src/http.ts'
import { schema } from './schema.ts'

type State = { id: string; name: string; type: string; position: number }
export type LinearIssue = {
  id: string
  identifier: string
  title: string
  description: string
  url: string
  createdAt: string
  dueDate: string | null
  trashed: boolean | null
  archivedAt: string | null
  state: State
  past: { id: string; createdAt: string; actorId: string | null; toState: State | null }[]
}
export type LinearTwin = Served & {
  issues: LinearIssue[]
  key: string
  /** What the key may do; `team` false: it does not see the team. */
  held: { write: boolean; team: boolean }
  /** Calls that are refused for being too many, and states a team has. */
  settings: { limited: number; states: State[]; isPrivate: boolean }
  wrongRequests: string[]
  move(id: string, type: string, by: string | null): void
}

const self = 'user-cordon'
const pageMax = 250
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const refused = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } })
const word = (value: unknown): string => (typeof value === 'string' ? value : '')
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

/** Relay's cursors: here the place in the list. */
function pageOf<T>(all: readonly T[], { first, after }: { first?: number; after?: string | null }) {
  const size = first ?? 50
  if (size < 1 || size > pageMax) throw refused('INPUT_ERROR', `first: 1 to ${pageMax}`)
  const from = Number(after ?? 0)
  const nodes = all.slice(from, from + size)
  const hasNextPage = from + size < all.length
  return { nodes, pageInfo: { hasNextPage, endCursor: nodes.length === 0 ? null : `${from + nodes.length}` } }
}
type Page = { first?: number; after?: string | null }

export async function startLinearTwin({ clock }: { clock: { nowMs(): number } }): Promise<LinearTwin> {
  const issues: LinearIssue[] = []
  const state = (id: string, type: string, position: number): State => ({ id, name: id, type, position })
  const settings = {
    limited: 0,
    isPrivate: true,
    states: [
      state('todo', 'unstarted', 1),
      state('doing', 'started', 2),
      state('shipped', 'completed', 4),
      state('done', 'completed', 3),
      state('dropped', 'canceled', 5),
    ],
  }
  const held = { write: true, team: true }
  const wrongRequests: string[] = []
  const key = 'lin_api_EXAMPLE'
  const nowText = (): string => new Date(clock.nowMs()).toISOString()
  const team = {
    id: 'team-sec',
    key: 'SEC',
    name: 'Security',
    get private() {
      return settings.isPrivate
    },
    states: ({ filter, ...page }: Page & { filter?: { type?: { eq?: string } } }) =>
      pageOf(
        settings.states.filter(({ type }) => filter?.type?.eq === undefined || type === filter.type.eq),
        page,
      ),
  }
  const shown = (one: LinearIssue) => ({ ...one, team, history: (page: Page) => pageOf(one.past, page) })
  const set = (one: LinearIssue, to: State, by: string | null): void => {
    one.state = to
    one.past.unshift({ id: `history-${one.past.length}`, createdAt: nowText(), actorId: by, toState: to })
  }
  const mayWrite = (): void => {
    if (!held.write) throw refused('FORBIDDEN', 'You do not have access')
  }

  const root = {
    organization: { id: 'organization', urlKey: 'brightwater', name: 'Brightwater' },
    teams: ({ filter, ...page }: Page & { filter?: { key?: { eq?: string } } }) =>
      pageOf(held.team && (filter?.key?.eq ?? team.key) === team.key ? [team] : [], page),
    issues: ({
      filter,
      includeArchived,
      ...page
    }: Page & { filter?: { id?: { in?: unknown } }; includeArchived?: boolean }) => {
      const ids = filter?.id?.in === undefined ? undefined : textsOf(filter.id.in)
      const all = issues.filter(
        ({ id, archivedAt }) => (ids?.includes(id) ?? true) && (includeArchived === true || archivedAt === null),
      )
      return pageOf(all.map(shown), page)
    },
    issue: ({ id }: { id: string }) => {
      const one = issues.find((issue) => issue.id === id)
      if (one === undefined) throw refused('INPUT_ERROR', 'Entity not found: Issue')
      return shown(one)
    },
    issueCreate: ({ input }: { input: Record<string, unknown> }) => {
      mayWrite()
      const id = word(input['id'])
      if (input['teamId'] !== team.id) throw refused('INPUT_ERROR', 'Entity not found: Team')
      if (!uuid.test(id)) throw refused('INPUT_ERROR', 'id must be a UUID')
      if (issues.some((one) => one.id === id)) throw refused('INPUT_ERROR', 'conflict on insert of Issue')
      if (!/^\d{4}-\d\d-\d\d$/.test(word(input['dueDate']))) throw refused('INPUT_ERROR', 'dueDate must be a date')
      const identifier = `SEC-${issues.length + 1}`
      const [first] = settings.states
      if (first === undefined) throw refused('INPUT_ERROR', 'no state')
      const one: LinearIssue = {
        id,
        identifier,
        title: word(input['title']),
        description: word(input['description']),
        url: `https://linear.app/brightwater/issue/${identifier}`,
        createdAt: nowText(),
        dueDate: word(input['dueDate']),
        trashed: null,
        archivedAt: null,
        state: first,
        past: [],
      }
      issues.push(one)
      return { success: true, lastSyncId: issues.length, issue: shown(one) }
    },
    issueUpdate: ({ id, input }: { id: string; input: Record<string, unknown> }) => {
      mayWrite()
      const one = issues.find((issue) => issue.id === id)
      const to = settings.states.find((known) => known.id === input['stateId'])
      if (one === undefined || to === undefined) throw refused('INPUT_ERROR', 'Entity not found')
      set(one, to, self)
      return { success: true, lastSyncId: one.past.length, issue: shown(one) }
    },
  }

  const failed = (status: number, code: string): { status: number; body: Json } => ({
    status,
    body: { errors: [{ message: code, extensions: { code } }] },
  })
  async function answer(request: IncomingMessage, text: string): Promise<{ status: number; body: unknown }> {
    if (request.method !== 'POST' || request.url !== '/graphql') {
      wrongRequests.push(`${request.method} ${request.url}`)
      return { status: 404, body: '' }
    }
    if (request.headers.authorization !== key) return failed(401, 'AUTHENTICATION_ERROR')
    if (settings.limited > 0) {
      settings.limited--
      return failed(400, 'RATELIMITED')
    }
    const { query, variables } = objectOf(parseJson(text))
    const result = await graphql({ schema, source: word(query), rootValue: root, variableValues: objectOf(variables) })
    // A query that the schema does not know is the asker's fault.
    const wrong = result.errors?.find(({ extensions }) => extensions['code'] === undefined)
    if (wrong !== undefined) {
      wrongRequests.push(wrong.message)
      return failed(400, 'GRAPHQL_VALIDATION_FAILED')
    }
    return { status: 200, body: result }
  }

  const served = await serve(() => async (request, response) => {
    const given = await answer(request, await readText(request))
    // Milliseconds since 1970, as Linear has it.
    response.setHeader('x-ratelimit-requests-reset', `${clock.nowMs() + 20_000}`)
    reply(response, given.status, given.body)
  })
  return Object.assign(
    {
      issues,
      key,
      held,
      settings,
      wrongRequests,
      move(id: string, type: string, by: string | null): void {
        const one = issues.find((issue) => issue.id === id)
        const to = settings.states.find((known) => known.type === type)
        if (one !== undefined && to !== undefined) set(one, to, by)
      },
    },
    served,
  )
}
