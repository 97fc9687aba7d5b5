// What the packs are about, laid into the month: of each rule of level high or critical whose source is connected the case that
// its pack says it finds, on days and hours of its own, so that tuning for quiet is seen to blind nobody.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { isObject, type Json, type JsonObject } from '#kit'
import { evaluate, type SigmaEvent, type SigmaRules } from '#detect/sigma'

import type { Vendor } from '../../lab/estate/company/model.ts'
import { drawOf } from '../../lab/estate/draw.ts'
import { readCases, type Case } from '../../src/app/offline/rule/cases.ts'
import { loadPacks } from '../../test/packs/load.ts'
import { dayMs, hourMs, minuteMs, someone, type Month, type Record } from './calendar.ts'

export const storyOf = (rule: string): string => `attack: ${rule}`
export type Attacks = { rules: string[]; records: Record[] }

/** Log sources of rules, and the stream that brings such records. */
const streams: { [product: string]: { [service: string]: readonly [vendor: Vendor, stream: string] } } = {
  okta: { okta: ['okta', 'log'] },
  aws: { cloudtrail: ['aws', 'lookup'] },
  github: { audit: ['github', 'audit'] },
  slack: { audit: ['slack', 'audit'] },
  kubernetes: { audit: ['kubernetes', 'log'] },
  azure: { signinlogs: ['entra', 'sign-ins'], auditlogs: ['entra', 'audit'] },
  openai: { audit: ['openai', 'audit'] },
  anthropic: { activity: ['anthropic', 'activity'] },
  litellm: { requests: ['litellm', 'requests'], audit: ['litellm', 'audit'] },
  gcp: {
    'google_workspace.admin': ['google', 'log-admin'],
    'google_workspace.login': ['google', 'log-login'],
    'google_workspace.drive': ['google', 'log-drive'],
    'google_workspace.token': ['google', 'log-token'],
  },
}

/** Rules that a case's events rest on: the rule itself, or those that its correlation joins. */
function basesOf(
  name: string,
  { rules, correlations }: Pick<SigmaRules, 'rules' | 'correlations'>,
): SigmaRules['rules'] {
  const own = rules.filter((rule) => rule.name === name)
  const joined = correlations.find((one) => one.name === name)?.rules ?? []
  const named = (id: string): SigmaRules['rules'] => {
    const rule = rules.filter((one) => one.id === id)
    const chained = correlations.find((one) => one.id === id)
    return rule.length > 0 ? rule : (chained?.rules.flatMap(named) ?? [])
  }
  return [...own, ...joined.flatMap(named)]
}

export function attacksIn(month: Month): Attacks {
  const loaded = loadPacks()
  const loud = new Set(
    [...loaded.rules, ...loaded.correlations].flatMap(({ name, level, alerts }) =>
      alerts && name !== null && (level === 'high' || level === 'critical') ? [name] : [],
    ),
  )
  const out: Attacks = { rules: [], records: [] }
  for (const pack of readdirSync('packs')) {
    const folder = join('packs', pack, 'rules')
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.test.yml'))) {
      const found = readCases(join(folder, file)).find(({ rule, expect }) => loud.has(rule) && expect > 0)
      const records = found === undefined ? [] : plant(month, found, basesOf(found.rule, loaded))
      if (found === undefined || records.length === 0) continue
      out.rules.push(found.rule)
      out.records.push(...records)
    }
  }
  return out
}

function plant(month: Month, { rule, events, everyMs }: Case, bases: SigmaRules['rules']): Record[] {
  const { seed, measuredMs, endMs } = month
  const draw = drawOf(seed, `attack/${rule}`)
  const victim = someone(month.staff, draw, measuredMs)
  const days = Math.floor((endMs - measuredMs) / dayMs)
  const startMs = measuredMs + (1 + draw.int(days - 2)) * dayMs + draw.int(24) * hourMs
  return events.flatMap((event, n): Record[] => {
    const base = bases.find((one) => evaluate(one, event)) ?? bases[0]
    const { product, service } = base?.logsource ?? {}
    const stream = streams[product ?? '']?.[service ?? '']
    if (stream === undefined) return []
    const atMs = startMs + n * (everyMs ?? minuteMs)
    const raw = timed(event, stream[0], atMs, `${rule} ${n}`, month.idOf(stream[0], victim))
    return [{ vendor: stream[0], stream: stream[1], atMs, raw, story: storyOf(rule) }]
  })
}

/** The case as the vendor's log would have it then: its times, and the ids that every record has. */
function timed(event: SigmaEvent, vendor: Vendor, atMs: number, id: string, victim: string): JsonObject {
  const text = new Date(atMs).toISOString()
  const own: { [Name in Vendor]?: JsonObject } = {
    okta: { uuid: id, published: text },
    aws: { eventID: id, eventTime: `${text.slice(0, 19)}Z` },
    github: { _document_id: id, '@timestamp': atMs, created_at: atMs },
    slack: { id, date_create: Math.floor(atMs / 1000) },
    kubernetes: {
      kind: 'Event',
      auditID: id,
      stage: 'ResponseComplete',
      requestReceivedTimestamp: text,
      stageTimestamp: text,
    },
    entra: { id, activityDateTime: text, createdDateTime: text },
    openai: { id, effective_at: Math.floor(atMs / 1000) },
    anthropic: { id, created_at: text },
    litellm: { id, startedAt: text, endedAt: text, updated_at: text },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read from YAML: nothing but JSON
  const raw = withActor({ ...(event as { [key: string]: Json }), ...own[vendor] }, vendor, victim)
  if (vendor !== 'google') return raw
  return {
    ...raw,
    id: { ...(isObject(raw['id']) ? raw['id'] : {}), time: text, uniqueQualifier: id, customerId: 'C1' },
  }
}

/** Ids that a pack's fragment shortens or leaves out, as the vendor writes them: of somebody who works here. */
function withActor(raw: JsonObject, vendor: Vendor, victim: string): JsonObject {
  const who = raw['userIdentity']
  if (vendor === 'aws' && isObject(who) && !('principalId' in who) && who['type'] === 'IAMUser')
    return { ...raw, userIdentity: { ...who, principalId: 'AIDAEXAMPLE000000012' } }
  const actor = raw['actor']
  if (!isObject(actor) || victim === '') return raw
  if (vendor === 'okta' && actor['type'] === 'User') return { ...raw, actor: { ...actor, id: victim } }
  return vendor === 'google' ? { ...raw, actor: { ...actor, profileId: victim } } : raw
}
