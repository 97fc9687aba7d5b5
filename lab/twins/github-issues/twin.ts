import { readFileSync } from 'node:fs'

import { assert, isObject, parseJson, type JsonObject } from 'cordon/kit'

import { createCompleter } from '../github/complete.ts'
import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'

const slice = parseJson(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))
assert(isObject(slice) && isObject(slice['schemas']), 'a slice of a description')
const description = readDescription(JSON.stringify(slice))
const complete = createCompleter(slice['schemas'])

export type TwinIssue = {
  number: number
  title: string
  body: string
  labels: string[]
  atMs: number
  closed: { by: string; atMs: number } | null
  isDeleted: boolean
}
export type IssuesTwin = Twin & {
  issues: TwinIssue[]
  token: string
  repository: { isPrivate: boolean; hasIssues: boolean }
  closeAs(login: string, issue: number): void
}

const no = (status: number, message: string): TwinReply => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest' },
})
const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

export async function startIssuesTwin({ clock }: { clock: { nowMs(): number } }): Promise<IssuesTwin> {
  const issues: TwinIssue[] = []
  const token = 'EXAMPLE-github-issues'
  const repository = { isPrivate: true, hasIssues: true }
  const userOf = (login: string): JsonObject => ({ login })
  const rowOf = (one: TwinIssue, base: string, isWhole: boolean): JsonObject => ({
    id: one.number,
    number: one.number,
    title: one.title,
    body: one.body,
    state: one.closed === null ? 'open' : 'closed',
    labels: one.labels.map((name) => ({ name })),
    html_url: `${base}/brightwater/containment/issues/${one.number}`,
    created_at: timeOf(one.atMs),
    updated_at: timeOf(one.closed?.atMs ?? one.atMs),
    closed_at: one.closed === null ? null : timeOf(one.closed.atMs),
    // Lists leave out who closed one.
    ...(isWhole ? { closed_by: one.closed === null ? null : userOf(one.closed.by) } : {}),
    user: userOf('cordon-bot'),
  })
  const named = (call: TwinCall): TwinIssue | undefined =>
    issues.find(({ number }) => number === Number(call.params['issue_number']))
  const handlers: Readonly<Record<string, (call: TwinCall) => TwinReply>> = {
    'repos/get': () => ({
      status: 200,
      body: {
        full_name: 'brightwater/containment',
        private: repository.isPrivate,
        has_issues: repository.hasIssues,
      },
    }),
    'issues/create'(call) {
      const { title, body, labels } = isObject(call.body) ? call.body : {}
      const one: TwinIssue = {
        number: issues.length + 1,
        title: typeof title === 'string' ? title : '',
        body: typeof body === 'string' ? body : '',
        labels: Array.isArray(labels) ? labels.map(String) : [],
        atMs: clock.nowMs(),
        closed: null,
        isDeleted: false,
      }
      issues.push(one)
      return { status: 201, body: rowOf(one, call.url.origin, true) }
    },
    'issues/get'(call) {
      const one = named(call)
      if (one === undefined) return no(404, 'Not Found')
      if (one.isDeleted) return no(410, 'This issue was deleted')
      return { status: 200, body: rowOf(one, call.url.origin, true) }
    },
    'issues/list-for-repo'(call) {
      const { query } = call
      const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)]
      const sinceMs = Date.parse(query.get('since') ?? '1970-01-01T00:00:00Z')
      const all = issues
        .filter(({ isDeleted, labels }) => !isDeleted && labels.includes(query.get('labels') ?? labels[0] ?? ''))
        .filter(({ atMs, closed }) => (closed?.atMs ?? atMs) >= sinceMs)
        .toReversed()
      const next = new URL(call.url)
      next.searchParams.set('page', String(page + 1))
      const isMore = all.length > page * size
      return {
        status: 200,
        headers: isMore ? { link: `<${next.href}>; rel="next"` } : {},
        body: all.slice((page - 1) * size, page * size).map((one) => rowOf(one, call.url.origin, false)),
      }
    },
    'issues/update'(call) {
      const one = named(call)
      if (one === undefined) return no(404, 'Not Found')
      if (one.isDeleted) return no(410, 'This issue was deleted')
      const state = isObject(call.body) ? call.body['state'] : undefined
      if (state === 'closed' && one.closed === null) one.closed = { by: 'cordon-bot', atMs: clock.nowMs() }
      return { status: 200, body: rowOf(one, call.url.origin, true) }
    },
  }
  const twin = await startTwin({
    description,
    beside: {},
    refuse: (why) => (why === 'route' ? no(404, 'Not Found') : no(422, 'Validation Failed')),
    answer(call) {
      if (call.headers.authorization !== `Bearer ${token}`) return no(401, 'Bad credentials')
      if (call.params['owner'] !== 'brightwater' || call.params['repo'] !== 'containment') return no(404, 'Not Found')
      const given = handlers[call.id]?.(call) ?? no(404, 'Not Found')
      const schema = call.operation?.responses[String(given.status)]
      if (given.status >= 400 || given.body === undefined || schema === undefined || schema === null) return given
      return { ...given, body: complete(schema, given.body) }
    },
  })
  return Object.assign(twin, {
    issues,
    token,
    repository,
    closeAs(login: string, number: number) {
      const one = issues.find((issue) => issue.number === number)
      if (one !== undefined) one.closed = { by: login, atMs: clock.nowMs() }
    },
  })
}
