import { z } from 'zod'

import type { HttpRequest, HttpResponse, Json } from '#kit'
import {
  nextLink,
  readAnswer,
  refuseUnlessOk,
  type PullContext,
  type TrackedIssue,
  type TrackedTask,
} from '#sources/contract'

import type { GithubIssuesConfig } from './config.ts'

type Context = PullContext<GithubIssuesConfig>

const row = z.object({
  number: z.int().positive(),
  html_url: z.string(),
  state: z.string(),
  body: z.string().nullish(),
  closed_by: z.object({ login: z.string() }).nullish().catch(null),
})
type Row = z.output<typeof row>

const rowsMax = 100
/** Pages of one search; more issues than these are looked at one by one. */
const pagesMax = 10

/** A word of its own in the text: nobody reads it, and it is found again. */
const markerLine = (marker: string): string => `<!-- cordon-task: ${marker} -->`

export function call(
  { config, http, signal }: Context,
  path: string,
  body?: Json,
  method: HttpRequest['method'] = 'GET',
) {
  const { apiUrl, owner, repository } = config
  return http.request(new URL(`/repos/${owner}/${repository}${path}`, apiUrl), {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

export async function open(context: Context, { marker, title, lines }: TrackedTask): Promise<TrackedIssue> {
  const body = [...lines, markerLine(marker)].join('\n\n')
  const answer = await call(context, '/issues', { title, body, labels: [context.config.label] }, 'POST')
  return issueOf(readAnswer(row, answer, 'an issue'))
}

/** Lists of a repository's issues are what its database holds; its search is an index that is late. */
export async function find(context: Context, marker: string, sinceMs: number): Promise<TrackedIssue | undefined> {
  for await (const rows of pages(context, new Date(sinceMs).toISOString())) {
    const found = rows.find(({ body }) => body?.includes(markerLine(marker)) === true)
    if (found !== undefined) return issueOf(found)
  }
  return undefined
}

/** Who closed one stands in the issue itself, not in lists. */
export async function look(context: Context, keys: readonly string[]): Promise<TrackedIssue[]> {
  const found: TrackedIssue[] = []
  for (const key of keys) {
    const answer = await call(context, `/issues/${key}`)
    // Deleted, or moved to a repository that this token does not read: nobody has closed it.
    if (isGone(answer)) continue
    found.push(issueOf(readAnswer(row, answer, 'an issue')))
  }
  return found
}

export async function close(context: Context, key: string): Promise<void> {
  const answer = await call(context, `/issues/${key}`, { state: 'closed', state_reason: 'completed' }, 'PATCH')
  if (!isGone(answer)) refuseUnlessOk(answer, 'an issue')
}

const isGone = ({ status }: HttpResponse): boolean => status === 404 || status === 410 || status === 301

async function* pages(context: Context, since: string): AsyncGenerator<Row[]> {
  const { label } = context.config
  let path = `/issues?labels=${label}&state=all&sort=created&direction=desc&since=${since}&per_page=${rowsMax}`
  for (let page = 0; page < pagesMax; page++) {
    const answer = await call(context, path)
    yield readAnswer(z.array(row), answer, 'the list of issues')
    const next = nextLink(answer)
    if (next === null) return
    path = `/issues${new URL(next).search}`
  }
}

function issueOf({ number, html_url: url, state, closed_by: by }: Row): TrackedIssue {
  const closed = { by: by?.login ?? null }
  return { key: String(number), url, closed: state === 'closed' ? closed : null }
}
