import type { Bell, Diagnose } from '#kit'
import type { EntityId, Finding, Incident, IncidentId, TenantId } from '#model'
import type { ResponseCore } from '#respond'
import type { Reader } from '#store'

import type { EstateThread } from './estate-thread-client.ts'

/** Weak signals open nothing by themselves. */
const opening = new Set<Finding['severity']>(['medium', 'high', 'critical'])
const usedRule = 'exposed-credential.used'
/** Open incidents that one use is told to. */
const storiesMax = 20
export const automationName = 'automation'

export type Automation = {
  take(findings: readonly Finding[]): Promise<void>
  watchIncidents(): Promise<void>
}

/**
 * From findings to incidents, and back: what an incident exposes is watched for use. A finding that an incident knows
 * already changes nothing, so telling one twice after a restart is harmless.
 */
export function createAutomation(parts: {
  responder: ResponseCore
  reader: Reader
  tenant: TenantId
  bell: Bell
  diagnose: Diagnose
  estate: () => EstateThread
  onClosed: (incident: IncidentId) => void
}): Automation {
  const { responder, reader, tenant, bell, diagnose } = parts
  const watched = new Map<IncidentId, string>()
  const isKnown = (finding: Finding): boolean =>
    reader.get('SELECT 1 FROM incident_finding WHERE tenant = ? AND finding = ?', tenant, finding.id) !== undefined
  /** The use of what an incident exposes belongs to its story: one incident, not one more for every session in it. */
  const exposing = (entities: readonly EntityId[]): Incident[] => {
    const rows = reader.all<{ id: IncidentId }>(
      `SELECT DISTINCT i.id FROM exposed e JOIN incident i ON i.tenant = e.tenant AND i.id = e.incident
       WHERE e.tenant = ? AND e.entity IN (SELECT value FROM json_each(?)) AND i.state <> 'closed' LIMIT ?`,
      tenant,
      JSON.stringify(entities),
      storiesMax,
    )
    const ids = new Set(rows.map(({ id }) => id))
    return responder.list(tenant, ['open', 'containing', 'contained']).filter(({ id }) => ids.has(id))
  }
  return {
    async take(findings) {
      for (const finding of findings) {
        if (!opening.has(finding.severity) || isKnown(finding)) continue
        try {
          const { title, severity, trust, id, atMs } = finding
          const stories = finding.rule === usedRule ? exposing(finding.entities) : []
          for (const { trigger, window } of stories.length === 0 ? [finding] : stories) {
            const findings = [id]
            const containBy = automationName
            await responder.open({
              tenant,
              title,
              severity,
              trigger,
              window,
              trust,
              findings,
              foundAtMs: atMs,
              containBy,
            })
          }
          bell.ring('incident')
        } catch (error) {
          diagnose('error', 'finding.not-opened', {
            finding: finding.id,
            rule: finding.rule,
            error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
          })
        }
      }
    },
    async watchIncidents() {
      const open = responder.list(tenant, ['open', 'containing', 'contained'])
      for (const { id, plan } of open) {
        if (plan === null || watched.get(id) === plan) continue
        const { assessment } = await responder.report(tenant, id)
        if (assessment === null) continue
        parts.estate().watch(id, assessment.exposure)
        watched.set(id, plan)
      }
      const ids = new Set(open.map(({ id }) => id))
      for (const id of watched.keys()) {
        if (ids.has(id)) continue
        parts.estate().unwatch(id)
        parts.onClosed(id)
        watched.delete(id)
      }
    },
  }
}
