import { createHash } from 'node:crypto'

import { z } from 'zod'

import { VendorError, type TrackedIssue, type TrackedTask } from '#sources/contract'

import { ask, type Context } from './ask.ts'

const state = z.object({ type: z.string() })
const row = z.object({ id: z.string(), url: z.string(), trashed: z.boolean().nullish(), state })
type Row = z.output<typeof row>
const rows = z.object({ issues: z.object({ nodes: z.array(row) }) })
const histories = z.object({
  issue: z.object({
    history: z.object({
      nodes: z.array(z.object({ createdAt: z.string(), actorId: z.string().nullish(), toState: state.nullish() })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    }),
  }),
})
const ways = z.object({
  issue: z.object({
    team: z.object({ states: z.object({ nodes: z.array(z.object({ id: z.string(), position: z.number() })) }) }),
  }),
})
const success = z.object({ success: z.boolean() })

const doneTypes: ReadonlySet<string> = new Set(['completed', 'canceled', 'duplicate'])
const historyPagesMax = 10
const fields = 'id url trashed state { type }'

/** Titles that the API takes. */
const titleLengthMax = 255

/** Linear takes the id of a new issue from who makes it, in the form of a UUID v4: one task, one id, so never two issues. */
export function idOf(marker: string): string {
  const hex = createHash('sha256').update(`cordon-task:${marker}`).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

export async function open(context: Context, { marker, title, lines, dueAtMs }: TrackedTask): Promise<TrackedIssue> {
  const team = await teamOf(context)
  const input = {
    id: idOf(marker),
    teamId: team.id,
    title: title.slice(0, titleLengthMax),
    description: lines.join('\n\n'),
    dueDate: new Date(dueAtMs).toISOString().slice(0, 10),
  }
  const query = `mutation open($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { ${fields} } } }`
  const shape = z.object({ issueCreate: success.extend({ issue: row }) })
  const { issueCreate } = await ask(context, { query, variables: { input }, what: 'a new issue' }, shape)
  return issueOf(context, issueCreate.issue)
}

export async function find(context: Context, marker: string): Promise<TrackedIssue | undefined> {
  const [found] = await look(context, [idOf(marker)])
  return found
}

/** Archived ones too, since Linear archives what is done; what is in the bin is gone. */
export async function look(context: Context, keys: readonly string[]): Promise<TrackedIssue[]> {
  const query = `query look($ids: [ID!]!, $first: Int!) {
    issues(filter: { id: { in: $ids } }, first: $first, includeArchived: true) { nodes { ${fields} } }
  }`
  const variables = { ids: [...keys], first: keys.length }
  const { issues } = await ask(context, { query, variables, what: 'issues' }, rows)
  const found: TrackedIssue[] = []
  for (const one of issues.nodes) if (one.trashed !== true) found.push(await issueOf(context, one))
  return found
}

export async function close(context: Context, key: string): Promise<void> {
  const [now] = await look(context, [key])
  // Gone, or closed already.
  if (now === undefined || now.closed !== null) return
  const asked = `query ways($id: String!) {
    issue(id: $id) { team { states(filter: { type: { eq: "completed" } }, first: 50) { nodes { id position } } } }
  }`
  const { issue } = await ask(context, { query: asked, variables: { id: key }, what: 'the states of a team' }, ways)
  const [first] = issue.team.states.nodes.toSorted((a, b) => a.position - b.position)
  const query =
    'mutation close($id: String!, $stateId: String!) { issueUpdate(id: $id, input: { stateId: $stateId }) { success } }'
  const changed =
    first !== undefined &&
    (
      await ask(
        context,
        { query, variables: { id: key, stateId: first.id }, what: 'an issue' },
        z.object({ issueUpdate: success }),
      )
    ).issueUpdate.success
  if (!changed)
    throw new VendorError('ERR_VENDOR_REFUSED', `issue \`${key}\` could not be set to a state that is completed`, {
      hint: 'close it by hand',
      retryable: true,
    })
}

/** `undefined` is no team: the key may not see it, or there is none. */
export async function teamsNamed(context: Context) {
  const query = `query team($key: String!) {
    organization { urlKey }
    teams(filter: { key: { eq: $key } }, first: 1) { nodes { id key private } }
  }`
  const team = z.object({ id: z.string(), key: z.string(), private: z.boolean() })
  const shape = z.object({
    organization: z.object({ urlKey: z.string() }),
    teams: z.object({ nodes: z.array(team) }),
  })
  const { organization, teams } = await ask(
    context,
    { query, variables: { key: context.config.team }, what: 'the team' },
    shape,
  )
  return { workspace: organization.urlKey, team: teams.nodes[0] }
}

async function teamOf(context: Context) {
  const { team } = await teamsNamed(context)
  if (team === undefined)
    throw new VendorError('ERR_VENDOR_ABSENT', `Linear shows no team \`${context.config.team}\` to this key`)
  return team
}

async function issueOf(context: Context, { id, url, state: now }: Row): Promise<TrackedIssue> {
  return { key: id, url, closed: doneTypes.has(now.type) ? { by: await closedBy(context, id) } : null }
}

/** Whose change to a state that is done was the last one: the id of a user, which is no name; null where a program did it. */
async function closedBy(context: Context, id: string): Promise<string | null> {
  const query = `query history($id: String!, $after: String) {
    issue(id: $id) {
      history(first: 100, after: $after) {
        nodes { createdAt actorId toState { type } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`
  let last: { createdAt: string; actorId?: string | null | undefined } | undefined
  let after: string | null = null
  for (let page = 0; page < historyPagesMax; page++) {
    const variables: { id: string; after: string | null } = { id, after }
    const { issue } = await ask(context, { query, variables, what: 'the history of an issue' }, histories)
    for (const one of issue.history.nodes) {
      const isEnd = one.toState != null && doneTypes.has(one.toState.type)
      if (isEnd && (last === undefined || one.createdAt > last.createdAt)) last = one
    }
    after = issue.history.pageInfo.endCursor ?? null
    if (!issue.history.pageInfo.hasNextPage || after === null) break
  }
  return last?.actorId ?? null
}
