import { sha256 } from '#kit'
import { entityId, type EntityId, type IncidentId, type TenantId } from '#model'
import type { EstateView } from '#estate'
import type { ResponseCore } from '#respond'
import type { Fingerprinter } from '#vault'

/**
 * Matches values somebody lends for this run with the exposed credentials, by fingerprint. INVARIANT: a value goes from
 * the request to hands' memory and nowhere else.
 */
export async function matchLent(
  parts: { responder: ResponseCore; view: EstateView; fingerprinter: Fingerprinter; tenant: TenantId },
  incident: IncidentId,
  values: readonly string[],
): Promise<{ lent: { credential: EntityId; value: string }[]; unmatched: number }> {
  const report = await parts.responder.report(parts.tenant, incident)
  const exposed = new Set(report.assessment?.exposure.credentials.map(({ credential }) => credential) ?? [])
  const lent: { credential: EntityId; value: string }[] = []
  let unmatched = 0
  for (const value of values) {
    const prints = parts.fingerprinter.all(sha256(value)).map((print) => entityId('credential', 'fp', print))
    const same = await parts.view.edgesFrom(prints, { types: ['SAME_AS'] })
    const back = await parts.view.edgesTo(prints, { types: ['SAME_AS'] })
    const names = new Set([...prints, ...same.map(({ dst }) => dst), ...back.map(({ src }) => src)])
    const matched = [...names].filter((name) => exposed.has(name))
    for (const credential of matched) lent.push({ credential, value })
    if (matched.length === 0) unmatched++
  }
  return { lent, unmatched }
}
