// Thefts laid into the measured month: what a thief does with a key, a token or an account, in four ways. Made before
// anything was tuned.
import { seededInt } from '#kit'
import { entityId, nothingNormalized, type EntityId } from '#model'

import { drawOf, type Draw } from '../../lab/estate/draw.ts'
import { readEvent, wrap, type Happening, type Job } from './company.ts'
import { dayMs, hourMs } from './noise.ts'

export const plantKinds = ['stolen-token', 'slow-drain', 'night-key', 'dormant-admin'] as const
export type PlantKind = (typeof plantKinds)[number]
export type Plant = {
  kind: PlantKind
  /** A finding on one of them, in this time, found it. */
  actors: EntityId[]
  fromMs: number
  toMs: number
  happenings: Happening[]
}

/** Six of each, each of an actor of its own, on days of the month. */
const each = 6
/** How often its days usually bring reads of people: by what the job does. */
const usualADay = ({ people, rhythm }: Job): number => people * 2 * (rhythm === 'day' ? 8 : 24)

export function plantsIn(options: {
  seed: number
  jobs: readonly Job[]
  fromMs: number
  days: number
  nextOffset(): number
}) {
  const { seed, jobs, fromMs, days, nextOffset } = options
  const plants: Plant[] = []
  for (const [at, kind] of plantKinds.entries()) {
    for (let n = 0; n < each; n++) {
      const draw = drawOf(seed, `plant/${kind}/${n}`)
      const startMs = fromMs + (1 + draw.int(days - 14)) * dayMs
      const job = jobs[(n * 4 + at) % jobs.length]
      if (job === undefined) continue
      plants.push(makers[kind]({ kind, job, draw, startMs, nextOffset, id: `${kind}/${n}` }))
    }
  }
  return plants
}

type Making = { kind: PlantKind; job: Job; draw: Draw; startMs: number; nextOffset(): number; id: string }
const strangeNetwork = (draw: Draw): string => `100.64.${draw.int(200)}.${1 + draw.int(200)}`

const makers: Record<PlantKind, (making: Making) => Plant> = {
  /** Fifty times the usual people, in three hours, from a network of the thief's own; by the job's own calls. */
  'stolen-token'({ kind, job, draw, startMs, nextOffset, id }) {
    const origin = strangeNetwork(draw)
    const atMs = startMs + draw.int(24) * hourMs
    const total = usualADay(job) * 50
    const happenings = Array.from({ length: 120 }, (_, n) =>
      readEvent(`${id}/${n}`, atMs + n * 90_000, nextOffset(), {
        identity: job.identity,
        credential: job.key,
        dataset: n % 20,
        records: Math.ceil(total / 120),
        origin,
        tool: 'interviews.get',
        agent: 'job/2',
      }),
    )
    return { kind, actors: [job.key, job.identity], fromMs: atMs, toMs: atMs + dayMs, happenings }
  },
  /** Ten days of two and a half times as many people as usual, from where the job always runs, of other projects' data. */
  'slow-drain'({ kind, job, draw, startMs, nextOffset, id }) {
    const happenings = Array.from({ length: 10 }, (_, day) =>
      Array.from({ length: 30 }, (_, n) =>
        readEvent(
          `${id}/${day}/${n}`,
          startMs + day * dayMs + (9 + (n % 8)) * hourMs + draw.int(hourMs),
          nextOffset(),
          {
            identity: job.identity,
            credential: job.key,
            dataset: (job.dataset + 1 + day) % 20,
            records: Math.ceil((usualADay(job) * 1.5) / 30),
            origin: job.address,
            tool: draw.pick(job.tools),
            agent: 'job/2',
          },
        ),
      ),
    ).flat()
    return { kind, actors: [job.key, job.identity], fromMs: startMs, toMs: startMs + 11 * dayMs, happenings }
  },
  /** At night, from elsewhere, calls that the job never makes; no more data than on any day. */
  'night-key'({ kind, job, draw, startMs, nextOffset, id }) {
    const origin = strangeNetwork(draw)
    const atMs = startMs + (1 + draw.int(3)) * hourMs
    const tools = ['keys.list', 'people.search', 'exports.create', 'interviews.list']
    const happenings = Array.from({ length: 12 }, (_, n) =>
      readEvent(`${id}/${n}`, atMs + n * 120_000, nextOffset(), {
        identity: job.identity,
        credential: job.key,
        dataset: job.dataset,
        records: 1 + draw.int(job.people),
        origin,
        tool: tools[n % tools.length] ?? '',
        agent: 'curl/8.9.1',
      }),
    )
    return { kind, actors: [job.key, job.identity], fromMs: atMs, toMs: atMs + dayMs, happenings }
  },
  /** An administrator of the identity provider, away for months, signs in from elsewhere and makes accounts and keys. */
  'dormant-admin'({ kind, draw, startMs, nextOffset, id }) {
    const realm = 'okta.brightwater.example'
    const identity = entityId('identity', realm, `admin-${id}`)
    const awayMs = (60 + draw.int(200)) * dayMs
    const atMs = startMs + seededInt(draw.unit, 20) * hourMs
    const known = nothingNormalized()
    known.facts.push({
      entity: identity,
      observedAtMs: startMs - dayMs,
      attributes: { lastUsedAtMs: startMs - awayMs },
    })
    const happenings = [wrap(realm, 'log', known, `${id}/known`, startMs - dayMs, nextOffset())]
    for (let n = 0; n < 8; n++) {
      const out = nothingNormalized()
      const at = atMs + n * 60_000
      const app = entityId('resource', realm, n === 0 ? 'app/okta' : 'admin')
      const verb = n === 0 ? ('login' as const) : ('admin' as const)
      out.touches.push({
        identity,
        credential: null,
        resource: app,
        verb,
        atMs: at,
        records: null,
        origin: strangeNetwork(draw),
      })
      if (n > 0) {
        const dst = entityId('credential', realm, `token/${id}/${n}`)
        out.edges.push({ src: identity, type: 'CREATED', dst, confidence: 'observed', op: 'open', atMs: at })
      }
      happenings.push(wrap(realm, 'log', out, `${id}/${n}`, at, nextOffset()))
    }
    return { kind, actors: [identity], fromMs: atMs, toMs: atMs + dayMs, happenings }
  },
}
