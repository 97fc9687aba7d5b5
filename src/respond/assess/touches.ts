import { nativeOf, type EntityId, type ExposedCredential, type Touch } from '#model'
import { openTouchReader, type EstateView } from '#estate'

/** An act, under the exposed member that did it. */
export type OffsetTouch = Touch & { offset: number; by: EntityId }

/** Acts read for one exposure; beyond it the impact says that it is incomplete. */
const touchesReadMax = 2_000_000
const batchEntitiesMax = 500

type Exposed = {
  view: EstateView
  credentials: readonly ExposedCredential[]
  identities: ReadonlyMap<EntityId, number>
  fromMs: number
  toMs: number
}

/**
 * What was done with exposed credentials, and as exposed identities, since each one's epoch, oldest first. An act under
 * an exposed identity with a credential known to be another one is left out; an act with none stated, or with a session
 * of unknown origin, counts.
 */
export async function touchesBy(exposed: Exposed): Promise<{ touches: OffsetTouch[]; isCut: boolean }> {
  const { view, credentials, identities, fromMs, toMs } = exposed
  const epochs = new Map<EntityId, { by: EntityId; since: number }>()
  for (const { credential, aliases = [], epoch, conditional } of credentials) {
    if (conditional) continue
    for (const name of [credential, ...aliases]) epochs.set(name, { by: credential, since: epoch })
  }
  const read = reader(view, { fromMs, toMs })
  const found = new Map<string, OffsetTouch>()
  const keep = (touch: Touch & { offset: number }, by: EntityId): void => {
    const { resource, verb, atMs, offset } = touch
    const key = `${offset} ${resource} ${verb} ${atMs}`
    if (!found.has(key)) found.set(key, { ...touch, by })
  }
  for (const touch of await read.all('credentials', [...epochs.keys()].sort())) {
    const member = touch.credential === null ? undefined : epochs.get(touch.credential)
    if (member !== undefined && touch.atMs >= member.since * 1000) keep(touch, member.by)
  }
  const asIdentity = await read.all('identities', [...identities.keys()].sort())
  const others = await otherCredentials(
    view,
    asIdentity.flatMap(({ credential }) => (credential === null || epochs.has(credential) ? [] : [credential])),
    toMs,
  )
  for (const touch of asIdentity) {
    const since = touch.identity === null ? undefined : identities.get(touch.identity)
    if (since === undefined || touch.identity === null || touch.atMs < since * 1000) continue
    if (touch.credential !== null && (epochs.has(touch.credential) || others.has(touch.credential))) continue
    keep(touch, touch.identity)
  }
  const touches = [...found.values()].sort((a, b) => a.atMs - b.atMs || a.offset - b.offset)
  return { touches, isCut: read.isCut() }
}

/** Credentials that are known not to come from an exposed one: keys of their own, and sessions of such keys. */
async function otherCredentials(view: EstateView, credentials: readonly EntityId[], toMs: number) {
  const names = [...new Set(credentials)].sort()
  if (names.length === 0) return new Set<EntityId>()
  const facts = await view.facts(names)
  const window = { from: 0, to: Math.ceil(toMs / 1000) }
  const derived = new Set((await view.edgesTo(names, { types: ['DERIVES'], window })).map(({ dst }) => dst))
  const isSession = (name: EntityId): boolean => {
    const kind = facts.get(name)?.['kind'] ?? nativeOf(name).split('/')[0]
    return kind === 'session' || kind === 'token'
  }
  return new Set(names.filter((name) => derived.has(name) || !isSession(name)))
}

/** In batches of those who may have acted. */
function reader(view: EstateView, window: { fromMs: number; toMs: number }) {
  const { read, isCut } = openTouchReader(view, touchesReadMax)
  return {
    isCut,
    async all(by: 'credentials' | 'identities', entities: readonly EntityId[]) {
      const found: (Touch & { offset: number })[] = []
      for (let at = 0; at < entities.length; at += batchEntitiesMax) {
        for (const touch of await read({ ...window, [by]: entities.slice(at, at + batchEntitiesMax) })) {
          found.push(touch)
        }
      }
      return found
    },
  }
}
