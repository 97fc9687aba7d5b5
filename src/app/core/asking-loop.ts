import type { Clock, Diagnose } from '#kit'
import type { SourceId, TenantId } from '#model'
import { lastRoundMs } from '#identities'
import type { IdentityDesk } from '#api'
import type { Responder } from '#respond'
import type { Reader } from '#store'

import type { Askers } from './askers.ts'
import { automationName } from './automation.ts'

/** Between two looks; what nobody answers for is asked about once a day. */
export const askingLoopMs = 3_600_000
const dayMs = 86_400_000
/** Things of one day. */
const dailyMax = 100

export type AskingSettings = { output: SourceId; days: number }

/** Asks for owners without being asked to, where cordon.yaml names the output for it; one key stops it, as all automation. */
export function createAskingLoop(parts: {
  tenant: TenantId
  clock: Clock
  diagnose: Diagnose
  reader: Reader
  settings: AskingSettings | undefined
  askers: Pick<Askers, 'isAsker'>
  asking: { care(againAfterDays: number | null): Promise<void> }
  identities: Pick<IdentityDesk, 'ask'>
  responder: Pick<Responder, 'isStopped'>
}): { run(): Promise<void> } {
  const { tenant, clock, reader, settings, askers } = parts
  let firstMs: number | undefined
  return {
    async run() {
      if (parts.responder.isStopped(tenant)) return
      await parts.asking.care(settings?.days ?? null)
      if (settings === undefined) return
      if (!askers.isAsker(settings.output)) {
        parts.diagnose('warn', 'asking.no-output', { source: settings.output })
        return
      }
      const atMs = clock.nowMs()
      // Just started, sources may still be read for the first time: whoever is likely now may not be the likeliest.
      firstMs ??= atMs
      if (atMs - firstMs < askingLoopMs) return
      const last = lastRoundMs(reader, tenant)
      if (last !== null && last > atMs - dayMs) return
      await parts.identities.ask({ dryRun: false, max: dailyMax }, automationName, true)
    },
  }
}
