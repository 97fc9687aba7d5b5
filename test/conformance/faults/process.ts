import type { Clock } from '#kit'

/** One life of the process: it dies at a chosen effect, and nothing it awaited comes back. */
export type Life = {
  /** Every request, wait and append passes here, before it and after it. */
  effect(): Promise<void>
  died: Promise<'died'>
  readonly isDead: boolean
}

/** How many there were, and how often each line was waiting when one came. */
export type Deaths = { count: number; places: Map<string, number> }

/** `after`: effects until death; Infinity: it lives. `hunted`: lines at which it dies when one of them is waiting; those it died at leave. */
export function startLife(after: number, deaths: Deaths, hunted?: Set<string>): Life {
  const { promise, resolve } = Promise.withResolvers<'died'>()
  let left = after
  let isDead = false
  const die = (places: readonly string[]): void => {
    isDead = true
    deaths.count++
    for (const place of places) {
      deaths.places.set(place, (deaths.places.get(place) ?? 0) + 1)
      hunted?.delete(place)
    }
    resolve('died')
  }
  return {
    died: promise,
    get isDead() {
      return isDead
    },
    effect() {
      if (isDead) return new Promise(() => undefined)
      const isHunt = hunted !== undefined && hunted.size > 0
      if (!isHunt && left-- > 0) return Promise.resolve()
      const places = waiting()
      if (isHunt && left-- > 0 && !places.some((place) => hunted.has(place))) return Promise.resolve()
      die(places)
      return new Promise(() => undefined)
    },
  }
}

/** Lines of the product that wait for what is under way: the whole chain, however deep. */
function waiting(): string[] {
  Error.stackTraceLimit = 60
  const { stack = '' } = new Error('death')
  Error.stackTraceLimit = 10
  return [...stack.matchAll(/(src\/[\w/.-]+\.ts:\d+):\d+/g)].map(([, place = '']) => place)
}

/** Time passes when somebody waits, and only then: a schedule takes no real time. */
export class VirtualClock implements Clock {
  #nowMs: number
  life: Life | undefined
  readonly #endlessMs: number

  /** Waits of at least `endlessMs` are guards against a stall, and nothing stalls here. */
  constructor(startMs: number, endlessMs: number) {
    this.#nowMs = startMs
    this.#endlessMs = endlessMs
  }
  nowMs(): number {
    return this.#nowMs
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  pass(ms: number): void {
    this.#nowMs += ms
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms >= this.#endlessMs) {
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    }
    await this.life?.effect()
    this.#nowMs += Math.max(0, ms)
    await this.life?.effect()
  }
}
