import type { IncomingMessage } from 'node:http'

import { isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import { readText, reply, serve, type Served } from '../../src/http.ts'

type Category = 'new' | 'indeterminate' | 'done'
export type JiraIssue = {
  key: string
  summary: string
  text: string
  labels: string[]
  atMs: number
  category: Category
  history: { by: string; atMs: number; field: string }[]
  isDeleted: boolean
}
export type JiraTwin = Served & {
  issues: JiraIssue[]
  email: string
  token: string
  held: Set<string>
  /** Until search finds what was made. */
  settings: { indexDelayMs: number; hasWayToDone: boolean }
  wrongRequests: string[]
  move(issue: string, to: Category, by: string): void
}

const project = 'SEC'
const fieldsKnown = new Set(['project', 'issuetype', 'summary', 'description', 'labels'])
type Answer = { status: number; body?: Json }
const wrong = (message: string): Answer => ({ status: 400, body: { errorMessages: [message], errors: {} } })
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

export async function startJiraTwin({ clock }: { clock: { nowMs(): number } }): Promise<JiraTwin> {
  const issues: JiraIssue[] = []
  const [email, token] = ['cordon@brightwater.example', 'EXAMPLE-jira-token']
  const held = new Set(['BROWSE_PROJECTS', 'CREATE_ISSUES', 'TRANSITION_ISSUES'])
  const settings = { indexDelayMs: 30_000, hasWayToDone: true }
  const wrongRequests: string[] = []
  const alive = (key: string | undefined) => issues.find((one) => one.key === key && !one.isDeleted)
  const rowOf = ({ key, category }: JiraIssue): JsonObject => ({
    id: key,
    key,
    fields: { status: { name: category, statusCategory: { key: category } } },
  })
  const move = (key: string, to: Category, by: string): void => {
    const one = alive(key)
    if (one === undefined) return
    one.category = to
    one.history.push({ by, atMs: clock.nowMs(), field: 'status' })
  }
  const create = (body: Record<string, unknown>): Answer => {
    const fields = objectOf(body['fields'])
    const unknown = Object.keys(fields).find((name) => !fieldsKnown.has(name))
    if (unknown !== undefined) return wrong(`Field '${unknown}' cannot be set`)
    if (objectOf(fields['project'])['key'] !== project) return wrong('valid project is required')
    const { summary, description } = fields
    if (typeof summary !== 'string' || summary.length > 255 || summary.includes('\n')) return wrong('summary')
    if (objectOf(description)['type'] !== 'doc' || objectOf(description)['version'] !== 1) return wrong('not ADF')
    const labels = textsOf(fields['labels'])
    if (labels.some((label) => /\s/.test(label))) return wrong('The label contains spaces')
    const key = `${project}-${issues.length + 1}`
    const text = JSON.stringify(description)
    const history: JiraIssue['history'] = []
    issues.push({ key, summary, text, labels, atMs: clock.nowMs(), category: 'new', history, isDeleted: false })
    return { status: 201, body: { id: key, key, self: key } }
  }
  const search = (body: Record<string, unknown>): Answer => {
    const [, of, label] =
      /^project = "(\w+)" AND labels = "(\w+)" ORDER BY created ASC$/.exec(
        typeof body['jql'] === 'string' ? body['jql'] : '',
      ) ?? []
    if (of !== project || label === undefined) return wrong('the JQL could not be parsed')
    const shown = issues.filter(
      ({ labels, atMs, isDeleted }) =>
        !isDeleted && labels.includes(label) && clock.nowMs() - atMs >= settings.indexDelayMs,
    )
    return { status: 200, body: { issues: shown.map(rowOf), isLast: true } }
  }
  const answer = (request: IncomingMessage, text: string): Answer => {
    const basic = Buffer.from(`${email}:${token}`).toString('base64')
    if (request.headers.authorization !== `Basic ${basic}`) return { status: 401 }
    const url = new URL(request.url ?? '/', 'http://localhost')
    const body = text === '' ? {} : objectOf(parseJson(text))
    const path = url.pathname.replace('/rest/api/3', '')
    const [, key, part] = /^\/issue\/(SEC-\d+)\/(\w+)$/.exec(path) ?? []
    const one = alive(key)
    const isDone = settings.hasWayToDone && one?.category !== 'done'
    switch (`${request.method} ${key === undefined ? path : `/issue/KEY/${part}`}`) {
      case 'GET /mypermissions': {
        if (url.searchParams.get('projectKey') !== project) return { status: 404 }
        const names = (url.searchParams.get('permissions') ?? '').split(',')
        const permissions = Object.fromEntries(
          names.map((name) => [name, { key: name, havePermission: held.has(name) }]),
        )
        return { status: 200, body: { permissions } }
      }
      case 'POST /issue':
        return held.has('CREATE_ISSUES') ? create(body) : wrong('You do not have permission to create issues')
      case 'POST /search/jql':
        return search(body)
      case 'POST /issue/bulkfetch': {
        const keys = textsOf(body['issueIdsOrKeys'])
        if (keys.length === 0 || keys.length > 100) return wrong('1 to 100 issues')
        const found = keys.flatMap((name) => alive(name) ?? [])
        const gone = keys.filter((name) => alive(name) === undefined)
        const issueErrors = gone.map((name) => ({ id: name, errorMessage: 'Issue does not exist' }))
        return { status: 200, body: { issues: found.map(rowOf), issueErrors } }
      }
      case 'GET /issue/KEY/changelog': {
        if (one === undefined) return { status: 404 }
        const from = Number(url.searchParams.get('startAt') ?? 0)
        const size = Math.min(100, Number(url.searchParams.get('maxResults') ?? 100))
        const values = one.history.slice(from, from + size).map(({ by, atMs, field }) => ({
          author: { accountId: by },
          created: new Date(atMs).toISOString().replace('Z', '+0000'),
          items: [{ field }],
        }))
        return { status: 200, body: { startAt: from, total: one.history.length, values } }
      }
      case 'GET /issue/KEY/transitions': {
        if (one === undefined) return { status: 404 }
        const ways = [{ id: '21', to: { statusCategory: { key: 'indeterminate' } } }]
        const done = isDone ? [{ id: '31', to: { statusCategory: { key: 'done' } } }] : []
        return { status: 200, body: { transitions: [...ways, ...done] } }
      }
      case 'POST /issue/KEY/transitions': {
        if (one === undefined || key === undefined) return { status: 404 }
        if (objectOf(body['transition'])['id'] !== '31' || !isDone) return wrong('It is not a valid transition')
        move(key, 'done', 'acc-cordon')
        return { status: 204 }
      }
      default:
        wrongRequests.push(`${request.method} ${path}`)
        return { status: 404 }
    }
  }
  const served = await serve(() => async (request, response) => {
    const given = answer(request, await readText(request))
    if (given.status === 400) wrongRequests.push(`${request.method} ${request.url}: ${JSON.stringify(given.body)}`)
    reply(response, given.status, given.body)
  })
  return Object.assign({ issues, email, token, held, settings, wrongRequests, move }, served)
}
