import type { EntityId, Phase, Proof, ProofKind, StepPreview } from '#model'

import type { ActsWith, Member } from './context.ts'
import type { Holder, PlannedPlace } from './holder.ts'
import type { Lead } from './issuer.ts'

export type ActionContext<Config> = ActsWith<Config> & {
  /** Of a hand-over: who writes at the target, and what that source's own contain credential is lent with. */
  place?: { holder: Holder; context: Omit<ActsWith<unknown>, 'signal'> }
}

/** `undoState`: what undo needs to restore, and a probe to tell what is new; no secrets. */
export type Applied = { says: string; undoState?: Record<string, string | number | boolean | null | string[]> }
export type ReadBack = 'landed' | 'absent' | 'unknown'
/**
 * `alive` and `unknown` are never success. `expiresAtMs`: when it dies by itself; `sameUntilMs`: nobody need ask before. Of a hand-over `dead` says that the place
 * holds the successor: its proof is nobody's death.
 */
export type Probed =
  | { verdict: 'dead'; proof: Omit<Proof, 'atMs'> }
  | { verdict: 'alive' | 'unknown'; says: string; expiresAtMs?: number; sameUntilMs?: number }

/**
 * One thing a vendor lets us do. Nothing is cut without all answers: what would happen (`preview`, pure), do it (`apply`),
 * did it land (`readBack`, for reconcile after a crash), is the credential dead and where (`probe`, for proof), put it back (`undo`).
 * `apply` re-resolves the id and throws when it now names something else.
 */
export type ContainAction<Config = unknown> = {
  /** `vendor.noun.verb`, stable for ever. */
  verb: string
  phase: Phase
  title: string
  /** Which entity to act on for this member; undefined when this action does not serve it. Pure. */
  targetFor(member: Member): EntityId | undefined
  /**
   * Which entity to act on to take from `member` its right to `thing`: its place in a group or role, or what was given to it
   * alone on a thing. Undefined where this action does not take just that, and nothing beside it. `undo` must give it back. Pure.
   */
  takesRight?(member: EntityId, thing: EntityId): EntityId | undefined
  /**
   * Which right can be taken alone depends on more than its two ends: it is taken only where the inventory states it, as the
   * attribute `takable` of that entity (true; else why not, as a sentence).
   */
  takesStated?: true
  /**
   * Which entity to act on to give `thing` to `member` for a time, where this action does that; the contract of such an
   * action is `lease.ts`. Pure.
   */
  lends?(member: EntityId, thing: EntityId): EntityId | undefined
  /** Of what is lent: is it gone? Asked after `undo`, which is the end of a lease, and proven before it is called one. */
  isGone?: (context: ActionContext<Config>, target: EntityId, undoState?: Applied['undoState']) => Promise<Probed>
  /** Whose source acts, where the target's name is of a wider realm than a source is (keys of AWS); absent: the target's. */
  authorityFor?(member: Member): string | undefined
  scopes: readonly string[]
  /** `idempotent`: safe to repeat. `read-back`: repeat only when absent. `once`: one try, then a person. */
  retry: 'idempotent' | 'read-back' | 'once'
  proofs: readonly ProofKind[]
  /**
   * Longest pause between probes, and how long to go on before the target is called a survivor. `soonestMs`: shortest pause,
   * where the vendor bears less than one look a second (`src/respond/probe-pause.ts`). `refusals`: dead answers in a row
   * that make a proof; by default 2 where a secret is tried (`probed`), else 1. `undoState`: what `apply` told, where
   * this step was applied and not only found in place.
   */
  probe: {
    everyMs: number
    withinMs: number
    soonestMs?: number
    refusals?: number
    run(context: ActionContext<Config>, target: EntityId, undoState?: Applied['undoState']): Promise<Probed>
  }
  preview(target: EntityId, attributes: Member['attributes'], place?: PlannedPlace): StepPreview
  /** The target is a place: what holds it may be another source, whose contain credential this step needs as well. */
  needsPlace?: { gives: readonly string[]; leadsTo(config: Config, authority: string): Lead[] }
  /**
   * What undo needs, read before anything is changed and durable before the call goes out: no crash between the two loses
   * it. `earlier`: what an attempt before this one remembered, of which nothing may be lost. Absent: what `apply` tells is
   * enough, since it can be told again.
   */
  remember?: (
    context: ActionContext<Config>,
    target: EntityId,
    earlier: Applied['undoState'],
  ) => Promise<Applied['undoState']>
  /** What undo needs is about a person: hands seal it, and nobody but they open it. */
  sealsUndo?: true
  apply(context: ActionContext<Config>, target: EntityId): Promise<Applied>
  readBack?: (context: ActionContext<Config>, target: EntityId) => Promise<ReadBack>
  undo?: (context: ActionContext<Config>, target: EntityId, undoState: Applied['undoState']) => Promise<void>
}

/** Dead, as the vendor itself says (`read-back`) or as the tried value shows (`probed`). */
export const dead = ({ authority }: { authority: string }, says: string, kind: ProofKind = 'read-back'): Probed => ({
  verdict: 'dead',
  proof: { kind, says, where: [authority] },
})

export type PreviewRest = Partial<Omit<StepPreview, 'effects' | 'scopes'>>
/** What a step does that is final, acts at once and is read back, but for what `rest` says. */
export const previewStep = (scopes: readonly string[], effects: string[], rest: PreviewRest = {}): StepPreview => ({
  effects,
  reversible: false,
  undoWithinMs: null,
  residualMs: 0,
  proofs: ['read-back'],
  ...rest,
  scopes: [...scopes],
})

/** Identity functions whose only work is inference. */
export const defineAction = <Config>(action: ContainAction<Config>): ContainAction<Config> => action
