import type { Bell, Clock, Diagnose } from '#kit'
import type { EntityId, Finding, Incident, IncidentId, TenantId } from '#model'
import { findingTaken, isSigmaFinding, waitingFindings } from '#respond/findings'
import type { ResponseCore } from '#respond'
import { vendorRule } from '#vendors'
import type { Reader, Writer } from '#store'

const usedRule = 'exposed-credential.used'
/** Open incidents that one use is told to. */
const storiesMax = 20
/** Findings read from the store at once. */
const findingsPerPage = 100
/** One that could not be opened is tried again after this, then after twice that, and so on. */
const retryFirstMs = 1_000
const retryMaxMs = 300_000
export const automationName = 'automation'

export type Automation = {
  /** Incidents for all findings that wait in the store. Call when there may be some, and every second or so. */
  openWaiting(): Promise<void>
}

/** Of rules that found one event the one that says how urgent it is speaks first: nobody is called before it has. */
const saysNothing = ({ finding }: { finding: Finding }): number => (finding.urgency === undefined ? 1 : 0)

/**
 * From findings to incidents. INVARIANT: a finding stops waiting after its incidents hold it; one that an incident holds
 * already changes nothing there, so a crash between the two neither loses nor doubles it.
 */
export function createAutomation(parts: {
  responder: Pick<ResponseCore, 'open' | 'list'>
  reader: Reader
  writer: Writer
  tenant: TenantId
  bell: Bell
  clock: Clock
  diagnose: Diagnose
}): Automation {
  const { responder, reader, writer, tenant, bell, clock, diagnose } = parts
  const failed = new Map<Finding['id'], { pauseMs: number; untilMs: number }>()
  const isKnown = (finding: Finding, by?: IncidentId): boolean =>
    reader.get(
      'SELECT 1 FROM incident_finding WHERE tenant = ? AND finding = ? AND incident = coalesce(?, incident)',
      tenant,
      finding.id,
      by ?? null,
    ) !== undefined
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
  const openOne = async (finding: Finding): Promise<void> => {
    const { title, severity, trust, id, atMs, rule, urgency = null, evidence } = finding
    // A rule that somebody wrote, or a bound that the house set, opens an incident with a plan; what is done people decide.
    const isPeoples = isSigmaFinding(finding) || finding.rule === vendorRule
    const by = isPeoples ? {} : { containBy: automationName }
    const isDerived = finding.rule === usedRule
    const told = {
      tenant,
      title,
      severity,
      trust,
      findings: [id],
      foundAtMs: atMs,
      isDerived,
      told: { rule, urgency, evidence },
      ...by,
    }
    const stories = isDerived ? exposing(finding.entities) : []
    for (const story of stories) {
      if (isKnown(finding, story.id)) continue
      // It is of each of them, and connects none: much of a company may be exposed in two.
      const uses = { trigger: story.trigger, window: story.window, wantsAll: true, told: null }
      await responder.open({ ...told, ...uses })
    }
    if (stories.length > 0 || isKnown(finding)) return
    const { entities: about, trigger, window } = finding
    await responder.open({ ...told, about, trigger, window, joins: true })
  }
  const tryOne = async (finding: Finding): Promise<void> => {
    const before = failed.get(finding.id)
    if (before !== undefined && clock.monotonicMs() < before.untilMs) return
    try {
      await openOne(finding)
      await writer.submit(findingTaken({ tenant, id: finding.id }))
      failed.delete(finding.id)
      bell.ring('incident')
    } catch (error) {
      const pauseMs = Math.min(retryMaxMs, (before?.pauseMs ?? retryFirstMs / 2) * 2)
      failed.set(finding.id, { pauseMs, untilMs: clock.monotonicMs() + pauseMs })
      diagnose('error', 'finding.not-opened', {
        finding: finding.id,
        rule: finding.rule,
        againInMs: pauseMs,
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
    }
  }
  const openAll = async (): Promise<void> => {
    for (let after = 0; ;) {
      const page = waitingFindings(reader, tenant, after, findingsPerPage)
      for (const { finding } of page.toSorted((a, b) => saysNothing(a) - saysNothing(b))) await tryOne(finding)
      const last = page.at(-1)
      if (last === undefined) return
      after = last.place
    }
  }
  let running: Promise<void> | undefined
  let isAskedAgain = false
  return {
    openWaiting() {
      isAskedAgain = true
      running ??= (async () => {
        while (isAskedAgain) {
          isAskedAgain = false
          await openAll()
        }
      })().finally(() => (running = undefined))
      return running
    },
  }
}
