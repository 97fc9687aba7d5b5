import type { EntityId, TouchVerb } from '#model'
import { openTouchReader, paged, type EstateView } from '#estate'

/** `records` counts only acts whose source tells them; null where none did. `evidence`: the newest, log offsets. */
export type Use = { acts: number; firstAtMs: number; lastAtMs: number; records: number | null; evidence: number[] }

/** Acts by whoever did them, and by the credential they were done with. `isCut`: there were more than could be read. */
export type Uses = { byActor: Map<EntityId, Use>; byCredential: Map<EntityId, Use>; isCut: boolean }

export const readVerbs: readonly TouchVerb[] = ['read', 'share']
const evidenceMax = 5
const actsMax = 2_000_000
const pageEntities = 500

type Bounds = { fromMs: number; toMs: number; verbs: readonly TouchVerb[] }

/** Who did such things to these resources. A credential whose identity the act does not name acts for whom it signs in as. */
export async function usesOf(view: EstateView, resources: readonly EntityId[], bounds: Bounds): Promise<Uses> {
  const reader = openTouchReader(view, actsMax)
  const uses: Uses = { byActor: new Map(), byCredential: new Map(), isCut: false }
  for (let at = 0; at < resources.length; at += pageEntities) {
    const touches = await reader.read({ ...bounds, resources: resources.slice(at, at + pageEntities) })
    const unnamed = touches.flatMap(({ identity, credential }) =>
      identity === null && credential !== null ? [credential] : [],
    )
    const logins = await loginsOf(view, [...new Set(unnamed)], bounds)
    for (const { identity, credential, atMs, records, offset } of touches) {
      const actor = identity ?? (credential === null ? null : (logins.get(credential) ?? credential))
      if (actor !== null) add(uses.byActor, actor, atMs, records, offset)
      if (credential !== null) add(uses.byCredential, credential, atMs, records, offset)
    }
  }
  return { ...uses, isCut: reader.isCut() }
}

function add(uses: Map<EntityId, Use>, actor: EntityId, atMs: number, records: number | null, offset: number): void {
  const use = uses.get(actor)
  if (use === undefined) {
    uses.set(actor, { acts: 1, firstAtMs: atMs, lastAtMs: atMs, records, evidence: [offset] })
    return
  }
  use.acts++
  use.firstAtMs = Math.min(use.firstAtMs, atMs)
  use.lastAtMs = Math.max(use.lastAtMs, atMs)
  if (records !== null) use.records = (use.records ?? 0) + records
  // Acts come oldest first.
  use.evidence = [...use.evidence, offset].slice(-evidenceMax)
}

async function loginsOf(view: EstateView, credentials: readonly EntityId[], { fromMs, toMs }: Bounds) {
  const window = { from: Math.floor(fromMs / 1000), to: Math.ceil(toMs / 1000) }
  const edges = await paged(credentials, (page) => view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], window }))
  return new Map(edges.map(({ src, dst }) => [src, dst]))
}
