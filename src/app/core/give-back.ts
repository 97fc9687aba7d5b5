import type { Clock, Diagnose } from '#kit'
import type { EntityId, TenantId } from '#model'
import { refusedRule } from '#detect'
import { toldFindings, type ResponseCore } from '#respond'
import type { Reader } from '#store'

import { automationName } from './automation.ts'
import { canUndo, isStage, taking } from './trim-stages.ts'

/** Refusals looked at, the newest. */
const refusalsMax = 500
/** One that had to wait is looked at again after this. */
const againMs = 30_000
/** Clocks of vendors and ours differ. */
const skewMs = 5_000

/**
 * Gives a membership back when somebody is refused for want of it. INVARIANT: never to somebody whom another open incident
 * is about, for whoever took their account over could ask for rights in this way; that is left to a person, and told.
 */
export function createGiveBack(parts: {
  tenant: TenantId
  reader: Reader
  clock: Clock
  responder: Pick<ResponseCore, 'list' | 'report' | 'undo' | 'isStopped'>
  diagnose: Diagnose
}): { run(): Promise<void> } {
  const { tenant, reader, clock, responder, diagnose } = parts
  const handled = new Set<string>()
  const waiting = new Map<string, number>()

  const isSuspect = async (identity: EntityId): Promise<boolean> => {
    const open = responder.list(tenant, ['open', 'containing', 'contained']).filter((one) => !isStage(one))
    for (const { id, trigger, further = [] } of open) {
      const { assessment } = await responder.report(tenant, id)
      const { credentials = [], descendants = [], accounts = [] } = assessment?.exposure ?? {}
      const named = JSON.stringify([
        trigger,
        further.map((scope) => scope.trigger),
        credentials.map((one) => [one.identity, one.credential]),
        descendants.map(({ entity }) => entity),
        accounts.map(({ account }) => account),
      ])
      if (named.includes(JSON.stringify(identity))) return true
    }
    return false
  }

  return {
    async run() {
      const stages = responder.list(tenant, ['open', 'containing', 'contained']).filter(isStage)
      if (stages.length === 0 || responder.isStopped(tenant)) return
      const refusals = toldFindings(reader, tenant, { rule: refusedRule, max: refusalsMax })
      const ids = new Set<string>(refusals.map(({ id }) => id))
      for (const id of handled) if (!ids.has(id)) handled.delete(id)
      for (const id of waiting.keys()) if (!ids.has(id)) waiting.delete(id)
      for (const { id, entities, atMs } of refusals) {
        const [member, group, identity] = entities
        if (handled.has(id) || identity === undefined || clock.monotonicMs() < (waiting.get(id) ?? 0)) continue
        waiting.set(id, clock.monotonicMs() + againMs)
        for (const { id: incident, trigger } of stages) {
          const lost = trigger.memberships.find((one) => one.member === member && one.group === group)
          if (lost === undefined) continue
          const { actions } = await responder.report(tenant, incident)
          const action = taking(actions, lost.takes)
          if (action === undefined || action.appliedAtMs === null) continue
          if (!canUndo(action) || atMs < action.appliedAtMs - skewMs) {
            handled.add(id)
            continue
          }
          if (await isSuspect(identity)) {
            diagnose('warn', 'trim.not-given-back', { action: action.id, incident, why: 'another incident is open' })
            continue
          }
          await responder.undo(tenant, action.id, automationName)
          handled.add(id)
          diagnose('info', 'trim.given-back', { action: action.id, incident })
        }
      }
    },
  }
}
