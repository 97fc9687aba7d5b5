import { formatTime, hashId, type Clock, type Diagnose } from '#kit'
import type { FindingId, IncidentId, TenantId } from '#model'
import { dutiesOf, leaseStateOf, type LeaseTime } from '#leases'
import { openLeases, type ResponseCore, type StoredLease } from '#respond'
import { keepFindings } from '#respond/findings'
import type { Reader, Writer } from '#store'

import { automationName } from './automation.ts'

export const survivorRule = 'lease.not-ended'
/** An end that did not work is asked for again after this. */
const againMs = 30_000

const closings: Partial<Record<ReturnType<typeof leaseStateOf>, string>> = {
  ended: 'the right is proven gone',
  failed: 'the right was never given',
  refused: 'no policy lets it be given, or no source can give it',
}

/**
 * Ends what is due. INVARIANT: all that is known of a lease is in the store, so that whatever crashed, the next look finds it
 * due; what cannot be ended is looked at again for ever, named as a survivor, and a person's task.
 */
export function createLeaseWatch(parts: {
  tenant: TenantId
  reader: Reader
  writer: Writer
  clock: Clock
  time: LeaseTime
  responder: Pick<ResponseCore, 'undo' | 'close' | 'open'>
  diagnose: Diagnose
}): { run(): Promise<void> } {
  const { tenant, reader, writer, clock, time, responder, diagnose } = parts
  const triedMs = new Map<string, number>()

  const acts = {
    wait: () => Promise.resolve(),
    end: async ({ lease: { id }, action }: StoredLease) => {
      if (action === null || clock.monotonicMs() < (triedMs.get(id) ?? -Infinity)) return
      triedMs.set(id, clock.monotonicMs() + againMs)
      await responder.undo(tenant, action.id, automationName)
    },
    close: async (stored: StoredLease) => {
      const why = closings[leaseStateOf(stored, time.nowMs())] ?? 'nobody approved it in time'
      await responder.close(tenant, stored.incident, automationName, why)
      for (const incident of survivorsOf(stored)) await responder.close(tenant, incident, automationName, why)
    },
    tell: async (stored: StoredLease) => {
      if (survivorsOf(stored).length > 0) return
      const { lease, action } = stored
      const id = findingOf(stored)
      const [title, severity, atMs] = [
        'a lease is over, and its right is not proven gone',
        'high',
        clock.nowMs(),
      ] as const
      const entities = [lease.gives, lease.member, lease.thing]
      const told = { id, rule: survivorRule, title, severity, entities, evidence: [], atMs, fromMs: atMs }
      const shown = { ...told, opens: true, late: false, group: { lease: lease.id }, place: null }
      await writer.submit(keepFindings({ tenant, findings: [], told: [shown], watermarkMs: null }))
      const ended =
        action?.untilMs === undefined || action.untilMs === null ? '' : ` ended at ${formatTime(action.untilMs)}`
      const does = `take ${lease.thing} from ${lease.member} by hand: lease ${lease.id}${ended}, and nothing proves it gone`
      await responder.open({
        tenant,
        title,
        severity,
        trigger: {
          kind: 'weakness',
          weakness: survivorRule,
          things: [{ finding: id, target: lease.gives, mending: 'task', does: does.slice(0, 500), owner: null }],
        },
        window: { fromMs: atMs, toMs: null },
        trust: { origin: 'vendor', sources: action?.source == null ? [] : [action.source], confinedTo: null },
        findings: [id],
        containBy: automationName,
      })
      diagnose('error', 'lease.survivor', { lease: lease.id, action: action?.id ?? '' })
    },
  }

  return {
    async run() {
      const open = openLeases(reader, tenant)
      const ids = new Set<string>(open.map(({ lease }) => lease.id))
      for (const id of triedMs.keys()) if (!ids.has(id)) triedMs.delete(id)
      if (open.length === 0) return
      await time.mark()
      for (const one of open) {
        try {
          for (const duty of dutiesOf(one, time.nowMs())) await acts[duty](one)
        } catch (error) {
          diagnose('error', 'lease.not-ended', {
            lease: one.lease.id,
            error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
          })
        }
      }
    },
  }

  function findingOf({ lease }: StoredLease): FindingId {
    return hashId('fnd', tenant, survivorRule, lease.id)
  }

  /** Open incidents that tell of it. */
  function survivorsOf(stored: StoredLease): IncidentId[] {
    return reader
      .all<{ id: IncidentId }>(
        `SELECT i.id FROM incident_finding f JOIN incident i ON i.tenant = f.tenant AND i.id = f.incident
         WHERE f.tenant = ? AND f.finding = ? AND i.state <> 'closed'`,
        tenant,
        findingOf(stored),
      )
      .map(({ id }) => id)
  }
}
