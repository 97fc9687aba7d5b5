import { newId, systemRandom, type Clock } from '#kit'
import type { Action, EntityId, TenantId } from '#model'
import type { Reader, Writer } from '#store'

import {
  appliedAction,
  attemptAction,
  claimActions,
  failedAction,
  probedAction,
  refuseAction,
  releaseAction,
  undoneAction,
  type ProtectedEntity,
} from './commands.ts'
import { isolationRuleDefault, type IsolationRule } from './precedence.ts'
import type { ActionDesk } from './types.ts'

export type ActionDeskOptions = {
  writer: Writer
  reader: Reader
  clock: Clock
  /** Names this run of core: monotonic times of another run are worth nothing. */
  boot?: string
  isolation?: IsolationRule
  /** Asks the estate once more, right before an act is handed out. When it cannot answer, nothing is handed out. */
  protectedNow?: (tenant: TenantId, targets: readonly EntityId[]) => Promise<ProtectedEntity[]>
}

const retryUnknownProtectionMs = 1_000

/** Core's side of the socket to hands: plain functions, serialisable in and out, every outcome fenced. */
export function createActionDesk(options: ActionDeskOptions): ActionDesk {
  const { writer, reader, clock, protectedNow } = options
  const boot = options.boot ?? newId('boot', systemRandom)
  const isolation = options.isolation ?? isolationRuleDefault
  const stamp = (): { atMs: number; monoMs: number; boot: string } => ({
    atMs: clock.nowMs(),
    monoMs: clock.monotonicMs(),
    boot,
  })

  const hasWork = (): boolean =>
    reader.get(
      `SELECT 1 FROM action WHERE state IN ('approved', 'executing', 'applied', 'probing', 'undo-executing') LIMIT 1`,
    ) !== undefined || reader.get('SELECT 1 FROM recheck WHERE next_at_ms <= ? LIMIT 1', clock.nowMs()) !== undefined

  /** The code before policy, with the newest facts: what the estate protects now is not handed out. */
  const withhold = async (
    actions: readonly Action[],
    ask: NonNullable<ActionDeskOptions['protectedNow']>,
  ): Promise<Action[]> => {
    const acts = actions.filter(({ errand }) => errand === 'apply' || errand === 'reconcile')
    const withheld = new Set<string>()
    for (const tenant of new Set(acts.map((action) => action.tenant))) {
      const mine = acts.filter((action) => action.tenant === tenant)
      let known: ProtectedEntity[] | undefined
      try {
        known = await ask(
          tenant,
          mine.map(({ target }) => target),
        )
      } catch {
        known = undefined
      }
      for (const { id, fence, target } of mine) {
        const why = known?.find(({ entity }) => entity === target)?.why
        if (known !== undefined && why === undefined) continue
        withheld.add(id)
        if (why === undefined) {
          await writer.submit(releaseAction({ ...stamp(), id, fence, retryAfterMs: retryUnknownProtectionMs }))
        } else {
          const says = 'the estate protects the target'
          await writer.submit(refuseAction({ ...stamp(), id, fence, code: `code.${why}`, says }))
        }
      }
    }
    return actions.filter(({ id }) => !withheld.has(id))
  }

  return {
    async claim(worker, max, leaseMs) {
      if (max <= 0 || !hasWork()) return []
      const [actions] = await writer.submit(claimActions({ ...stamp(), worker, max, leaseMs, isolation }))
      return protectedNow === undefined ? actions : await withhold(actions, protectedNow)
    },
    async attempt(id, fence, undoState) {
      await writer.submit(attemptAction({ ...stamp(), id, fence, undoState }))
    },
    async applied(id, fence, says, undoState) {
      await writer.submit(appliedAction({ ...stamp(), id, fence, says, undoState }))
    },
    async probed(id, fence, outcome) {
      await writer.submit(probedAction({ ...stamp(), id, fence, outcome }))
    },
    async failed(id, fence, code, says, isFinal) {
      await writer.submit(failedAction({ ...stamp(), id, fence, code, says, isFinal }))
    },
    async undone(id, fence, says, proof) {
      await writer.submit(undoneAction({ ...stamp(), id, fence, says, proof: proof ?? null }))
    },
    async release(id, fence, retryAfterMs) {
      await writer.submit(releaseAction({ ...stamp(), id, fence, retryAfterMs }))
    },
  }
}
