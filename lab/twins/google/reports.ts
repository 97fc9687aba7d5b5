import type { admin_reports_v1 as Google } from '@googleapis/admin'

import { withPast } from '../kit/past.ts'
import { invalid, readToken, writeToken, type Answer } from './answer.ts'
import type { Call } from './directory.ts'
import type { Activity, World } from './world.ts'

const applications = [
  'admin',
  'login',
  'token',
  'drive',
  'gmail',
  'user_accounts',
  'saml',
  'groups',
  'groups_enterprise',
  'rules',
  'mobile',
]
const mailSpanMs = 30 * 24 * 3_600_000
/** Names Google took out in 2026: asking for one is a bad request, as for any it never had. */
const retired = new Set(['ADD_TO_BLOCKED_OAUTH2_APPS', 'REMOVE_FROM_BLOCKED_OAUTH2_APPS', 'ADD_TO_TRUSTED_OAUTH2_APPS'])

/** Activities, newest first, and only those whose lag is over. */
export function createReports(world: World): Record<string, (call: Call) => Answer> {
  return {
    'activities.list': ({ parameters, query }) => {
      const application = parameters['applicationName'] ?? ''
      if (!applications.includes(application)) return invalid('applicationName')
      const [name, filters] = [query.get('eventName'), query.get('filters')]
      if (name !== null && retired.has(name)) return invalid('eventName')
      const from = timeOf(query.get('startTime'), 0)
      const to = timeOf(query.get('endTime'), Number.MAX_SAFE_INTEGER)
      if (Number.isNaN(from) || Number.isNaN(to)) return invalid('time')
      // Of Gmail alone both ends have to be asked for.
      if (application === 'gmail' && !(to - from >= 0 && to - from <= mailSpanMs)) return invalid('endTime')
      const [, parameter, operator, value] = /^([\w.]+)(==|>=)(.+)$/.exec(filters ?? '') ?? []
      if (filters !== null && value === undefined) return invalid('filters')
      const fits = (said: string): boolean => (operator === '==' ? said === value : Number(said) >= Number(value))
      const isWanted = (row: Activity): boolean =>
        (name === null || row.events?.some((event) => event.name === name) === true) &&
        (parameter === undefined || has(row, parameter, fits))
      const found = world.log
        .filter(
          (one) =>
            one.application === application &&
            one.visibleAtMs <= world.clock.nowMs() &&
            one.atMs >= from &&
            one.atMs <= to &&
            isWanted(one.row),
        )
        .toSorted(
          (a, b) => b.atMs - a.atMs || ((a.row.id?.uniqueQualifier ?? '' < (b.row.id?.uniqueQualifier ?? '')) ? -1 : 1),
        )
      const cursor = readToken(query)
      if (cursor === undefined) return invalid('pageToken')
      const max = Math.min(Number(query.get('maxResults') ?? 1000), 1000)
      const toMs = Math.min(to, world.clock.nowMs())
      const ask = { order: 'desc', cursor, fromMs: from, toMs, max, keep: isWanted } as const
      const { rows: items, next } = withPast(world.pastOf(application), ask, (after, size) => {
        const start = Number(after ?? 0)
        const isMore = start + size < found.length
        return {
          rows: found.slice(start, start + size).map(({ row }) => row),
          next: isMore ? String(start + size) : null,
        }
      })
      const body: Google.Schema$Activities = {
        kind: 'admin#reports#activities',
        etag: '"twin"',
        ...(items.length === 0 ? {} : { items }),
        ...(next === null ? {} : { nextPageToken: writeToken(query, next) }),
      }
      return { status: 200, body }
    },
  }
}

const timeOf = (text: string | null, usual: number): number => (text === null ? usual : Date.parse(text))
type Held = {
  name?: string | null
  value?: string | null
  intValue?: string | null
  messageValue?: { parameter?: Held[] }
}
/** A parameter inside another is asked for by its full name: `event_info.mail_event_type`. */
const has = (row: Activity, name: string, fits: (said: string) => boolean): boolean =>
  row.events?.some(({ parameters = [] }) => valuesOf(parameters, name).some(fits)) === true
const valuesOf = (parameters: readonly Held[], name: string): string[] =>
  parameters.flatMap(({ name: own, value, intValue, messageValue }) => {
    if (own === name) return [value ?? intValue ?? []].flat()
    const inside = messageValue?.parameter ?? []
    return name.startsWith(`${own}.`) ? valuesOf(inside, name.slice((own ?? '').length + 1)) : []
  })
