import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import { isObject, parseJson, type Json } from 'cordon/kit'

import { readText, reply, serve, type Served } from '../../src/http.ts'

export type ServicenowIncident = {
  sys_id: string
  number: string
  state: string
  short_description: string
  description: string
  correlation_id: string
  assignment_group: string
  resolved_by: string
  closed_by: string
  isDeleted: boolean
}
export type ServicenowTwin = Served & {
  incidents: ServicenowIncident[]
  user: string
  password: string
  settings: { mayWrite: boolean; closeCodes: Set<string>; refusedFor: number }
  wrongRequests: string[]
  end(number: string, state: '6' | '7' | '8', by: string): void
}

type Answer = { status: number; body?: Json; headers?: Record<string, string> }
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
const hex = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
const failed = (status: number, message: string): Answer => ({
  status,
  body: { error: { message, detail: '' }, status: 'failure' },
})
const lengths: Readonly<Record<string, number>> = {
  short_description: 160,
  description: 4_000,
  correlation_id: 100,
  correlation_display: 100,
  due_date: 19,
  assignment_group: 32,
  state: 40,
  close_code: 40,
  close_notes: 4_000,
}
const shown = ['sys_id', 'number', 'state', 'resolved_by', 'closed_by'] as const
const parameters = new Set([
  'sysparm_query',
  'sysparm_limit',
  'sysparm_fields',
  'sysparm_exclude_reference_link',
  'sysparm_display_value',
])

export async function startServicenowTwin(): Promise<ServicenowTwin> {
  const incidents: ServicenowIncident[] = []
  const [user, password] = ['cordon.tasks', 'EXAMPLE-servicenow-password']
  const settings = { mayWrite: true, closeCodes: new Set(['Solution provided', 'Duplicate']), refusedFor: 0 }
  const wrongRequests: string[] = []
  const self = hex(user)
  const alive = () => incidents.filter(({ isDeleted }) => !isDeleted)

  const rowOf = (one: ServicenowIncident, asked: string | null): Json => {
    const names = (asked ?? shown.join(',')).split(',')
    return Object.fromEntries(shown.filter((name) => names.includes(name)).map((name) => [name, one[name]]))
  }
  const wrongField = (body: Record<string, unknown>): string | undefined =>
    Object.entries(body).find(
      ([name, value]) => typeof value !== 'string' || lengths[name] === undefined || value.length > lengths[name],
    )?.[0]

  /** `undefined`: a query that this twin does not know. */
  function found(query: string | null): ServicenowIncident[] | undefined {
    if (query === null) return alive()
    const [term = '', order] = query.split('^')
    if (order !== undefined && order !== 'ORDERBYsys_created_on') return undefined
    const [, marker] = /^correlation_id=(\w+)$/.exec(term) ?? []
    if (marker !== undefined) return alive().filter(({ correlation_id }) => correlation_id === marker)
    const [, list] = /^numberIN([A-Z\d,]+)$/.exec(term) ?? []
    return list === undefined ? undefined : alive().filter(({ number }) => list.split(',').includes(number))
  }

  function made(body: Record<string, unknown>): ServicenowIncident {
    const serial = incidents.length + 1
    const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '')
    const one = {
      sys_id: hex(`incident ${serial}`),
      number: `INC${String(serial).padStart(7, '0')}`,
      state: '1',
      short_description: text('short_description'),
      description: text('description'),
      correlation_id: text('correlation_id'),
      assignment_group: text('assignment_group'),
      resolved_by: '',
      closed_by: '',
      isDeleted: false,
    }
    incidents.push(one)
    return one
  }

  function changed(one: ServicenowIncident, body: Record<string, unknown>): Answer | undefined {
    if (body['state'] !== '6') return failed(400, 'only a resolution is known here')
    const { close_code: code, close_notes: notes } = body
    // A data policy: who resolves gives both, and the code is one of the list.
    if (typeof code !== 'string' || !settings.closeCodes.has(code) || typeof notes !== 'string' || notes === '')
      return failed(403, 'Operation Failed')
    one.state = '6'
    one.resolved_by = self
    return undefined
  }

  function answer(request: IncomingMessage, text: string): Answer {
    const basic = Buffer.from(`${user}:${password}`).toString('base64')
    if (request.headers.authorization !== `Basic ${basic}`) return failed(401, 'User Not Authenticated')
    if (settings.refusedFor > 0) {
      settings.refusedFor--
      return { status: 429, body: { error: { message: 'Rate limit exceeded' } }, headers: { 'retry-after': '30' } }
    }
    const url = new URL(request.url ?? '/', 'http://localhost')
    const strange = [...url.searchParams.keys()].find((name) => !parameters.has(name))
    const [, id] = /^\/api\/now\/table\/incident(?:\/([0-9a-f]{32}))?$/.exec(url.pathname) ?? ['', null]
    const body = text === '' ? {} : objectOf(parseJson(text))
    const bad = id === null ? url.pathname : (strange ?? wrongField(body))
    if (bad !== undefined) {
      wrongRequests.push(`${request.method} ${request.url}: ${bad}`)
      return failed(400, 'Invalid request')
    }
    const asked = url.searchParams.get('sysparm_fields')
    if (request.method === 'GET') {
      const rows = found(url.searchParams.get('sysparm_query'))
      if (rows === undefined) wrongRequests.push(`GET ${request.url}`)
      const limit = Number(url.searchParams.get('sysparm_limit') ?? 10_000)
      return { status: 200, body: { result: (rows ?? []).slice(0, limit).map((one) => rowOf(one, asked)) } }
    }
    if (!settings.mayWrite) return failed(403, "Operation against file 'incident' was aborted by ACL")
    if (request.method === 'POST') return { status: 201, body: { result: rowOf(made(body), asked) } }
    const one = alive().find(({ sys_id }) => sys_id === id)
    if (one === undefined) return failed(404, 'No Record found')
    return changed(one, body) ?? { status: 200, body: { result: rowOf(one, asked) } }
  }

  const served = await serve(() => async (request, response) => {
    const given = answer(request, await readText(request))
    for (const [name, value] of Object.entries(given.headers ?? {})) response.setHeader(name, value)
    reply(response, given.status, given.body)
  })
  return Object.assign(
    {
      incidents,
      user,
      password,
      settings,
      wrongRequests,
      end(number: string, state: '6' | '7' | '8', by: string): void {
        const one = alive().find((row) => row.number === number)
        if (one === undefined) return
        one.state = state
        if (state === '6') one.resolved_by = by
        else if (state === '7') one.closed_by = by
      },
    },
    served,
  )
}
