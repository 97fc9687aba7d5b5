import { parseOwnJson } from '#kit'
import { severities, type IncidentId, type Severity, type TenantId, type Weight } from '#model'
import type { Reader } from '#store'

import { findingDay, findingsToldMax, type ToldFinding } from './finding-inbox.ts'
import { triagesOf } from './triage/read.ts'
import { weightsNow } from './triage/weights.ts'

type ToldRow = { place: number; finding: string }
function toTold(reader: Reader, tenant: TenantId, rows: readonly ToldRow[]) {
  const all = rows.map(({ place, finding }) => ({ ...parseOwnJson<ToldFinding>(finding), number: place }))
  const ids = all.map(({ id }) => id)
  const triage = triagesOf(reader, tenant, ids)
  const incidents = incidentsOf(reader, tenant, ids)
  const weightOf = weightsNow(reader, tenant)
  return all.map((one) => ({
    ...one,
    reasons: one.reasons ?? [],
    exception: one.exception ?? null,
    triage: triage(one.id),
    incidents: incidents.get(one.id) ?? [],
    weight: weightOf(one.rule),
  }))
}

/** Incidents that one finding is shown with: the use of what many expose is of each of them. */
const incidentsMax = 100

function incidentsOf(reader: Reader, tenant: TenantId, ids: readonly string[]): Map<string, IncidentId[]> {
  const rows = reader.all<{ finding: string; incident: IncidentId }>(
    `SELECT finding, incident FROM incident_finding
     WHERE tenant = ? AND finding IN (SELECT value FROM json_each(?)) ORDER BY finding, incident`,
    tenant,
    JSON.stringify(ids),
  )
  const found = Map.groupBy(rows, ({ finding }) => finding)
  return new Map([...found].map(([id, of]) => [id, of.slice(0, incidentsMax).map(({ incident }) => incident)]))
}

/**
 * What to look at first: the graver before the less grave, whatever people said; of one severity those of rules that were
 * right more often, then the newer.
 */
export const byWeight = <One extends { severity: Severity; weight: Weight; number: number }>(
  all: readonly One[],
): One[] =>
  all.toSorted(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      b.weight.value - a.weight.value ||
      b.number - a.number,
  )

type Asked = { rule?: string | undefined; before?: number | undefined; max: number }
const asked = ({ rule, before, max }: Asked) => ({
  before: before ?? Number.MAX_SAFE_INTEGER,
  rule: rule ?? null,
  max,
})

/** A page, newest first; `before`: the number of the last one of the page before. */
export function toldFindings(reader: Reader, tenant: TenantId, of: Asked) {
  const { before, rule, max } = asked(of)
  const rows = reader.all<ToldRow>(
    `SELECT place, finding FROM finding_told
       WHERE tenant = ? AND place < ? AND (? IS NULL OR rule = ?) ORDER BY place DESC LIMIT ?`,
    tenant,
    before,
    rule,
    rule,
    max,
  )
  return toTold(reader, tenant, rows).map((one) => ({ ...one, like: null }))
}

/** The same, like findings as their newest one: a rule that fires all day is one line. */
export function likeFindings(reader: Reader, tenant: TenantId, of: Asked) {
  const { before, rule, max } = asked(of)
  const rows = reader.all<ToldRow & { n: number; from_ms: number; to_ms: number }>(
    `SELECT t.place, t.finding, g.n, g.from_ms, g.to_ms FROM (
       SELECT max(place) AS place, count(*) AS n, min(at_ms) AS from_ms, max(at_ms) AS to_ms FROM finding_told
       WHERE tenant = ? AND (? IS NULL OR rule = ?) GROUP BY rule, about, ${findingDay}
       HAVING max(place) < ? ORDER BY max(place) DESC LIMIT ?) g JOIN finding_told t ON t.place = g.place
     ORDER BY t.place DESC`,
    tenant,
    rule,
    rule,
    before,
    max,
  )
  const likes = new Map(
    rows.map(({ place, n: count, from_ms: fromMs, to_ms: toMs }) => [place, { count, fromMs, toMs }]),
  )
  return toTold(reader, tenant, rows).map((one) => ({ ...one, like: likes.get(one.number) ?? null }))
}

/** With the incidents that hold it. */
export function toldFinding(reader: Reader, tenant: TenantId, id: string) {
  const row = reader.get<ToldRow>('SELECT place, finding FROM finding_told WHERE tenant = ? AND id = ?', tenant, id)
  return row === undefined ? undefined : toTold(reader, tenant, [row]).map((one) => ({ ...one, like: null }))[0]
}

/** In the order they were told, behind a place. */
export function findingsBehind(
  reader: Reader,
  tenant: TenantId,
  place: number,
  max: number,
): { place: number; finding: ToldFinding }[] {
  return reader
    .all<ToldRow>(
      'SELECT place, finding FROM finding_told WHERE tenant = ? AND place > ? ORDER BY place LIMIT ?',
      tenant,
      place,
      max,
    )
    .map((row) => ({ place: row.place, finding: parseOwnJson<ToldFinding>(row.finding) }))
}

/** Where the newest stands, and behind which place all that there ever was is still kept; both 0 without any. */
export function findingPlaces(reader: Reader, tenant: TenantId): { newest: number; keptBehind: number } {
  const row = reader.get<{ newest: number | null }>(
    'SELECT max(place) AS newest FROM finding_told WHERE tenant = ?',
    tenant,
  )
  const newest = row?.newest ?? 0
  return { newest, keptBehind: Math.max(0, newest - findingsToldMax) }
}

/** How bad an incident is, and the findings it is made of. */
export function incidentFindings(reader: Reader, tenant: TenantId, incident: string) {
  const row = reader.get<{ severity: Severity }>(
    'SELECT severity FROM incident WHERE tenant = ? AND id = ?',
    tenant,
    incident,
  )
  if (row === undefined) return undefined
  const findings = reader.all<{ id: string; rule: string; atMs: number }>(
    `SELECT t.id, t.rule, t.at_ms AS atMs FROM incident_finding f JOIN finding_told t ON t.tenant = f.tenant AND t.id = f.finding
     WHERE f.tenant = ? AND f.incident = ? ORDER BY t.place LIMIT ?`,
    tenant,
    incident,
    incidentsMax,
  )
  return { severity: row.severity, findings }
}
