import type { Clock, Http } from '#kit'
import type { ActionDesk } from '#respond'
import type { Home } from '#respond/contract'
import { createRunner, type RunnerOptions } from '#respond/hands'

import { makeUndoSeal } from '../simulation/undo-seal.ts'
import { actionOf, createRegistry } from '../../src/app/registry.ts'
import { noHome } from '../simulation/respond-hands.ts'
import type { Core } from '../simulation/respond-world.ts'

const registry = createRegistry(undefined)
const never = new Promise<never>(() => undefined)

/** One call that leaves hands. `says`: of a vendor's its operation or method and address, and its body; of core's its name. */
export type OutwardCall = { to: 'vendor' | 'core'; says: string }
export type Mortal = <T>(call: OutwardCall, work: () => Promise<T>) => Promise<T>
export type Dies = (call: OutwardCall) => 'before' | 'behind' | undefined

/**
 * A process of hands with the runner and the registry as they are, which dies at one outward call: before it is sent, or
 * before its answer is heard. What it waits for then never comes back.
 */
export function startMortalHands(options: {
  core: Core
  worker: string
  dies: Dies
  limits: NonNullable<RunnerOptions['limits']>
  /** What core does for its own keys; absent: it has none. */
  home?: Home
  /** `through`: what each vendor's client must pass, so that the process dies there, too; `mortal`: one call that is no HTTP. */
  sources(through: (http: Http) => Http, mortal: Mortal): Pick<RunnerOptions, 'sourceFor' | 'placeFor' | 'unseal'>
}) {
  let isDead = false
  let inFlight = 0
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    inFlight++
    try {
      const value = await work()
      return isDead ? await never : value
    } finally {
      inFlight--
    }
  }
  const mortal: Mortal = (call, work) => {
    if (isDead) return never
    const fate = options.dies(call)
    if (fate === 'before') isDead = true
    if (isDead) return never
    return alive(async () => {
      const value = await work()
      if (fate === 'behind') isDead = true
      return value
    })
  }
  const through = (http: Http): Http => ({
    request: (url, request) => {
      const target = new Headers(request?.headers).get('x-amz-target') ?? `${request?.method} ${String(url)}`
      return mortal({ to: 'vendor', says: `${target} ${String(request?.body)}` }, () => http.request(url, request))
    },
  })
  const { desk, clock } = options.core
  const told = <A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => mortal({ to: 'core', says: name }, () => work(...args))
  }
  const mine: ActionDesk = {
    claim: (...args) => alive(() => desk.claim(...args)),
    attempt: told('attempt', desk.attempt),
    applied: told('applied', desk.applied),
    probed: told('probed', desk.probed),
    failed: told('failed', desk.failed),
    undone: told('undone', desk.undone),
    release: told('release', desk.release),
  }
  const { home = noHome } = options
  const homeToo: Home = {
    killKey: told('killKey', home.killKey),
    reviveKey: told('reviveKey', home.reviveKey),
    lendKey: told('lendKey', home.lendKey),
    keyState: told('keyState', home.keyState),
    keySuccessor: told('keySuccessor', home.keySuccessor),
    issueSuccessor: told('issueSuccessor', home.issueSuccessor),
    withdrawSuccessor: told('withdrawSuccessor', home.withdrawSuccessor),
  }
  const mineToo: Clock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal)
      if (isDead) return never
    },
  }
  const runner = createRunner({
    undoSeal: makeUndoSeal(),
    desk: mine,
    worker: options.worker,
    clock: mineToo,
    unit: () => 0.5,
    home: homeToo,
    lent: () => undefined,
    actionFor: (connector, verb) => actionOf(registry, connector, verb),
    limits: options.limits,
    ...options.sources(through, mortal),
  })
  const life = new AbortController()
  void runner.run(life.signal)
  return { isDead: () => isDead, isBusy: () => !isDead && inFlight > 0, end: () => life.abort() }
}
