import type { Clock } from '#kit'
import type { EntityId, IncidentId } from '#model'

/** A value somebody lent is forgotten after this long even when its incident stays open. */
export const lentMs = 4 * 3_600_000

/** Values lent for probes. INVARIANT: they live in this map and nowhere else, no longer than their incident. */
export type Lent = {
  lend(incident: IncidentId, values: readonly { credential: EntityId; value: string }[]): void
  valueOf(credential: EntityId): string | undefined
  /** The incident is closed. */
  forget(incident: IncidentId): void
  /** What is over its time goes, whether anybody asks for it or not. */
  expire(): void
}

export function createLent(clock: Pick<Clock, 'monotonicMs'>): Lent {
  const held = new Map<EntityId, { value: string; incident: IncidentId; untilMs: number }>()
  const drop = (isOver: (one: { incident: IncidentId; untilMs: number }) => boolean): void => {
    for (const [credential, one] of held) if (isOver(one)) held.delete(credential)
  }
  const expire = (): void => drop(({ untilMs }) => untilMs <= clock.monotonicMs())
  return {
    lend(incident, values) {
      const untilMs = clock.monotonicMs() + lentMs
      for (const { credential, value } of values) held.set(credential, { value, incident, untilMs })
    },
    valueOf(credential) {
      expire()
      return held.get(credential)?.value
    },
    forget: (incident) => drop((one) => one.incident === incident),
    expire,
  }
}
