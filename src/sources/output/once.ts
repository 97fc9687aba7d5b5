import type { PullContext } from '#sources/contract'

/** An intent and the vendor's clock may differ by that. */
const intentSlackMs = 3_600_000

/**
 * INVARIANT: what is not known to have been made at the vendor is looked for before it is made again, and not before the
 * vendor would find it. Undefined: too early to say. `intentAtMs`: it was about to be made then, and nobody heard whether it
 * was; null: never. `note` keeps the intent, durably, before anything is made.
 */
export async function makeOnce<Made>(
  { clock }: Pick<PullContext<unknown>, 'clock'>,
  {
    intentAtMs,
    settleMs,
    ...once
  }: {
    intentAtMs: number | null
    settleMs: number
    find(sinceMs: number): Promise<Made | undefined>
    note(): Promise<void>
    make(): Promise<Made>
  },
): Promise<Made | undefined> {
  if (intentAtMs !== null) {
    const found = await once.find(intentAtMs - intentSlackMs)
    if (found !== undefined) return found
    if (clock.nowMs() - intentAtMs < settleMs) return undefined
  }
  await once.note()
  return once.make()
}
