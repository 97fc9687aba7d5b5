import { CordonError } from '#kit'
import type { EntityId } from '#model'

import { dead, previewStep, type ActionContext, type Applied, type ContainAction, type Probed } from './action.ts'

export class LeaseRefusal extends CordonError<'ERR_LEASE_STANDS' | 'ERR_LEASE_KEPT' | 'ERR_LEASE_TARGET'> {}

/**
 * One right that a vendor lets us give and take again. The rest of what an action is follows (`lending`): a lease is an
 * action whose undo is its end.
 */
export type LeaseAction<Config = unknown> = {
  /** `vendor.noun.lend`, stable for ever. */
  verb: string
  title: string
  scopes: readonly string[]
  /** What stands for `thing` in the hands of `member`; undefined where this lends no such thing. Pure. */
  rightOf(member: EntityId, thing: EntityId): EntityId | undefined
  /** Whom it is for, under every name that this could be: none may be Cordon's own or break-glass. */
  holdersOf(right: EntityId): readonly EntityId[]
  /** What whoever has it may do, and what its end does beside, in plain sentences. */
  effects: readonly string[]
  everyMs: number
  withinMs: number
  /** Does it stand now? Whoever gave it, or, where `stands` is there, as this lease gave it. */
  isHeld(context: ActionContext<Config>, right: EntityId): Promise<boolean>
  /** Where what a lease gives can be told from what stands for good: does that stand? */
  stands?: (context: ActionContext<Config>, right: EntityId) => Promise<boolean>
  /** What whoever has it must know to use it; part of the proof that it stands. */
  says?: (context: ActionContext<Config>, right: EntityId) => string
  /** Guards itself as `apply` does. `until`: ms UTC, where the vendor can end it by itself. */
  give(context: ActionContext<Config>, right: EntityId): Promise<string>
  take(context: ActionContext<Config>, right: EntityId): Promise<void>
  /** Where more must be gone than the right itself; absent: gone is what is not held. */
  isGone?: (context: ActionContext<Config>, right: EntityId) => Promise<Probed>
}

/**
 * As an action of the runner, which is durable: an intent before anything is sent, read back after a crash.
 * INVARIANT: what stood before is refused, and never taken away; that it did not is durable before anything is given.
 */
export function lending<Config>(lease: LeaseAction<Config>): ContainAction<Config> {
  const { verb, title, scopes, effects, everyMs, withinMs, isHeld } = lease
  return {
    verb,
    title,
    scopes,
    // It kills nothing: proofs of this phase say that something is in place.
    phase: 'hand-over',
    retry: 'read-back',
    proofs: ['read-back'],
    targetFor: () => undefined,
    lends: (member, thing) => lease.rightOf(member, thing),
    preview: () => previewStep(scopes, [...effects], { reversible: true }),
    async remember(context, target, earlier) {
      if (earlier !== undefined) return earlier
      if (await (lease.stands ?? isHeld)(context, target)) {
        throw new LeaseRefusal('ERR_LEASE_STANDS', `\`${target}\` stands already: there is nothing to lend`, {
          hint: 'its end would take away what somebody gave for good; nothing was changed',
        })
      }
      return { stoodBefore: false }
    },
    async apply(context, target) {
      for (const one of [target, ...lease.holdersOf(target)]) {
        const why = context.isOwn(one)
          ? "is Cordon's own"
          : context.spared?.includes(one) === true
            ? 'is break-glass'
            : undefined
        if (why !== undefined)
          throw new LeaseRefusal('ERR_LEASE_TARGET', `\`${one}\` ${why}`, { hint: 'nothing was changed' })
      }
      return { says: await lease.give(context, target) }
    },
    readBack: async (context, target) => ((await isHeld(context, target)) ? 'landed' : 'absent'),
    probe: {
      everyMs,
      withinMs,
      async run(context, target) {
        // Never `alive`: what somebody took away early is not given anew.
        if (!(await isHeld(context, target))) return { verdict: 'unknown', says: 'the right does not stand' }
        const how = lease.says?.(context, target)
        return dead(context, how === undefined ? 'the right stands' : `the right stands: ${how}`)
      },
    },
    async undo(context, target, undoState) {
      if (undoState?.['stoodBefore'] !== false) {
        throw new LeaseRefusal('ERR_LEASE_KEPT', `whether \`${target}\` stood before the lease is not known`, {
          hint: 'look at the vendor, and take it away by hand if nobody meant it to last',
        })
      }
      await lease.take(context, target)
    },
    isGone:
      lease.isGone ??
      (async (context, target) =>
        (await isHeld(context, target))
          ? { verdict: 'alive', says: 'the right still stands' }
          : dead(context, 'the right stands no more')),
  }
}

/** The give-back of an action that takes memberships, the other way round. `given`: what its undo needs to give it. */
export function lendsBy<Config>(
  taking: ContainAction<Config>,
  own: Pick<LeaseAction<Config>, 'verb' | 'title' | 'effects' | 'holdersOf'> & {
    given(context: ActionContext<Config>, right: EntityId): NonNullable<Applied['undoState']>
  },
): LeaseAction<Config> {
  const { takesRight, readBack, undo, probe } = taking
  if (takesRight === undefined || readBack === undefined || undo === undefined)
    throw new TypeError(`\`${taking.verb}\` takes no right, or cannot give it back`)
  const { given, ...rest } = own
  return {
    ...rest,
    scopes: taking.scopes,
    everyMs: probe.everyMs,
    withinMs: probe.withinMs,
    rightOf: (member, thing) => takesRight(member, thing),
    isHeld: async (context, right) => (await readBack(context, right)) === 'absent',
    async give(context, right) {
      await undo(context, right, given(context, right))
      return 'put in for a time'
    },
    async take(context, right) {
      await taking.apply(context, right)
    },
    isGone: (context, right) => probe.run(context, right),
  }
}
