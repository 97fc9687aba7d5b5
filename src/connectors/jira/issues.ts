import { z } from 'zod'

import type { HttpRequest, Json } from '#kit'
import {
  readAnswer,
  refuseUnlessOk,
  VendorError,
  type PullContext,
  type TrackedIssue,
  type TrackedTask,
} from '#sources/contract'

import type { JiraConfig } from './config.ts'

type Context = PullContext<JiraConfig>

const made = z.object({ key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/) })
const row = z.object({
  key: z.string(),
  fields: z.object({ status: z.object({ statusCategory: z.object({ key: z.string() }) }) }),
})
const rows = z.object({ issues: z.array(row) })
const history = z.object({
  values: z.array(
    z.object({
      author: z.object({ accountId: z.string() }).nullish().catch(null),
      items: z.array(z.object({ field: z.string() })),
    }),
  ),
  total: z.int().nonnegative(),
})
const ways = z.object({
  transitions: z.array(z.object({ id: z.string(), to: z.object({ statusCategory: z.object({ key: z.string() }) }) })),
})

const doneCategory = 'done'
const historyRowsMax = 100

export function call(
  { config, http, signal }: Context,
  path: string,
  body?: Json,
  {
    method = body === undefined ? 'GET' : 'POST',
    isRead = method === 'GET',
  }: Pick<HttpRequest, 'method' | 'isRead'> = {},
) {
  return http.request(new URL(`/rest/api/3${path}`, config.site), {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isRead,
    signal,
  })
}

/** Atlassian Document Format: a paragraph a line. */
const documentOf = (lines: readonly string[]): Json => ({
  type: 'doc',
  version: 1,
  content: lines.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
})

export async function open(context: Context, { marker, title, lines }: TrackedTask): Promise<TrackedIssue> {
  const { project, issueType } = context.config
  const fields = {
    project: { key: project },
    issuetype: { name: issueType },
    summary: title,
    description: documentOf(lines),
    labels: ['cordon', marker],
  }
  const { key } = readAnswer(made, await call(context, '/issue', { fields }), 'an issue')
  return { key, url: urlOf(context, key), closed: null }
}

/** By an index that is late by seconds: who asks waits for it (`settleMs`). */
export async function find(context: Context, marker: string): Promise<TrackedIssue | undefined> {
  // The marker is an id of ours: letters, digits and an underscore.
  const jql = `project = "${context.config.project}" AND labels = "${marker}" ORDER BY created ASC`
  const asked = { jql, fields: ['status'], maxResults: 1 }
  const [found] = readAnswer(rows, await call(context, '/search/jql', asked, { isRead: true }), 'issues').issues
  return found === undefined ? undefined : issueOf(context, found)
}

/** The issues themselves, not the index; those that are gone stand in `issueErrors`. */
export async function look(context: Context, keys: readonly string[]): Promise<TrackedIssue[]> {
  const asked = { issueIdsOrKeys: [...keys], fields: ['status'] }
  const answer = readAnswer(rows, await call(context, '/issue/bulkfetch', asked, { isRead: true }), 'issues')
  const found: TrackedIssue[] = []
  for (const one of answer.issues) found.push(await issueOf(context, one))
  return found
}

export async function close(context: Context, key: string): Promise<void> {
  const [now] = await look(context, [key])
  // Gone, or closed already.
  if (now === undefined || now.closed !== null) return
  const { transitions } = readAnswer(ways, await call(context, `/issue/${key}/transitions`), 'transitions of an issue')
  const way = transitions.find(({ to }) => to.statusCategory.key === doneCategory)
  if (way === undefined) {
    throw new VendorError(
      'ERR_VENDOR_REFUSED',
      `no transition leads \`${key}\` from where it stands to a status that is done`,
      {
        hint: 'let the workflow have one for the user of this token, or close the issue by hand',
        retryable: true,
      },
    )
  }
  refuseUnlessOk(await call(context, `/issue/${key}/transitions`, { transition: { id: way.id } }), 'an issue')
}

async function issueOf(context: Context, { key, fields }: z.output<typeof row>): Promise<TrackedIssue> {
  const isClosed = fields.status.statusCategory.key === doneCategory
  return { key, url: urlOf(context, key), closed: isClosed ? await closedBy(context, key) : null }
}

/** Whose change of the status was the last one: their account's id, which is no name. */
async function closedBy(context: Context, key: string): Promise<NonNullable<TrackedIssue['closed']>> {
  const pageAt = async (startAt: number) =>
    readAnswer(
      history,
      await call(context, `/issue/${key}/changelog?startAt=${startAt}&maxResults=${historyRowsMax}`),
      'the history of an issue',
    )
  const first = await pageAt(0)
  // Oldest first: the last change stands on the last page.
  const { values } = first.total > historyRowsMax ? await pageAt(first.total - historyRowsMax) : first
  const last = values.findLast(({ items }) => items.some(({ field }) => field === 'status'))
  return { by: last?.author?.accountId ?? null }
}

const urlOf = ({ config }: Context, key: string): string => new URL(`/browse/${key}`, config.site).href
