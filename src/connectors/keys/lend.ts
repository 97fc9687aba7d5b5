import { assert } from '#kit'
import { nativeOf } from '#model'
import type { LeaseAction } from '#respond/contract'

import { keyKill, probeEveryMs, probeWithinMs } from './actions.ts'
import type { KeysConfig } from './config.ts'
import { isKey } from './hand-over.ts'

/**
 * A key that is dead but for the time of a lease. Every check compares the end with the clock, so that it is refused then
 * though nobody is there to kill it.
 */
export const keyLend: LeaseAction<KeysConfig> = {
  verb: 'keys.key.lend',
  title: "Let one of Cordon's own keys work for a time",
  scopes: [],
  everyMs: probeEveryMs,
  withinMs: probeWithinMs,
  rightOf: (_, thing) => (isKey(thing) ? thing : undefined),
  holdersOf: () => [],
  effects: ['whoever holds the key is let in until the end; from then on the next request is refused'],
  isHeld: async ({ home }, right) => (await home.keyState(nativeOf(right))) === 'live',
  async give({ home, untilMs }, right) {
    assert(untilMs !== undefined, 'a lease has an end')
    await home.lendKey(nativeOf(right), untilMs)
    return 'alive until the end of the lease'
  },
  async take({ home }, right) {
    await home.killKey(nativeOf(right))
  },
  isGone: (context, right) => keyKill.probe.run(context, right),
}
