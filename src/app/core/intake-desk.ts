import type { SourceId } from '#model'
import { Tally, type Source } from '#sources'

import type { HandsForCore } from '../socket.ts'

/**
 * What core needs to receive by itself: what each stream took and turned away, and the secrets of intakes, which hands
 * lends and which live here in memory alone.
 */
export type IntakeDesk = {
  tally(source: SourceId, stream: string): Tally
  tallyOf(source: SourceId, stream: string): Tally | undefined
  /** Throws ERR_RPC_CLOSED (retryable) while hands is not up and has not lent them before. */
  secrets(source: Pick<Source, 'id' | 'revision'>): Promise<Readonly<Record<string, string>>>
  forget(source: SourceId): void
}

type Lent = { revision: number; secrets: Readonly<Record<string, string>> }

export function createIntakeDesk(hands: HandsForCore): IntakeDesk {
  const tallies = new Map<string, Tally>()
  const lent = new Map<SourceId, Lent>()
  const keyOf = (source: SourceId, stream: string): string => `${source}/${stream}`
  return {
    tally(source, stream) {
      const key = keyOf(source, stream)
      const tally = tallies.get(key) ?? new Tally()
      tallies.set(key, tally)
      return tally
    },
    tallyOf: (source, stream) => tallies.get(keyOf(source, stream)),
    async secrets({ id, revision }) {
      const known = lent.get(id)
      if (known?.revision === revision) return known.secrets
      // Hands may not have heard of the newest change yet: what it lends is kept under the revision it is of.
      const fresh = await hands.intake.secrets(id)
      lent.set(id, fresh)
      return fresh.secrets
    },
    forget: (source) => void lent.delete(source),
  }
}
