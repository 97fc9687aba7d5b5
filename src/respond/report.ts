import {
  isEntityId,
  type Approval,
  type EntityId,
  type ExposedCredential,
  type Exposure,
  type IncidentId,
  type Survivor,
  type TenantId,
} from '#model'
import { CordonError, parseOwnJson } from '#kit'
import type { EstateView } from '#estate'

import { killersOf } from './death.ts'
import { manualVerb } from './plan-writer.ts'
import { joinsOf } from './joining/read.ts'
import {
  liveIncident,
  needIncident,
  previewOf,
  stepsOf,
  stepToAction,
  toIncident,
  type Rows,
  type StepRow,
} from './rows.ts'
import { tasksOf } from './tasks.ts'
import type { Assessment, IncidentReport, Join } from './types.ts'

/** Survivors whose use is looked up; beyond, `quiet` is not claimed. */
export const quietLookupsMax = 500

export async function makeReport(
  rows: Rows,
  view: EstateView | undefined,
  tenant: TenantId,
  asked: IncidentId,
  atMs: number,
): Promise<IncidentReport> {
  const row = liveIncident(rows, tenant, asked)
  const { id } = row
  const joins = joinsOf(rows, tenant, id)
  const assessment = assessmentOf(rows, tenant, row.plan)
  const steps = stepsOf(rows, tenant, id)
  const dead = new Set(
    rows
      .all<{ entity: EntityId }>(
        'SELECT entity FROM exposed WHERE tenant = ? AND incident = ? AND dead = 1',
        tenant,
        id,
      )
      .map(({ entity }) => entity),
  )
  const foundAtMs =
    rows.get<{ at: number | null }>(
      'SELECT min(at_ms) AS at FROM incident_finding WHERE tenant = ? AND incident = ?',
      tenant,
      id,
    )?.at ?? null
  const credentials = assessment === null ? [] : mustDie(assessment.exposure)
  const killers = (entity: EntityId): StepRow[] => killersOf(rows, tenant, id, entity)
  const tasks = tasksOf(rows, tenant, id)
  const words = new Map(tasks.flatMap(({ action, done }) => (done === null ? [] : [[action, done.by] as const])))
  const facts = await (view?.facts(credentials.map(({ credential }) => credential)) ?? new Map())

  const survivors: Survivor[] = []
  for (const { credential, conditional, epoch } of credentials) {
    if (dead.has(credential)) continue
    const known = facts.get(credential) ?? {}
    const foreseen = assessment?.plan.survivorsForeseen.find((one) => one.credential === credential)
    const reason = whyAlive(killers(credential), words, foreseen, conditional, row.plan)
    const owner = known['owner']
    const expiresAtMs = known['expiresAtMs']
    survivors.push({
      credential,
      why: reason.why,
      next: reason.next,
      owner: typeof owner === 'string' && isEntityId(owner) ? owner : null,
      quiet: survivors.length < quietLookupsMax && (await isQuiet(view, credential, epoch * 1000, atMs)),
      expiresAtMs: reason.expiresAtMs ?? (typeof expiresAtMs === 'number' ? expiresAtMs : null),
    })
  }

  return {
    incident: toIncident(rows, row),
    ...(asked === id ? {} : { asked: askedFor(rows, tenant, asked, joins) }),
    ...(joins.length === 0 ? {} : { joins }),
    assessment,
    actions: steps.map(stepToAction),
    dead: credentials
      .filter(({ credential }) => dead.has(credential))
      .flatMap(({ credential }) => deadEntry(credential, killers(credential), foundAtMs)),
    survivors,
    descendantsLeft: (assessment?.exposure.descendants ?? [])
      .filter(({ entity }) => !dead.has(entity))
      .map(({ entity }) => {
        const { why, next } = whyAlive(killers(entity), words, undefined, false, row.plan)
        return { entity, why, next }
      }),
    approvals: approvalsOf(rows, tenant, id),
    tasks,
    blindSpots: [
      ...(assessment?.exposure.impact.blindSpots ?? []),
      ...(row.isolation_waived_at_ms === null
        ? []
        : ['isolation was not proven in time; by the declared rule the other steps went on without it']),
    ],
  }
}

function askedFor(rows: Rows, tenant: TenantId, incident: IncidentId, joins: readonly Join[]) {
  const { folded_at_ms: foldedAtMs } = needIncident(rows, tenant, incident)
  return { incident, foldedAtMs: foldedAtMs ?? 0, says: joins.find((join) => join.incident === incident)?.says ?? null }
}

export function assessmentOf(rows: Rows, tenant: TenantId, hash: string | null): Assessment | null {
  if (hash === null) return null
  const row = rows.get<{ exposure: string; plan: string }>(
    'SELECT exposure, plan FROM assessment WHERE tenant = ? AND hash = ?',
    tenant,
    hash,
  )
  return row === undefined ? null : { exposure: parseOwnJson(row.exposure), plan: parseOwnJson(row.plan) }
}

/** Credentials; of an offboarding the accounts themselves, of a trim the memberships. */
const mustDie = ({
  credentials,
  accounts = [],
  trimmed = [],
}: Exposure): Pick<ExposedCredential, 'credential' | 'conditional' | 'epoch'>[] => [
  ...credentials,
  ...accounts.map(({ account, epoch }) => ({ credential: account, conditional: false, epoch })),
  ...trimmed.map(({ takes, epoch }) => ({ credential: takes, conditional: false, epoch })),
]

/** The credential died with the last of its proofs. Times from finding, approval and apply stand apart. */
function deadEntry(
  credential: EntityId,
  killers: readonly StepRow[],
  foundAtMs: number | null,
): IncidentReport['dead'] {
  const proven = killers.filter((row) => row.state === 'contained' && row.proven_at_ms !== null && row.is_current === 1)
  const last = proven.toSorted((a, b) => (b.proven_at_ms ?? 0) - (a.proven_at_ms ?? 0))[0]
  if (last === undefined || last.proven_at_ms === null) return []
  const since = (ms: number | null): number | null => (ms === null ? null : Math.max(0, (last.proven_at_ms ?? 0) - ms))
  const action = stepToAction(last)
  return [
    {
      credential,
      action: action.id,
      proof: action.proof,
      fromFindingMs: since(foundAtMs),
      fromApprovalMs: last.is_automatic === 1 ? null : since(last.approved_at_ms),
      fromApplyMs: since(last.applied_at_ms),
    },
  ]
}

type Words = ReadonlyMap<string, string>
type Reason = { why: string; next: string; expiresAtMs?: number | null }

/** The step that stands in the way tells why; what nobody can act on says so. */
function whyAlive(
  killers: readonly StepRow[],
  words: Words,
  foreseen: { why: string; next: string } | undefined,
  isConditional: boolean,
  plan: string | null,
): Reason {
  const open = killers
    .filter((row) => row.state !== 'contained')
    .toSorted((a, b) => weight.indexOf(a.state) - weight.indexOf(b.state))[0]
  if (open !== undefined) return { ...reasonOf(open, words, plan), expiresAtMs: open.expires_at_ms }
  if (foreseen !== undefined) return foreseen
  if (isConditional) {
    return {
      why: 'reachable only under a condition that could not be decided, so nothing was done',
      next: 'check the condition, then contain this credential by name',
    }
  }
  if (plan === null) return { why: 'there is no plan yet', next: 'run `cordon contain` on this incident' }
  return {
    why: 'no step of the plan kills it',
    next: 'revoke it where it was issued, then report the source that shows its state',
  }
}

/** The most telling state first. */
const weight: readonly StepRow['state'][] = [
  'unknown',
  'failed',
  'undone',
  'undo-executing',
  'awaiting-approval',
  'proposed',
  'approved',
  'executing',
  'applied',
  'probing',
]

function reasonOf(row: StepRow, words: Words, plan: string | null): Reason {
  const said = row.last_error ?? 'no answer'
  switch (row.state) {
    case 'unknown':
      if (row.verb === manualVerb) {
        const by = words.get(row.id)
        if (by !== undefined) {
          return {
            why: `\`${by}\` says that it is done; a word is no proof`,
            next: 'have its state shown by a connected source, then contain again',
          }
        }
        return { why: 'no connector can do this step', next: previewOf(row).effects.join('; ') || 'a person must act' }
      }
      return row.applied_at_ms === null
        ? {
            why: `nobody knows whether \`${row.verb}\` landed: ${said}`,
            next: 'look at the vendor, then contain again',
          }
        : { why: `\`${row.verb}\` was applied and death is not proven: ${said}`, next: 'it is checked again by itself' }
    case 'failed':
      return { why: `\`${row.verb}\` failed: ${said}`, next: 'remove the cause, then contain again' }
    case 'undone':
    case 'undo-executing':
      return { why: `\`${row.verb}\` was undone`, next: 'contain again if it must stay dead' }
    case 'awaiting-approval':
      return { why: `\`${row.verb}\` waits for an approval`, next: `approve plan \`${plan ?? row.step_plan}\`` }
    case 'proposed':
      return row.level === null
        ? {
            why: `\`${row.verb}\` is not allowed: ${row.decided_by}`,
            next: 'a person with rights at the vendor must act',
          }
        : { why: `\`${row.verb}\` is planned`, next: 'run `cordon contain` on this incident' }
    case 'approved':
    case 'executing':
    case 'applied':
    case 'probing':
    case 'contained':
      return { why: `\`${row.verb}\` is under way (${row.state})`, next: 'wait for its proof' }
  }
}

/** More uses than this are not counted: it is not quiet. */
const quietTouchesMax = 100

/** No use at all since the attacker could hold it: evidence, never proof. */
async function isQuiet(
  view: EstateView | undefined,
  credential: EntityId,
  fromMs: number,
  toMs: number,
): Promise<boolean> {
  if (view === undefined) return false
  try {
    return (await view.touches({ credentials: [credential], fromMs, toMs, touchesMax: quietTouchesMax })).length === 0
  } catch (error) {
    if (error instanceof CordonError && error.code === 'ERR_ESTATE_TOO_MANY') return false
    throw error
  }
}

const approvalsOf = (rows: Rows, tenant: TenantId, incident: IncidentId): IncidentReport['approvals'] =>
  rows
    .all<{ approval: string; method: string; at_ms: number }>(
      'SELECT approval, method, at_ms FROM approval WHERE tenant = ? AND incident = ? ORDER BY at_ms, nonce',
      tenant,
      incident,
    )
    .map((row) => ({ approver: parseOwnJson<Approval>(row.approval).approver, atMs: row.at_ms, method: row.method }))
