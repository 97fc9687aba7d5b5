// The reference estate's month: the year of use of its twins, ordinary life over it, and the work of its administrators.
import { assert, ManualClock, seededRandom, type Json, type JsonObject } from '#kit'

import { storyMs } from '../../lab/estate/company/company.ts'
import type { Company, Person, SizeName, Vendor } from '../../lab/estate/company/model.ts'
import { startEstate } from '../../lab/estate/estate.ts'
import type { SourceSetup } from '../../lab/estate/truth.ts'
import type { Past } from '../../lab/twins/kit/past.ts'
import { keys, openSource, registered, roles } from '../../test/conformance/estate/source.ts'
import { dayMs, endMs, hourMs, type Month, type Record } from './calendar.ts'
import { attacksIn } from './attacks.ts'
import { live } from './life.ts'
import { awsWork } from './work/aws.ts'
import { entraWork } from './work/entra.ts'
import { githubWork } from './work/github.ts'
import { googleWork } from './work/google.ts'
import { kubernetesWork } from './work/kubernetes.ts'
import { modelsWork } from './work/models.ts'
import { oktaWork } from './work/okta.ts'
import { slackWork } from './work/slack.ts'

/** Streams of vendors with a year of use; the others have the month's work alone. */
const used: Partial<{ [Name in Vendor]: readonly string[] }> = {
  okta: ['log'],
  google: ['log-login', 'log-drive', 'log-token', 'log-admin'],
  github: ['log'],
  slack: ['audit'],
  aws: ['lookup'],
}
export const vendors = [
  'okta',
  'google',
  'github',
  'slack',
  'aws',
  'kubernetes',
  'entra',
  'openai',
  'anthropic',
  'litellm',
] as const
export type WorldVendor = (typeof vendors)[number]

/** How late a record arrives: by what its stream says is usual, seldom more. */
export type Arriving = Record & { arrivedAtMs: number }
/** A source of the estate, and whose word it is. */
export type NamedSource = { source: SourceSetup; authority: string }
export type World = Awaited<ReturnType<typeof openWorld>>

export async function openWorld(options: {
  seed: number
  size: SizeName
  density: number
  days: number
  warmDays: number
  /** Attacks are laid into the month. */
  attacked: boolean
}) {
  const { seed, size, density, days, warmDays, attacked } = options
  const clock = new ManualClock(storyMs)
  const estate = await startEstate({ seed, size, clock, nowMs: storyMs, roles, keys, density, only: vendors })
  const { company } = estate
  const natives = new Map(estate.fills.map(({ vendor, natives: of }) => [vendor, of]))
  const measuredMs = endMs - days * dayMs
  const fromMs = measuredMs - warmDays * dayMs
  const month = monthOf(
    company,
    { seed, fromMs, measuredMs, endMs },
    (vendor, { n }) => natives.get(vendor)?.get(n) ?? '',
  )
  const pasts = (Object.keys(used) as WorldVendor[]).flatMap((vendor) =>
    (used[vendor] ?? []).map((stream) => {
      const past = estate.started.get(vendor)?.pasts[stream]
      assert(past !== undefined, `${vendor} has a past of ${stream}`)
      return { vendor, stream, past }
    }),
  )
  const sources: NamedSource[] = []
  for (const { source } of estate.fills)
    sources.push({ source, authority: await openSource(source, clock).authorityOf() })
  const attacks = attacked ? attacksIn(month) : { rules: [], records: [] }
  const work = Map.groupBy([...workOf(month, pasts), ...attacks.records], ({ atMs }) => Math.floor(atMs / dayMs))
  const keep = (record: Record): Record => {
    const stream = registered(record.vendor).connector.streams.find(({ name }) => name === record.stream)
    if (stream?.kind !== 'push' || stream.keep === undefined) return record
    const [kept] = stream.keep(record.raw)
    if (kept === undefined) return record
    const raw = kept.raw as JsonObject
    return { ...record, raw }
  }
  return {
    company,
    month,
    measuredMs,
    fromMs,
    sources,
    attacks: attacks.rules,
    /** All that happened on a day (UTC), in the order of its times. */
    day(startMs: number): Record[] {
      const made: Record[] = []
      for (const { vendor, stream, past } of pasts)
        for (let ms = startMs; ms < startMs + dayMs; ms += hourMs)
          for (const { atMs, row } of rowsAt(past, ms)) {
            const raw = row as JsonObject
            const name =
              stream !== 'log' || vendor !== 'github'
                ? stream
                : text(raw['action']).startsWith('git.')
                  ? 'git'
                  : 'audit'
            made.push({ vendor, stream: name, atMs, raw, story: 'use' })
          }
      made.push(...(work.get(Math.floor(startMs / dayMs)) ?? []).map(keep))
      return made.map((record) => live(seed, record)).sort((a, b) => a.atMs - b.atMs)
    },
    /** In the order in which they arrive. */
    arriving(records: readonly Record[], place: string): Arriving[] {
      const unit = seededRandom(seed * 7_919 + place.length)
      return records
        .map((record) => ({
          ...record,
          arrivedAtMs: Math.round(record.atMs + delayOf(record) * (0.5 + unit()) + 1_000),
        }))
        .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs)
    },
    close: () => estate.close(),
  }
}

/** What a stream says is usual; no more than ten minutes, so that a day stays a day. */
function delayOf({ vendor, stream }: Record): number {
  const of = registered(vendor).connector.streams.find(({ name }) => name === stream)
  return Math.min(600_000, of?.delayMs.typical ?? 0)
}

function monthOf(
  company: Company,
  times: Pick<Month, 'seed' | 'fromMs' | 'measuredMs' | 'endMs'>,
  idOf: Month['idOf'],
): Month {
  const there = company.people.filter(({ endMs: leftMs }) => leftMs === null || leftMs > times.fromMs)
  const staff = there.filter(({ kind }) => kind === 'staff')
  const admin = (kind: Person['admin']): Person[] => staff.filter((person) => person.admin === kind)
  return {
    ...times,
    company,
    idOf,
    staff,
    crew: there.filter(({ kind }) => kind === 'contractor'),
    engineers: staff.filter(({ group }) => company.teams[group]?.engineers === true),
    admins: { helpdesk: admin('helpdesk'), identity: admin('identity'), apps: admin('apps'), owner: admin('owner') },
  }
}

type NamedPast = { vendor: WorldVendor; stream: string; past: Past<unknown> }

function workOf(month: Month, pasts: readonly NamedPast[]): Record[] {
  const sampleOf = (vendor: WorldVendor, stream: string): JsonObject => {
    const past = pasts.find((one) => one.vendor === vendor && one.stream === stream)?.past
    for (let span = (past?.spans ?? 0) - 1; span >= 0; span--) {
      const [first] = past?.rowsOf(span) ?? []
      if (first !== undefined) return first.row as JsonObject
    }
    throw new Error(`${vendor} has no row of ${stream}`)
  }
  const part = (raw: JsonObject, key: string): JsonObject => raw[key] as JsonObject
  const github = sampleOf('github', 'log')
  const slack = sampleOf('slack', 'audit')
  return [
    ...oktaWork(month),
    ...googleWork(month, text(part(sampleOf('google', 'log-login'), 'id')['customerId'])),
    ...githubWork(month, { org: text(github['org']), org_id: Number(github['org_id']) }),
    ...slackWork(month, {
      team: text(part(part(slack, 'actor'), 'user')['team']),
      location: part(part(slack, 'context'), 'location'),
    }),
    ...awsWork(month, text(sampleOf('aws', 'lookup')['recipientAccountId'])),
    ...kubernetesWork(month),
    ...entraWork(month),
    ...modelsWork(month),
  ].filter(({ atMs }) => atMs >= month.fromMs && atMs < month.endMs)
}

const text = (from: Json | undefined): string => (typeof from === 'string' ? from : '')
const rowsAt = (past: Past<unknown>, ms: number) => {
  const span = Math.floor((ms - past.fromMs) / past.spanMs)
  return span < 0 || span >= past.spans ? [] : past.rowsOf(span)
}
