import { assert } from '#kit'
import type { EntityFact, EntityId, FindingId } from '#model'
import {
  checks,
  look,
  measured,
  PostureError,
  reachOf,
  type Coverage,
  type Memory,
  type Posture,
  type PostureFinding,
} from '#posture'
import { usingView, type EstateView } from '#estate'
import { readWords } from '#identities'
import type { PostureDesk, SourceDesk } from '#api'
import type { ResponseCore } from '#respond'

import type { Registered } from '../connectors.ts'
import type { Registry } from '../registry.ts'
import { createExceptionDesk, type ExceptionParts } from './exception-desk.ts'
import { leftOf } from './identity-look.ts'
import { createFixDesk, type FixParts } from './fix-desk.ts'
import { verbsServing, type Serving } from './verbs-serving.ts'

/** Pages of one list are of one look: whoever asks for the next within this time, sees on from there. */
const lookKeptMs = 60_000

type Stream = Registered['connector']['streams'][number]

/** Of a source, what tells whether its streams were read. */
type Told = Pick<ReturnType<SourceDesk['list']>[number], 'id' | 'connector' | 'authority' | 'state'> & {
  streams: readonly {
    name: string
    lastSuccessAtMs: number | null
    blind?: readonly { says: string; untold: readonly string[] }[]
  }[]
}

export type PostureParts = ExceptionParts & {
  view(): Promise<EstateView>
  sources: { list(): readonly Told[] }
  responder: FixParts['responder'] & Pick<ResponseCore, 'protectedEntities'>
  registry: Pick<Registry, 'find'>
  /** From when on a stream of a source that tells events is read (ms UTC). */
  readSince(source: string, stream: Stream): number
}

/** The look of this moment as a whole, for what else rests on it. */
export type PostureNow = {
  now(): Promise<Pick<Posture, 'checks' | 'findings'> & { excepted: { has(finding: FindingId): boolean } }>
}

/** What is weak, as the checks find it in the estate, and what they cannot say for want of a source. */
export function createPostureDesk(parts: PostureParts): PostureDesk & PostureNow {
  const { tenant, clock, sources, registry } = parts
  const exceptions = createExceptionDesk(parts)
  const { fix } = createFixDesk({
    ...parts,
    find: async (id) => (await findOne(id)).found,
    async ofKind(kind) {
      refuseUnknownKind(kind)
      return (await current(true)).findings.filter((one) => one.kind === kind)
    },
    excepted: () => exceptions.inForce(),
    verbsFor,
  })
  const memory: Memory = {}
  let last: { atMs: number; posture: Promise<Posture> } | undefined

  function current(isFresh: boolean): Promise<Posture> {
    const atMs = clock.nowMs()
    if (last !== undefined && !isFresh && atMs - last.atMs < lookKeptMs) return last.posture
    const coverage = coverageOf(sources.list(), parts)
    const named = parts.responder.protectedEntities(tenant).filter(({ why }) => why === 'break-glass')
    const breakGlass = named.map(({ entity }) => entity)
    const posture = usingView(parts.view(), async (view) => {
      const answers = await answersOf(parts, view, atMs)
      return look(tenant, view, { atMs, coverage, checks, breakGlass, memory, answers })
    })
    last = { atMs, posture }
    posture.catch(() => (last = undefined))
    return posture
  }

  return {
    async list({ kind, state, after, max }) {
      if (kind !== undefined) refuseUnknownKind(kind)
      const { asOf, atMs, findings, checks: states } = await current(after === undefined)
      const apart = exceptions.inForce()
      const all = findings
        .filter((one) => kind === undefined || one.kind === kind)
        .map((one) => ({ ...one, exception: apart.get(one.id) ?? null }))
      // By its place among all: between two pages somebody may have excepted the last one of the first.
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      const isListed = ({ exception }: (typeof all)[number]): boolean => state === 'all' || exception === null
      const excepted = all.filter(({ exception }) => exception !== null).length
      const total = state === 'all' ? all.length : all.length - excepted
      const blind = states.flatMap(({ kind: of, state, why }) =>
        state === 'blind' && (kind === undefined || kind === of) ? [{ kind: of, why }] : [],
      )
      const partly = states.flatMap(({ kind: of, state }) =>
        state === 'partly' && (kind === undefined || kind === of) ? [of] : [],
      )
      return { asOf, atMs, total, excepted, findings: all.slice(from).filter(isListed).slice(0, max), blind, partly }
    },
    async show(id) {
      const { asOf, atMs, found } = await findOne(id)
      const exception = exceptions.inForce().get(found.id) ?? null
      return usingView(parts.view(), async (view) => {
        const facts = (await view.facts([found.fix.target])).get(found.fix.target) ?? {}
        const fix = { ...found.fix, verbs: verbsFor(found, facts) }
        return { asOf, atMs, finding: { ...found, exception, fix, reach: await reachOf(view, found.on) } }
      })
    },
    async kinds() {
      const { asOf, atMs, checks: states } = await current(true)
      return {
        asOf,
        atMs,
        how: measured.how,
        kinds: states.map((state) => ({ ...state, measured: figuresOf(state.kind) })),
      }
    },
    fix,
    exceptions: (query) => Promise.resolve(exceptions.page(query)),
    async except(id, body, by) {
      const { found } = await findOne(id)
      await exceptions.add(found, body, by)
      const made = exceptions.inForce().get(found.id)
      assert(made !== undefined, 'what was just excepted is in force')
      return made
    },
    unexcept: (id, by) => exceptions.lift(id, by),
    async now() {
      const { checks: states, findings } = await current(false)
      return { checks: states, findings, excepted: exceptions.inForce() }
    },
  }

  async function findOne(id: string) {
    const { findings, asOf, atMs } = await current(false)
    const found = findings.find((one) => one.id === id)
    if (found !== undefined) return { asOf, atMs, found }
    throw new PostureError('ERR_POSTURE_UNKNOWN', `nothing weak is called \`${id}\``, {
      hint: 'it may have been mended meanwhile: `cordon posture list` shows what there is',
    })
  }

  function verbsFor({ fix }: PostureFinding, attributes: EntityFact['attributes']): Serving[] {
    return fix.kind === 'task' ? [] : verbsServing(sources.list(), registry, fix.target, attributes)
  }
}

/** Who answers for what, by the last word of a person; who left answers for nothing. */
async function answersOf(
  { reader, tenant }: Pick<PostureParts, 'reader' | 'tenant'>,
  view: EstateView,
  atMs: number,
): Promise<Map<EntityId, EntityId>> {
  const said = [...readWords(reader, tenant)].flatMap(([identity, { owner }]) =>
    owner === null || owner.owner === null ? [] : [[identity, owner.owner] as const],
  )
  const left = await leftOf(
    view,
    atMs,
    said.map(([, owner]) => owner),
  )
  return new Map(said.filter(([, owner]) => !left.has(owner)))
}

const figuresOf = (kind: string) => measured.kinds[kind] ?? null

function refuseUnknownKind(kind: string): void {
  if (checks.some((check) => check.kind === kind)) return
  throw new PostureError('ERR_POSTURE_UNKNOWN', `there is no kind \`${kind}\``, {
    place: 'kind',
    hint: `there are ${checks.map((check) => check.kind).join(', ')}`,
  })
}

/** What the sources tell, by their streams; one that never came whole, or may not be read, tells nothing of it. */
function coverageOf(
  sources: readonly Told[],
  { registry, readSince }: Pick<PostureParts, 'registry' | 'readSince'>,
): Coverage {
  return sources.flatMap(({ id, connector, authority, state, streams }) => {
    const declared = registry.find(connector)?.connector.streams ?? []
    return streams.flatMap(({ name, lastSuccessAtMs, blind = [] }) => {
      const stream = declared.find((one) => one.name === name)
      const told = stream?.tells ?? []
      const isRead = state === 'active' && lastSuccessAtMs !== null
      const telling = { source: id, authority: authority ?? '', stream: name, ...logOf(id, stream, readSince) }
      const closed = blind.map(({ says, untold }) => {
        return { ...telling, topics: told.filter((topic) => untold.includes(topic)), isRead: false, lacks: says }
      })
      const topics = told.filter((topic) => !closed.some((one) => one.topics.includes(topic)))
      return [{ ...telling, topics, isRead }, ...closed].filter((one) => one.topics.length > 0)
    })
  })
}

function logOf(
  source: string,
  stream: Stream | undefined,
  readSince: PostureParts['readSince'],
): { log?: NonNullable<Coverage[number]['log']> } {
  if (stream === undefined || !('page' in stream) || stream.kind !== 'feed') return {}
  return { log: { fromMs: readSince(source, stream), keptMs: stream.historyMs ?? null } }
}
