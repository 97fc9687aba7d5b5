import { Worker } from 'node:worker_threads'

import { CordonError, newId, type Clock, type Id, type RandomBytes } from '#kit'
import type { Plan, TenantId } from '#model'
import type { BacktestDesk } from '#api'
import type { BodyOf, ResponseOf } from '#api/contract'
import type { ResponseCore } from '#respond'
import type { HostHooks } from '#connectors/host'

import type { RuleSettings } from '../rule-health.ts'
import type { Looked, Seen } from './look.ts'
import type { Story } from './tally.ts'

/** Heap of the thread; beyond it the look fails, and nothing else does. */
const heapMegabytesMax = 1_024
/** Stories of which a plan is made, the newest; each walks the estate. */
const foreseenMax = 25

export type BacktestData = {
  store: string
  keys: string
  hooks: HostHooks | undefined
  rules: RuleSettings
  sinceMs: number
  latenessMs: number
}
export type FromBacktest = { kind: 'seen'; seen: Seen } | { kind: 'looked'; looked: Looked }
type Shown = ResponseOf<'backtest.show'>
/** What desk and worker speak over; `onEnd` once, with why it died or nothing. */
export type Looking = { stop(): void }
export type Look = (
  data: BacktestData,
  on: { message(message: FromBacktest): void; end(error?: string): void },
) => Looking

/** One look back at a time, in a thread that can only read; then what policy would ask for, by the estate as it is now. */
export function createBacktestDesk(parts: {
  tenant: TenantId
  clock: Clock
  random: RandomBytes
  responder: Pick<ResponseCore, 'foresee'>
  /** The rules that are live. */
  rules: RuleSettings
  data: Pick<BacktestData, 'store' | 'keys' | 'hooks'>
  look?: Look
}): BacktestDesk {
  const { clock, tenant, responder, look = lookInThread } = parts
  let newest: Shown | undefined
  let looking: Looking | undefined
  let isAsked = false

  const finish = async (shown: Shown, { tally, rules, isStopped }: Looked): Promise<void> => {
    const stories = tally.stories.toSorted((a, b) => b.first.atMs - a.first.atMs)
    const foreseen = []
    for (const story of isStopped ? [] : stories.slice(0, foreseenMax)) {
      if (isAsked) break
      foreseen.push(await foresee(story))
    }
    shown.result = {
      rules: rules.rules,
      correlations: rules.correlations,
      refused: rules.refused,
      refusedCount: rules.refusedCount,
      late: rules.late,
      failed: rules.failed,
      findings: tally.findings,
      untold: tally.untold,
      byRule: tally.rules,
      named: tally.named,
      incidents: stories.length,
      foreseen,
    }
    end(shown, isStopped || isAsked ? 'stopped' : 'done')
  }
  const foresee = async ({
    first,
    findings,
    severity,
  }: Story): Promise<NonNullable<Shown['result']>['foreseen'][0]> => {
    const { title, trigger, atMs: firstAtMs } = first
    const plan = await responder.foresee(tenant, { ...first, severity }).then(
      (assessment) => levelsOf(assessment.plan),
      () => null,
    )
    return { title, severity, trigger, findings, firstAtMs, plan }
  }
  const end = (shown: Shown, state: Shown['state'], error: string | null = null): void => {
    Object.assign(shown, { state, error, endedAtMs: clock.nowMs() })
    looking = undefined
  }

  return {
    start({ sinceMs, latenessMs, rules }: BodyOf<'backtest.start'>) {
      if (looking !== undefined)
        throw new CordonError('ERR_API_BUSY', `a backtest runs already: \`${newest?.id ?? ''}\``, {
          hint: 'wait for it, or stop it with `cordon rule backtest --stop`',
        })
      const id: Id<'bkt'> = newId('bkt', parts.random)
      const shown: Shown = {
        id,
        state: 'running',
        sinceMs,
        startedAtMs: clock.nowMs(),
        endedAtMs: null,
        from: 0,
        through: 0,
        at: 0,
        events: 0,
        error: null,
        result: null,
      }
      newest = shown
      isAsked = false
      let isLooked = false
      const settings = rules === undefined ? parts.rules : { packs: null, directories: [], texts: rules }
      looking = look(
        { ...parts.data, rules: settings, sinceMs, latenessMs },
        {
          message(message) {
            if (message.kind === 'seen') Object.assign(shown, message.seen)
            else {
              isLooked = true
              const { from, through, at, events } = message.looked
              Object.assign(shown, { from, through, at: Math.max(0, at), events })
              void finish(shown, message.looked).catch((error: unknown) =>
                end(shown, 'failed', error instanceof Error ? error.message.slice(0, 300) : 'unknown'),
              )
            }
          },
          end(error) {
            if (!isLooked) end(shown, 'failed', error ?? 'it ended before it was through')
          },
        },
      )
      return { id }
    },
    show: () => newest,
    stop() {
      if (looking === undefined) return false
      isAsked = true
      looking.stop()
      return true
    },
  }
}

function levelsOf({ steps }: Plan) {
  const at = (level: Plan['steps'][0]['level']): number => steps.filter((step) => step.level === level).length
  return { steps: steps.length, byItself: at(0), afterOne: at(1), afterTwo: at(2), never: at(null) }
}

const lookInThread: Look = (data, on) => {
  const worker = new Worker(new URL(import.meta.resolve('#app/backtest-thread')), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
  })
  let failed: string | undefined
  worker.on('message', on.message)
  worker.on('error', (error) => (failed = error.message.slice(0, 300)))
  worker.once('exit', () => on.end(failed))
  return { stop: () => worker.postMessage('stop') }
}
