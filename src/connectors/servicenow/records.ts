import { z } from 'zod'

import type { HttpRequest, Json } from '#kit'
import { readAnswer, refuseUnlessOk, type PullContext, type TrackedIssue, type TrackedTask } from '#sources/contract'

import type { ServicenowConfig } from './config.ts'

type Context = PullContext<ServicenowConfig>

const row = z.object({
  sys_id: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.string().regex(/^[A-Z]{2,10}\d{3,20}$/),
  state: z.string(),
  resolved_by: z.string().default(''),
  closed_by: z.string().default(''),
})
type Row = z.output<typeof row>

/** Resolved, closed, cancelled: the numbers behind the names, which an instance may change. */
const doneStates: ReadonlySet<string> = new Set(['6', '7', '8'])
const resolved = '6'
/** As the dictionary of `incident` has them. */
const titleLengthMax = 160
const textLengthMax = 4_000
const fields = 'sys_id,number,state,resolved_by,closed_by'

export function call(
  { config, http, signal }: Context,
  { id = '', query = {} }: { id?: string; query?: Record<string, string> } = {},
  body?: Json,
  method: HttpRequest['method'] = 'GET',
) {
  const url = new URL(`/api/now/table/incident${id === '' ? '' : `/${id}`}`, config.instance)
  url.search = new URLSearchParams({
    ...query,
    sysparm_fields: fields,
    // References as the id alone, and choices as their value.
    sysparm_exclude_reference_link: 'true',
    sysparm_display_value: 'false',
  }).toString()
  return http.request(url, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

/** `correlation_id` is there for this: the id that another system knows a record by. */
export async function open(context: Context, { marker, title, lines, dueAtMs }: TrackedTask): Promise<TrackedIssue> {
  const { group } = context.config
  const record = {
    short_description: title.slice(0, titleLengthMax),
    description: lines.join('\n\n').slice(0, textLengthMax),
    correlation_id: marker,
    correlation_display: 'Cordon',
    // Their own form, in UTC.
    due_date: new Date(dueAtMs).toISOString().slice(0, 19).replace('T', ' '),
    ...(group === undefined ? {} : { assignment_group: group }),
  }
  const answer = await call(context, {}, record, 'POST')
  return issueOf(context, readAnswer(z.object({ result: row }), answer, 'an incident').result)
}

/** The table itself, no index: what is committed is found. */
export async function find(context: Context, marker: string): Promise<TrackedIssue | undefined> {
  // The marker is an id of ours: letters, digits and an underscore.
  const [found] = await rowsWhere(context, `correlation_id=${marker}^ORDERBYsys_created_on`, 1)
  return found === undefined ? undefined : issueOf(context, found)
}

export async function look(context: Context, keys: readonly string[]): Promise<TrackedIssue[]> {
  const found = await rowsWhere(context, `numberIN${keys.join(',')}`, keys.length)
  return found.map((one) => issueOf(context, one))
}

export async function close(context: Context, key: string): Promise<void> {
  const [now] = await rowsWhere(context, `numberIN${key}`, 1)
  // Gone, or closed already.
  if (now === undefined || doneStates.has(now.state)) return
  const end = { state: resolved, close_code: context.config.closeCode, close_notes: 'Done in Cordon.' }
  const answer = await call(context, { id: now.sys_id }, end, 'PATCH')
  refuseUnlessOk(answer, 'an incident', 'a rule of the instance may forbid it, or ask for another `closeCode`')
}

async function rowsWhere(context: Context, query: string, limit: number): Promise<Row[]> {
  const answer = await call(context, { query: { sysparm_query: query, sysparm_limit: `${limit}` } })
  return readAnswer(z.object({ result: z.array(row) }), answer, 'incidents').result
}

/** By whom: the `sys_id` of a user, which is no name. A record that was cancelled may have neither. */
const issueOf = ({ config }: Context, { sys_id, number, state, resolved_by, closed_by }: Row): TrackedIssue => ({
  key: number,
  url: new URL(`/nav_to.do?uri=incident.do?sys_id=${sys_id}`, config.instance).href,
  closed: doneStates.has(state) ? { by: [resolved_by, closed_by].find((id) => id !== '') ?? null } : null,
})
