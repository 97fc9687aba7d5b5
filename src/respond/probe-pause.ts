import type { Clock } from '#kit'
import type { Action } from '#model'

import type { ContainAction, Probed } from '#respond/contract'

/** What this process remembers of an action between two claims; a restart begins anew, which only delays the proof. */
export type Progress = {
  sinceMs: number
  refusals: number
  rounds: number
  /** Of an action that is being proven: whose quota it uses, and when it is asked about next (monotonic). */
  asks?: { source: string; nextMs: number }
}

/** Apart from what else the action says: so often is one source asked in all while few of its actions are being proven. */
const soonestMs = 1_000
/** Between two refusals that only together are a proof. */
const confirmMs = 500
/** Whose next probe is overdue by this long belongs to another process by now. */
const lostAfterMs = 60_000
/** Behind the moment that an answer names, so that it is over. */
const behindMs = 20

export const sourceOf = ({ tenant, source, connector }: Action): string => `${tenant} ${source ?? connector}`

/**
 * How long to wait until the next probe. An action alone is asked about as soon as a source bears it, so that a proof comes
 * soon after the vendor is done; many of one source share that, until each is asked about every `everyMs`: calls that kill
 * must not queue behind calls that look. Never longer than to the moment that the answer itself names.
 */
export function probePauseMs(
  { probe }: Pick<ContainAction, 'probe'>,
  probed: Probed,
  asked: { source: string; all: Iterable<Progress>; clock: Clock },
): number {
  const { source, all, clock } = asked
  if (probed.verdict === 'dead') return Math.min(probe.everyMs, confirmMs)
  const sameMs = (probed.sameUntilMs ?? 0) - clock.nowMs() + behindMs
  if (sameMs > behindMs) return Math.min(probe.everyMs, sameMs)
  let sharing = 0
  for (const { asks } of all) if (asks?.source === source && asks.nextMs > clock.monotonicMs() - lostAfterMs) sharing++
  const pauseMs = Math.min(probe.everyMs, Math.max(1, sharing) * (probe.soonestMs ?? soonestMs))
  const leftMs = (probed.expiresAtMs ?? Infinity) - clock.nowMs() + behindMs
  return leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs
}
