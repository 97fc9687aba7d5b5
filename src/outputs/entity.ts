import type { JsonObject } from '#kit'
import { parseEntityId, type EntityId, type Severity, type Urgency } from '#model'

export type Product = { name: string; vendor_name: string; version: string }
/** `kinds`: what it is and whose realm it lies in. `ids`: which one, which may name a person. */
export type LetOut = 'kinds' | 'ids'

/** Without `ids`: its kind, and the realm it lies in (an organisation, a server). */
export function resourceOf(entity: EntityId, letOut: LetOut): JsonObject {
  const parts = parseEntityId(entity)
  const { kind = 'unknown', authority = '' } = parts ?? {}
  const name = letOut === 'ids' ? { uid: entity } : {}
  // The object wants a name or an id: without one, what it is stands for it.
  return { type: kind, namespace: authority, name: kind, ...name }
}

/** OCSF's `severity_id` of 2 to 5. */
export const severityIds = { low: 2, medium: 3, high: 4, critical: 5 } as const

/** OCSF's `priority_id`: how soon somebody is to look. What calls nobody now is Medium (2), however grave. */
export const priorityOf = (severity: Severity, urgency: Urgency): 2 | 3 | 4 =>
  urgency === 'working-hours' ? 2 : severity === 'critical' ? 4 : 3
