import type { Clock, Diagnose } from '#kit'
import type { EntityId, Exposure, IncidentId, TenantId } from '#model'
import { usingView, type EstateView } from '#estate'
import type { ResponseCore } from '#respond'

import type { EstateThread } from './estate-thread-client.ts'

/** Between two assessments of one incident for its names, so that whoever states names cannot keep core assessing. */
export const renewPauseMs = 2_000
/** What took long is paid for with this many times its length of rest. */
const restFactor = 20
const batchEntitiesMax = 2_000

type Watched = {
  plan: string
  exposure: Exposure
  /** What the estate said beyond the exposure when that was last assessed; not all of it leads into an exposure. */
  beyond: string
  nextMonoMs: number
}

export type IncidentWatch = { run(): Promise<void> }

/**
 * What open incidents expose is watched for use, under each of its names. An inventory that comes after the incident may
 * give a credential another one: then the exposure is assessed anew and the watch renewed. The plan stays as people saw
 * it; the use makes a new one.
 */
export function createIncidentWatch(parts: {
  responder: Pick<ResponseCore, 'list' | 'report' | 'reassess'>
  tenant: TenantId
  clock: Clock
  diagnose: Diagnose
  estate: () => Pick<EstateThread, 'view' | 'watch' | 'unwatch' | 'progress'>
  onClosed: (incident: IncidentId) => void
}): IncidentWatch {
  const { responder, tenant, clock, diagnose, estate } = parts
  const watched = new Map<IncidentId, Watched>()
  /** No longer watched, and not told to be closed yet. */
  const lentFor = new Set<IncidentId>()
  let seenAsOf = -1
  let nextLookMonoMs = 0

  const renew = async (incident: IncidentId, watch: Watched, view: EstateView): Promise<boolean> => {
    const beyond = await namesBeyond(view, watch.exposure, clock.nowMs())
    if (beyond === watch.beyond) return true
    const beganMs = clock.monotonicMs()
    if (beganMs < watch.nextMonoMs) return false
    const { exposure } = await responder.reassess(tenant, incident)
    estate().watch(incident, exposure)
    const tookMs = clock.monotonicMs() - beganMs
    Object.assign(watch, {
      exposure,
      beyond: await namesBeyond(view, exposure, clock.nowMs()),
      nextMonoMs: clock.monotonicMs() + Math.max(renewPauseMs, tookMs * restFactor),
    })
    return true
  }

  const renewAll = async (): Promise<void> => {
    // Nothing can be asked before; what is in the log by then is seen in the first look.
    const beganMs = clock.monotonicMs()
    if (watched.size === 0 || beganMs < nextLookMonoMs || estate().progress().loadedPercent < 100) return
    await usingView(estate().view(), async (view) => {
      if (view.asOf <= seenAsOf) return
      let isDone = true
      for (const [incident, watch] of watched) {
        try {
          if (!(await renew(incident, watch, view))) isDone = false
        } catch (error) {
          isDone = false
          diagnose('warn', 'incident.watch-not-renewed', {
            incident,
            error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
          })
        }
      }
      if (isDone) seenAsOf = view.asOf
    })
    nextLookMonoMs = clock.monotonicMs() + (clock.monotonicMs() - beganMs) * restFactor
  }

  return {
    async run() {
      const open = responder.list(tenant, ['open', 'containing', 'contained'])
      for (const { id, plan } of open) {
        if (plan === null || watched.get(id)?.plan === plan) continue
        const { assessment } = await responder.report(tenant, id)
        if (assessment === null) continue
        const { exposure } = assessment
        estate().watch(id, exposure)
        watched.set(id, { plan, exposure, beyond: '', nextMonoMs: 0 })
        seenAsOf = -1
      }
      const ids = new Set(open.map(({ id }) => id))
      // What was lent for an incident that was folded is still needed by what it is part of.
      const needed = new Set([...ids, ...open.flatMap(({ folded = [] }) => folded)])
      for (const id of watched.keys()) {
        if (ids.has(id)) continue
        estate().unwatch(id)
        watched.delete(id)
        lentFor.add(id)
      }
      for (const id of lentFor) {
        if (needed.has(id)) continue
        parts.onClosed(id)
        lentFor.delete(id)
      }
      await renewAll()
    },
  }
}

/** Names and identities that the estate states of exposed credentials and the exposure does not have; sorted, as a key. */
async function namesBeyond(view: EstateView, { credentials }: Exposure, nowMs: number): Promise<string> {
  const known = new Set(
    credentials.flatMap(({ credential, aliases = [], identity }) => [credential, ...aliases, identity ?? credential]),
  )
  const names = [...new Set(credentials.flatMap(({ credential, aliases = [] }) => [credential, ...aliases]))]
  const window = { from: 0, to: Math.ceil(nowMs / 1000) }
  const beyond = new Set<EntityId>()
  for (let at = 0; at < names.length; at += batchEntitiesMax) {
    const batch = names.slice(at, at + batchEntitiesMax)
    const out = await view.edgesFrom(batch, { types: ['SAME_AS', 'AUTHENTICATES_AS'], window })
    const into = await view.edgesTo(batch, { types: ['SAME_AS'], window })
    for (const other of [...out.map(({ dst }) => dst), ...into.map(({ src }) => src)]) {
      if (!known.has(other)) beyond.add(other)
    }
  }
  return [...beyond].sort().join(' ')
}
