import { CordonError, type Clock } from '#kit'
import { authorityOf, kindOf, type EntityFact, type TenantId } from '#model'
import { checks, look, measured, reachOf, type Coverage, type Posture, type PostureFinding } from '#posture'
import { usingView, type EstateView } from '#estate'
import type { PostureDesk, SourceDesk } from '#api'
import type { ResponseOf } from '#api/contract'

import type { Registry } from '../registry.ts'

type ShownFix = ResponseOf<'posture.show'>['finding']['fix']

/** Pages of one list are of one look: whoever asks for the next within this time, sees on from there. */
const lookKeptMs = 60_000

/** Of a source, what tells whether its streams were read. */
type Told = Pick<ReturnType<SourceDesk['list']>[number], 'id' | 'connector' | 'authority' | 'state'> & {
  streams: readonly { name: string; lastSuccessAtMs: number | null }[]
}

export type PostureParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  sources: { list(): readonly Told[] }
  registry: Pick<Registry, 'find'>
}

/** What is weak, as the checks find it in the estate, and what they cannot say for want of a source. */
export function createPostureDesk(parts: PostureParts): PostureDesk {
  const { tenant, clock, sources, registry } = parts
  let last: { atMs: number; posture: Promise<Posture> } | undefined

  function current(isFresh: boolean): Promise<Posture> {
    const atMs = clock.nowMs()
    if (last !== undefined && !isFresh && atMs - last.atMs < lookKeptMs) return last.posture
    const coverage = coverageOf(sources.list(), registry)
    const posture = usingView(parts.view(), (view) => look(tenant, view, { atMs, coverage, checks }))
    last = { atMs, posture }
    posture.catch(() => (last = undefined))
    return posture
  }

  return {
    async list({ kind, after, max }) {
      if (kind !== undefined) refuseUnknownKind(kind)
      const { asOf, atMs, findings, checks: states } = await current(after === undefined)
      const all = findings.filter((one) => kind === undefined || one.kind === kind)
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      const blind = states.flatMap(({ kind: of, state, why }) =>
        state === 'blind' && (kind === undefined || kind === of) ? [{ kind: of, why }] : [],
      )
      return { asOf, atMs, total: all.length, findings: all.slice(from, from + max), blind }
    },
    async show(id) {
      const { findings, asOf, atMs } = await current(false)
      const found = findings.find((one) => one.id === id)
      if (found === undefined)
        throw new CordonError('ERR_POSTURE_UNKNOWN', `nothing weak is called \`${id}\``, {
          hint: 'it may have been mended meanwhile: `cordon posture list` shows what there is',
        })
      return usingView(parts.view(), async (view) => {
        const facts = (await view.facts([found.fix.target])).get(found.fix.target) ?? {}
        const fix = { ...found.fix, verbs: verbsFor(found, facts) }
        return { asOf, atMs, finding: { ...found, fix, reach: await reachOf(view, found.on) } }
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
  }

  /** What the connectors of the sources there could do to the thing itself. */
  function verbsFor({ fix }: PostureFinding, attributes: EntityFact['attributes']): ShownFix['verbs'] {
    if (fix.kind === 'task') return []
    const role = kindOf(fix.target) === 'credential' ? 'trigger' : 'descendant-entity'
    const member = { entity: fix.target, role, credentialKind: null, identity: null, attributes } as const
    return sources
      .list()
      .flatMap(({ id, connector, authority }) =>
        (registry.find(connector)?.actions ?? []).flatMap((action) =>
          action.targetFor(member) === fix.target &&
          (action.authorityFor?.(member) ?? authorityOf(fix.target)) === authority
            ? [{ source: id, verb: action.verb, title: action.title }]
            : [],
        ),
      )
  }
}

const figuresOf = (kind: string) => measured.kinds[kind] ?? null

function refuseUnknownKind(kind: string): void {
  if (checks.some((check) => check.kind === kind)) return
  throw new CordonError('ERR_POSTURE_UNKNOWN', `there is no kind \`${kind}\``, {
    place: 'kind',
    hint: `there are ${checks.map((check) => check.kind).join(', ')}`,
  })
}

/** What the sources tell, by their streams; a stream that never came whole tells nothing yet. */
function coverageOf(sources: readonly Told[], registry: Pick<Registry, 'find'>): Coverage {
  return sources.flatMap(({ id, connector, authority, state, streams }) => {
    const declared = registry.find(connector)?.connector.streams ?? []
    return streams.flatMap(({ name, lastSuccessAtMs }) => {
      const topics = declared.find((stream) => stream.name === name)?.tells ?? []
      const isRead = state === 'active' && lastSuccessAtMs !== null
      return topics.length === 0 ? [] : [{ source: id, authority: authority ?? '', stream: name, topics, isRead }]
    })
  })
}
