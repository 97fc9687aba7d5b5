import type { Clock } from '#kit'
import { authorityOf, type EntityFact, type EntityId, type TenantId } from '#model'
import { entityCalled } from '#access'
import { usingView, type EstateView } from '#estate'
import type { AccessDesk } from '#api'
import { guards, trim, type Hold, type Proposal, type Telling, type Trim } from '#trim'

import type { Registry } from '../registry.ts'
import { keepFor, pageOf } from './kept-answers.ts'
import { verbsServing } from './verbs-serving.ts'

/** How far ahead a mistake is looked for: the rate is one of this time. */
const horizonMs = 30 * 86_400_000
/** Shown of what is held back; the counts are of all. */
const heldShownMax = 200

export type TrimDesk = AccessDesk['trim']
export type TrimParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  tells(): ReadonlyMap<string, Telling>
  /** Entities that somebody named as break-glass; those that the estate states it knows itself. */
  spared(): ReadonlySet<EntityId>
  /** Sentences about sources that are missing or late. */
  late(): string[]
  sources: { list(): readonly { id: string; connector: string; authority: string | null }[] }
  registry: Pick<Registry, 'find'>
}

/** What is proposed now, with all that holds one back. */
export const proposing =
  ({ tenant, clock, tells, spared }: Pick<TrimParts, 'tenant' | 'clock' | 'tells' | 'spared'>) =>
  (view: EstateView, { windowMs, withPartly }: { windowMs: number; withPartly: boolean }): Promise<Trim> =>
    trim(view, {
      tenant,
      atMs: clock.nowMs(),
      windowMs,
      horizonMs,
      tells: tells(),
      spared: spared(),
      withPartly,
    })

/** Rights that nobody uses, and what it would mean to take them away. */
export function createTrimDesk(parts: TrimParts): TrimDesk {
  const { clock, registry, sources } = parts
  const propose = proposing(parts)
  const answers = keepFor<Trim>(clock)

  /** A credential is a thing of its own that an action may end; of other rights a person is told what to take away where. */
  const verbsFor = (one: Proposal, attributes: EntityFact['attributes']) =>
    one.kind === 'credential' ? verbsServing(sources.list(), registry, one.of, attributes) : []

  return ({ windowMs, of, partly, after, max }) =>
    usingView(parts.view(), async (view) => {
      const withPartly = partly === 'true'
      const found = await answers(JSON.stringify([windowMs, withPartly]), after === undefined, () =>
        propose(view, { windowMs, withPartly }),
      )
      const named =
        of === undefined ? undefined : await entityCalled(view, of, ['identity', 'app', 'credential', 'resource'], 'of')
      const concerns = (one: { of: EntityId; on: EntityId; app?: EntityId | null }): boolean =>
        named === undefined || one.of === named || one.on === named || one.app === named
      const proposals = found.proposals.filter(
        (one) => concerns(one) || one.losers.some(({ entity }) => entity === named),
      )
      const held = found.held.filter(concerns)
      const page = pageOf(proposals, ({ id }) => id, after, max)
      const facts = await view.facts(page.flatMap(({ kind, of: target }) => (kind === 'credential' ? [target] : [])))
      const { asOf, window, readSinceMs, rights, used, needless, untold, rate } = found
      return {
        asOf,
        window,
        horizonMs,
        readSinceMs,
        rights,
        used,
        total: proposals.length,
        proposals: page.map((one) => ({ ...shown(one), verbs: verbsFor(one, facts.get(one.of) ?? {}) })),
        needless,
        heldTotal: held.length,
        held: counted(held.map(({ why }) => why)),
        heldRights: after === undefined ? held.slice(0, heldShownMax) : [],
        untold: untold.filter(({ authority }) => named === undefined || authorityOf(named) === authority),
        rate,
        lacking: parts.late(),
      }
    })
}

const shown = ({ app: _app, isWhole: _isWhole, ...one }: Proposal) => one

function counted(holds: readonly Hold[]): { why: Hold; says: string; rights: number }[] {
  const counts = [...Map.groupBy(holds, (why) => why)].map(([why, all]) => ({ why, rights: all.length }))
  return counts.sort((a, b) => b.rights - a.rights).map((one) => ({ ...one, says: guards[one.why].why }))
}
