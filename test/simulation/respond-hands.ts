import { type Clock } from '#kit'
import { createRunner, type Runner, type RunnerLimits } from '#respond/hands'
import type { ActionDesk } from '#respond'
import type { ContainAction, Home } from '#respond/contract'

export const noHome: Home = {
  killKey: () => Promise.resolve('unknown-key'),
  reviveKey: () => Promise.resolve(),
  lendKey: () => Promise.resolve(),
  keyState: () => Promise.resolve('unknown-key'),
  keySuccessor: () => Promise.resolve(null),
  issueSuccessor: () => Promise.reject(new Error('not asked')),
  withdrawSuccessor: () => Promise.resolve(),
}

/** What may happen to a process at an `await`: nothing, death, or being frozen for a while. */
export type Fate = 'lives' | 'dies' | number
export type Hands = { runner: Runner; isDead(): boolean; kill(): void; stop(): Promise<void> }

/**
 * A process of hands that can die between any two awaits: after that nothing it waited for comes back, while calls that
 * went out go on without it. A frozen one comes back later and does not know it.
 */
export function startHands(options: {
  worker: string
  clock: Clock
  desk: ActionDesk
  actionFor(tenant: string): ContainAction
  fate(): Fate
  unit: () => number
  limits?: Partial<RunnerLimits>
}): Hands {
  let isDead = false
  const never = new Promise<never>(() => undefined)
  const life = new AbortController()
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    const before = options.fate()
    if (before === 'dies') isDead = true
    if (isDead) return never
    if (typeof before === 'number') await options.clock.sleep(before)
    try {
      const value = await work()
      return await after(value)
    } catch (error) {
      await after(undefined)
      throw error
    }
  }
  const after = async <T>(value: T): Promise<T> => {
    if (isDead) return never
    const fate = options.fate()
    if (fate === 'dies') isDead = true
    if (isDead) return never
    if (typeof fate === 'number') await options.clock.sleep(fate)
    return value
  }
  const { desk } = options
  const mine: ActionDesk = {
    claim: (...args) => through(() => desk.claim(...args)),
    attempt: (...args) => through(() => desk.attempt(...args)),
    applied: (...args) => through(() => desk.applied(...args)),
    probed: (...args) => through(() => desk.probed(...args)),
    failed: (...args) => through(() => desk.failed(...args)),
    undone: (...args) => through(() => desk.undone(...args)),
    release: (...args) => through(() => desk.release(...args)),
  }
  const clock: Clock = {
    nowMs: () => options.clock.nowMs(),
    monotonicMs: () => options.clock.monotonicMs(),
    sleep: async (ms, signal) => {
      await options.clock.sleep(ms, signal)
      if (isDead) return never
    },
  }
  const runner = createRunner({
    desk: mine,
    worker: options.worker,
    clock,
    unit: options.unit,
    home: noHome,
    lent: () => undefined,
    unseal: () => Promise.resolve({}),
    sourceFor: (action) => ({
      config: action.tenant,
      authority: 'lab',
      http: { request: () => Promise.reject(new Error('no network here')) },
      isOwn: () => false,
    }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    actionFor: (): ContainAction => {
      const inner = (tenant: string): ContainAction => options.actionFor(tenant)
      const any = inner('')
      const tenantIn = (config: unknown): string => String(config)
      return {
        ...any,
        apply: (context, target) =>
          through(() => {
            // As Http does: what was given up while the process stood still is not sent any more.
            context.signal.throwIfAborted()
            return inner(tenantIn(context.config)).apply(context, target)
          }),
        probe: {
          ...any.probe,
          run: (context, target) => through(() => inner(tenantIn(context.config)).probe.run(context, target)),
        },
        ...(any.readBack === undefined
          ? {}
          : {
              readBack: (context, target) =>
                through(
                  () => inner(tenantIn(context.config)).readBack?.(context, target) ?? Promise.resolve('unknown'),
                ),
            }),
        ...(any.undo === undefined
          ? {}
          : {
              undo: (context, target, state) =>
                through(() => inner(tenantIn(context.config)).undo?.(context, target, state) ?? Promise.resolve()),
            }),
      }
    },
  })
  const done = runner.run(life.signal)
  return {
    runner,
    isDead: () => isDead,
    kill: () => {
      isDead = true
    },
    stop: () => {
      life.abort()
      return done
    },
  }
}
