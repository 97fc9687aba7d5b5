import type { Clock } from '#kit'
import type { EntityId, TenantId } from '#model'
import { endedActive, endedFindings } from '#people'
import { usingView, type EstateView } from '#estate'
import { keepFindings } from '#respond/findings'
import type { ResponseCore } from '#respond'
import type { Source } from '#sources'
import type { Writer } from '#store'

/** Between two looks; with an export read every 15 minutes, who ended is told well within the hour. */
export const peopleWatchMs = 10 * 60_000
/** An incident that a person closed keeps its people quiet this long. */
const quietMs = 30 * 86_400_000

/** Looks for people who ended and are still active, and says so as a finding, once. */
export function createPeopleWatch(parts: {
  tenant: TenantId
  clock: Clock
  writer: Writer
  view(): Promise<EstateView>
  responder: Pick<ResponseCore, 'list'>
  sources(): readonly Source[]
  onFindings(): void
}): { run(): Promise<void> } {
  const { tenant, clock, writer, responder } = parts
  const told = (nowMs: number): Set<EntityId> =>
    new Set(
      responder
        .list(tenant)
        .filter(({ state, openedAtMs }) => state !== 'closed' || openedAtMs > nowMs - quietMs)
        .flatMap(({ trigger }) => (trigger.kind === 'offboarding' ? trigger.people.map(({ person }) => person) : [])),
    )
  return {
    async run() {
      const registers = parts
        .sources()
        .filter(({ connector, state }) => registering.has(connector) && state === 'active')
      if (registers.length === 0) return
      const atMs = clock.nowMs()
      const { ended } = await usingView(parts.view(), (view) => endedActive(view, atMs))
      const findings = endedFindings(tenant, ended, told(atMs), { atMs, sources: registers.map(({ id }) => id) })
      if (findings.length === 0) return
      await writer.submit(keepFindings({ tenant, findings, watermarkMs: null }))
      parts.onFindings()
    },
  }
}

/** Connectors that say who works here. */
const registering: ReadonlySet<string> = new Set(['people', 'scim'])
