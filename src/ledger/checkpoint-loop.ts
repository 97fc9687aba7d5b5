import { CordonError, toHex, type Clock, type Diagnose } from '#kit'
import type { TenantId } from '#model'

import { parseCheckpoint } from './checkpoint.ts'
import type { SigningLedger } from './ledger.ts'
import { parseNote, signersOf } from './note.ts'
import type { SignedCheckpoint, Witness } from './types.ts'

/** A leaf is under a signed checkpoint at most this long after its commit. */
export const checkpointEveryMs = 1000
/** A witness that failed is tried again after this long. */
export const depositRetryMs = 5000

export type TenantLedgerState = {
  signedSize: number
  /** What each witness holds; null: nothing yet. */
  deposited: Record<string, number | null>
  /** Why nothing is signed any more. A person must look; a restart asks again. */
  refused: string | null
}
export type CheckpointLoop = {
  /** One round: signs what grew, and starts deposits without waiting for them. */
  tick(): Promise<void>
  /** Waits for the deposits under way. */
  settled(): Promise<void>
  /** Rounds until the signal, then the deposits under way. */
  run(signal: AbortSignal): Promise<void>
  state(tenant: TenantId): TenantLedgerState | undefined
}

type Deposit = { size: number | null; isBusy: boolean; notBeforeMs: number }
type TenantState = { last: SignedCheckpoint | undefined; refused: string | null; deposits: Map<string, Deposit> }

/**
 * Signs within a second of a commit, only when a tree grew, and hands each checkpoint to every witness. Before a
 * tenant's first signature the witnesses are asked for what they remember: a store that was rolled back or rewritten
 * while Cordon was down is not signed. A slow or absent witness delays nobody else.
 */
export function createCheckpointLoop(parts: {
  ledger: SigningLedger
  witnesses: readonly Witness[]
  clock: Clock
  diagnose: Diagnose
}): CheckpointLoop {
  const { ledger, witnesses, clock, diagnose } = parts
  const states = new Map<TenantId, TenantState>()
  const underWay = new Set<Promise<void>>()

  const refuse = (tenant: TenantId, state: TenantState, why: string): void => {
    state.refused = why
    diagnose('error', 'ledger checkpoint refused', { tenant, why })
  }

  const begin = async (tenant: TenantId): Promise<TenantState> => {
    const deposits = witnesses.map(({ name }): [string, Deposit] => [
      name,
      { size: null, isBusy: false, notBeforeMs: -Infinity },
    ])
    const state: TenantState = { last: undefined, refused: null, deposits: new Map(deposits) }
    states.set(tenant, state)
    for (const witness of witnesses) {
      try {
        const why = await contradictionWith(ledger, tenant, witness)
        if (why !== undefined) refuse(tenant, state, `${witness.name}: ${why}`)
      } catch (error) {
        diagnose('warn', 'ledger witness could not be asked', { tenant, witness: witness.name, code: codeOf(error) })
      }
    }
    return state
  }

  const deposit = async (tenant: TenantId, state: TenantState, witness: Witness): Promise<void> => {
    const slot = state.deposits.get(witness.name)
    const checkpoint = state.last
    if (slot === undefined || checkpoint === undefined || slot.isBusy) return
    if (slot.size === checkpoint.size || clock.monotonicMs() < slot.notBeforeMs) return
    slot.isBusy = true
    try {
      await witness.deposit(checkpoint)
      slot.size = checkpoint.size
    } catch (error) {
      slot.notBeforeMs = clock.monotonicMs() + depositRetryMs
      const facts = { tenant, witness: witness.name, code: codeOf(error), size: checkpoint.size }
      diagnose(isContradiction(error) ? 'error' : 'warn', 'ledger deposit failed', facts)
      if (isContradiction(error)) refuse(tenant, state, `${witness.name} knows another tree`)
    } finally {
      slot.isBusy = false
    }
  }

  const visit = async (tenant: TenantId): Promise<void> => {
    const state = states.get(tenant) ?? (await begin(tenant))
    if (state.refused !== null) return
    try {
      // A tree that did not grow gives the checkpoint it has.
      state.last = await ledger.checkpoint(tenant)
    } catch (error) {
      if (isContradiction(error)) return refuse(tenant, state, codeOf(error))
      diagnose('warn', 'ledger checkpoint failed', { tenant, code: codeOf(error) })
    }
    for (const witness of witnesses) {
      const work = deposit(tenant, state, witness).finally(() => underWay.delete(work))
      underWay.add(work)
    }
  }

  const tick = async (): Promise<void> => {
    for (const tenant of ledger.tenants()) await visit(tenant)
  }
  const settled = async (): Promise<void> => {
    await Promise.all(underWay)
  }
  return {
    tick,
    settled,
    async run(signal) {
      while (!signal.aborted) {
        await tick()
        await clock.sleep(checkpointEveryMs / 2, signal)
      }
      await settled()
    },
    state(tenant) {
      const state = states.get(tenant)
      if (state === undefined) return undefined
      const deposited = Object.fromEntries([...state.deposits].map(([name, { size }]) => [name, size]))
      return { signedSize: state.last?.size ?? 0, deposited, refused: state.refused }
    },
  }
}

/** Only what our own key signed counts: whoever can write into a witness must not be able to stop the ledger. */
async function contradictionWith(
  ledger: SigningLedger,
  tenant: TenantId,
  witness: Witness,
): Promise<string | undefined> {
  const keys = ledger.publicKeys(tenant)
  const isOurs = (source: string): boolean => {
    try {
      return signersOf(parseNote(source), keys).length > 0
    } catch {
      return false
    }
  }
  const latest = await witness.latest?.(tenant, isOurs)
  if (latest === undefined || !isOurs(latest)) return undefined
  const { size, root } = parseCheckpoint(parseNote(latest).text)
  return ledger.contradiction(tenant, size, toHex(root))
}

const codeOf = (error: unknown): string => (error instanceof CordonError ? error.code : 'ERR_INTERNAL')
const isContradiction = (error: unknown): boolean =>
  error instanceof CordonError && error.code === 'ERR_LEDGER_CONTRADICTION'
