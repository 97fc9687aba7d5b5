import { CordonError, type Clock } from '#kit'
import type { EntityId, Proof } from '#model'
import type { ContainAction } from '#respond/contract'

import { verbKill } from './respond-world.ts'

/** Chances in [0, 1) for each call; `hangs` answers only after the caller gave up, though the effect may be there. */
export type Faults = { refuses: number; losesAnswer: number; hangs: number; forgetsToRead: number }
export const noFaults: Faults = { refuses: 0, losesAnswer: 0, hangs: 0, forgetsToRead: 0 }

/**
 * A vendor without idempotency keys: every disable that gets through is one more effect, which is how doubling shows.
 * An effect happens at most `effectWithinMs` after the call went out, also when nobody hears of it.
 */
export class Vendor {
  readonly effects = new Map<string, number>()
  readonly dead = new Set<string>()
  calls = 0
  readonly #clock: Clock
  readonly #random: () => number
  readonly #faults: Faults
  readonly effectWithinMs = 4_000

  constructor(clock: Clock, random: () => number, faults: Faults) {
    this.#clock = clock
    this.#random = random
    this.#faults = faults
  }

  async disable(target: string): Promise<void> {
    this.calls++
    const dice = this.#random()
    await this.#clock.sleep(Math.floor(this.#random() * this.effectWithinMs))
    if (dice < this.#faults.refuses) throw new CordonError('ERR_LAB_BUSY', '429', { retryable: true })
    this.effects.set(target, (this.effects.get(target) ?? 0) + 1)
    this.dead.add(target)
    if (dice > 1 - this.#faults.losesAnswer) throw new CordonError('ERR_LAB_LOST', 'reset', { retryable: true })
    if (dice > 1 - this.#faults.losesAnswer - this.#faults.hangs) await this.#clock.sleep(120_000)
    await this.#clock.sleep(Math.floor(this.#random() * 1_000))
  }

  async isDead(target: string): Promise<boolean> {
    this.calls++
    await this.#clock.sleep(Math.floor(this.#random() * 500))
    if (this.#random() < this.#faults.forgetsToRead) throw new CordonError('ERR_LAB_BUSY', '503', { retryable: true })
    return this.dead.has(target)
  }

  action(tenant: string, over: Partial<ContainAction> = {}): ContainAction {
    const at = (target: EntityId): string => `${tenant} ${target}`
    return {
      verb: verbKill,
      phase: 'revoke',
      title: 'disable a key',
      targetFor: (member) => member.entity,
      scopes: [],
      retry: 'read-back',
      proofs: ['read-back'],
      preview: () => ({ effects: [], reversible: true, undoWithinMs: null, residualMs: 0, scopes: [], proofs: [] }),
      probe: {
        everyMs: 500,
        withinMs: 60_000,
        run: async (_, target) =>
          (await this.isDead(at(target)))
            ? { verdict: 'dead', proof: readBackProof }
            : { verdict: 'alive', says: 'still listed as active' },
      },
      apply: async (_, target) => {
        await this.disable(at(target))
        return { says: 'disabled', undoState: { was: 'active' } }
      },
      readBack: async (_, target) => ((await this.isDead(at(target))) ? 'landed' : 'absent'),
      undo: (_, target) => {
        this.dead.delete(at(target))
        return Promise.resolve()
      },
      ...over,
    }
  }
}

const readBackProof: Omit<Proof, 'atMs'> = { kind: 'read-back', says: 'listed as disabled', where: [] }
