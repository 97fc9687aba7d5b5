// The reference estate's logs as a running Cordon would project them, day by day: the year of use of the vendors' twins
// through the connectors' own functions, and a data platform on which people and jobs read interviews.
import { assert, ManualClock, type Json } from '#kit'
import { entityId, nothingNormalized, type EntityId, type Normalized, type Trust } from '#model'
import type { BehaviourEvent } from '#detect/behaviour'

import type { Company, Person, Vendor } from '../../lab/estate/company/model.ts'
import { drawOf, type Draw } from '../../lab/estate/draw.ts'
import { startEstate } from '../../lab/estate/estate.ts'
import { makePast, type Actor } from '../../lab/estate/use/past.ts'
import { addressOf, personActors } from '../../lab/estate/use/people.ts'
import type { Past } from '../../lab/twins/kit/past.ts'
import { keys, registered, roles } from '../../test/conformance/estate/source.ts'
import { dayMs, hourMs, lifeOf } from './noise.ts'

export type Happening = { realm: string; stream: string; event: BehaviourEvent }
export const trust: Trust = { origin: 'vendor', sources: ['bench'], confinedTo: null }

const logs: Partial<Record<Vendor, readonly string[]>> = {
  okta: ['log'],
  google: ['log-login', 'log-drive', 'log-token', 'log-admin'],
  github: ['log'],
  slack: ['audit'],
  aws: ['lookup'],
}
export const platform = 'platform.brightwater.example'
export const jobsOf = (seed: number): Job[] =>
  Array.from({ length: 24 }, (_, n) => {
    const draw = drawOf(seed, `job/${n}`)
    const isDaily = n % 2 === 0
    const office = draw.int(3)
    return {
      n,
      key: entityId('credential', platform, `key/job-${n}`),
      identity: entityId('identity', platform, `service/job-${n}`),
      rhythm: isDaily ? 'day' : 'machine',
      address: `192.0.2.${10 + n}`,
      dataset: draw.int(20),
      people: 4 + draw.int(30),
      tools: ['interviews.get', 'interviews.list', ...(office === 0 ? ['ratings.put'] : [])],
    }
  })
export type Job = {
  n: number
  key: EntityId
  identity: EntityId
  rhythm: 'day' | 'machine'
  address: string
  dataset: number
  people: number
  tools: string[]
}
export const datasetOf = (n: number): EntityId => entityId('resource', platform, `interviews/${n}`)
const datasetPeople = 3_000

export type Read = {
  identity: EntityId
  credential: EntityId | null
  dataset: number
  records: number
  origin: string
  tool: string
  agent: string
}
/** A read on the data platform, as its connector would tell it. */
export function readEvent(id: string, atMs: number, offset: number, read: Read): Happening {
  const out = nothingNormalized()
  out.touches.push({
    identity: read.identity,
    credential: read.credential,
    resource: datasetOf(read.dataset),
    verb: 'read',
    atMs,
    records: read.records,
    origin: read.origin,
  })
  const ocsf = { api: { operation: read.tool }, http_request: { user_agent: read.agent } }
  return wrap(platform, 'log', { ...out, ocsf: [ocsf as unknown as Normalized['ocsf'][number]] }, id, atMs, offset)
}

export const wrap = (
  realm: string,
  stream: string,
  out: Normalized,
  id: string,
  atMs: number,
  offset: number,
): Happening => ({
  realm,
  stream: `${realm}/${stream}`,
  event: { ...out, event: `evt_${id}`, offset, eventAtMs: atMs, arrivedAtMs: atMs + 1_000, trust },
})

type Worker = Actor & ({ person: Person } | { job: Job })

export async function openCompany(options: {
  seed: number
  size: 'mini' | 'tiny' | 'small' | 'full'
  density: number
  nowMs: number
  /** Days before it are not made. */
  fromMs: number
}) {
  const { seed, size, density, nowMs, fromMs } = options
  const vendors = Object.keys(logs) as Vendor[]
  const clock = new ManualClock(nowMs)
  const estate = await startEstate({ seed, size, clock, nowMs, roles, keys, density, only: vendors })
  const { company } = estate
  const jobs = jobsOf(seed)
  const streams = vendors.flatMap((vendor) =>
    (logs[vendor] ?? []).map((stream) => {
      const started = estate.started.get(vendor)
      const past = started?.pasts[stream]
      assert(started !== undefined && past !== undefined, `${vendor} has a past of ${stream}`)
      const { connector, config } = started.fill.source
      const account = config['account']
      const authority = typeof account === 'string' ? account : `${vendor}.brightwater.example`
      return { vendor, stream, past, authority, normalize: registered(connector).connector.normalize }
    }),
  )
  const work = workPast(company, jobs, seed, density, nowMs)
  let offset = 0
  const stated = new Set<EntityId>()

  /** All of one day, and what of the day before was late. */
  let carried: Happening[] = []
  function day(startMs: number): Happening[] {
    const made: Happening[] = carried
    carried = []
    for (let ms = startMs; ms < startMs + dayMs; ms += hourMs) {
      for (const { vendor, stream, past, authority, normalize } of streams) {
        for (const [at, { atMs, row }] of rowsAt(past, ms).entries()) {
          const id = `${vendor}/${stream}/${ms}/${at}`
          const input = {
            stream,
            raw: row as Json,
            eventAtMs: atMs,
            arrivedAtMs: atMs + 1_000,
            source: vendor,
            authority,
          }
          made.push(wrap(authority, stream, normalize(input), id, atMs, ++offset))
        }
      }
      for (const [at, { atMs, row }] of rowsAt(work, ms).entries())
        made.push(readEvent(`work/${ms}/${at}`, atMs, ++offset, row as Read))
    }
    const lived = made.map((one) => live(seed, one))
    const today: Happening[] = []
    for (const one of lived) ((one.event.eventAtMs ?? 0) < startMs + dayMs ? today : carried).push(one)
    for (const one of today) stateMachines(one, stated)
    return today.sort((a, b) => (a.event.eventAtMs ?? 0) - (b.event.eventAtMs ?? 0))
  }
  const realms = [...new Set([platform, ...streams.map(({ authority }) => authority)])]
  return {
    company,
    jobs,
    fromMs,
    streams: [
      { name: `${platform}/log`, realm: platform, latenessMs: 60_000 },
      ...streams.map(({ stream, authority }) => ({
        name: `${authority}/${stream}`,
        realm: authority,
        latenessMs: 60_000,
      })),
    ],
    realms,
    day,
    nextOffset: () => ++offset,
    /** What inventories state before anything happens: data sets and whose data they hold. */
    inventory: (): Happening[] => [holdings(fromMs, ++offset)],
    close: () => estate.close(),
  }
}

const rowsAt = (past: Past<unknown>, ms: number) => {
  const span = Math.floor((ms - past.fromMs) / past.spanMs)
  return span < 0 || span >= past.spans ? [] : past.rowsOf(span)
}

function holdings(atMs: number, offset: number): Happening {
  const people = Array.from({ length: 20 }, (_, n) => ({
    resource: datasetOf(n),
    complete: true,
    persons: Array.from({ length: datasetPeople }, (_, p) => ({
      person: entityId('person', platform, `p${n}-${p}`),
      customer: null,
    })),
  }))
  return wrap(platform, 'log', { ...nothingNormalized(), people }, 'holdings', atMs, offset)
}

/** Interviews that people rate and jobs move; each stays with the data set of their project. */
function workPast(company: Company, jobs: readonly Job[], seed: number, density: number, nowMs: number): Past<Read> {
  const people: Worker[] = personActors(company, ({ kind }) => kind === 'contractor', 1).flatMap((actor) => {
    const person = company.people[actor.person]
    return person === undefined ? [] : [{ ...actor, person }]
  })
  const machines: Worker[] = jobs.map((job) => ({
    job,
    startMs: company.yearMs,
    endMs: null,
    offsetHours: 1,
    rhythm: job.rhythm,
    // Jobs are few, and do as much as they do however little of the rest is made.
    perHour: 2 / density,
  }))
  const readBy = (worker: Worker, draw: Draw): Read => {
    if ('job' in worker) {
      const { key, identity, dataset, people: usual, address, tools } = worker.job
      const records = 1 + draw.int(2 * usual)
      return { identity, credential: key, dataset, records, origin: address, tool: draw.pick(tools), agent: 'job/2' }
    }
    const { n, group } = worker.person
    // Now and then somebody helps out on another project.
    const dataset = draw.chance(0.01) ? draw.int(20) : group % 20
    return {
      identity: entityId('identity', platform, `user/${n}`),
      credential: null,
      dataset,
      records: 1 + draw.int(4),
      origin: addressOf(n),
      tool: draw.pick(['interviews.get', 'interviews.get', 'interviews.rate', 'interviews.list']),
      agent: 'Mozilla/5.0 (X11) Browser/148.0',
    }
  }
  return makePast<Worker, Read>({
    seed,
    place: 'platform',
    fromMs: company.yearMs,
    untilMs: nowMs,
    density,
    actors: [...people, ...machines],
    act: (worker, _, draw) => readBy(worker, draw),
    fixed: [],
  })
}

/** Ordinary life laid over what the logs tell. */
function live(seed: number, one: Happening): Happening {
  const { event } = one
  const [touch] = event.touches
  const actor = touch?.identity ?? touch?.credential
  if (touch === undefined || actor === null || actor === undefined) return one
  const person = /^identity:[^:]+:(?:user\/)?(.+)$/.exec(actor)?.[1] ?? actor
  const isMachine = actor.includes(':service/') || touch.credential?.includes(':AKIA') === true
  const life = lifeOf(seed, person, isMachine, Math.floor(touch.atMs / dayMs))
  if (life.trip === null && life.agent === null && life.shiftHours === 0 && life.records === 1) return one
  const shiftMs = life.shiftHours * hourMs
  const touches = event.touches.map((each) => ({
    ...each,
    atMs: each.atMs + shiftMs,
    origin: life.trip?.network ?? each.origin,
    records: each.records === null ? null : Math.round(each.records * life.records),
  }))
  const ocsf = event.ocsf.map((each) => ({
    ...each,
    ...(life.agent === null ? {} : { http_request: { user_agent: life.agent } }),
    ...(life.trip === null
      ? {}
      : {
          src_endpoint: {
            ip: life.trip.network,
            ...(life.trip.country === '' ? {} : { location: { country: life.trip.country } }),
          },
        }),
  }))
  const eventAtMs = (event.eventAtMs ?? touch.atMs) + shiftMs
  return { ...one, event: { ...event, touches, ocsf, eventAtMs, arrivedAtMs: eventAtMs + 1_000 } }
}

/** What an inventory would have said of a key and whose it is, at its first use. */
function stateMachines({ realm, event }: Happening, stated: Set<EntityId>): void {
  for (const { identity, credential } of event.touches) {
    const isKey = credential !== null && /:(AKIA|key\/|token|pat)/.test(credential)
    if (isKey && !stated.has(credential)) {
      stated.add(credential)
      event.facts.push({ entity: credential, observedAtMs: event.eventAtMs ?? 0, attributes: { kind: 'key' } })
    }
    const isProgram = identity !== null && (identity.includes(':service/') || /^\d+$/.test(realm))
    if (isProgram && !stated.has(identity)) {
      stated.add(identity)
      event.facts.push({ entity: identity, observedAtMs: event.eventAtMs ?? 0, attributes: { kind: 'service' } })
    }
  }
}
