import { formatTime } from '#kit'
import { authorityOf, type EntityId, type Exposure, type Phase, type Plan, type PlanStep } from '#model'

import { list } from './left-behind.ts'
import type { PlanMember } from './members.ts'
import type { PlanSource } from './plan-source.ts'

type Foreseen = Plan['survivorsForeseen'][number]

/** Phases whose success leaves a key dead; ending sessions is enough for a session only. */
const killing: readonly Phase[] = ['revoke', 'uninstall', 'remove-descendants']

/**
 * Members that the plan will not leave dead, each with why and who must do what.
 * INVARIANT: a member without a step that may run and whose success kills it is here, by name.
 */
export function foresee(
  exposure: Exposure,
  members: readonly PlanMember[],
  steps: readonly PlanStep[],
  sources: readonly PlanSource[],
  nowMs: number,
): Foreseen[] {
  const serving = new Map<EntityId, PlanStep[]>()
  for (const step of steps) {
    for (const entity of step.serves) serving.set(entity, [...(serving.get(entity) ?? []), step])
  }
  const accounts = new Map((exposure.accounts ?? []).map((one) => [one.account, one]))
  const used = new Map(exposure.credentials.map(({ credential, usedBy = [] }) => [credential, usedBy]))
  const foreseen = members.flatMap((member): Foreseen[] => {
    if (member.role === 'host') return []
    const leaving = accounts.get(member.entity)
    if (member.role === 'trigger' && member.credentialKind === null && leaving === undefined) return []
    const usedBy = leaving?.usedBy ?? used.get(member.entity) ?? []
    if (usedBy.length > 0) return [{ credential: member.entity, ...inUse(usedBy, leaving !== undefined) }]
    const phases: readonly Phase[] =
      member.role === 'session' || member.credentialKind === 'session' ? [...killing, 'end-sessions'] : killing
    const kills = (serving.get(member.entity) ?? []).filter(
      ({ phase, target }) =>
        phases.includes(phase) ||
        ((leaving !== undefined || exposure.trigger.kind === 'pause') && phase === 'deny' && target === member.entity),
    )
    // A token that carries its own proof dies only where it is accepted: a step that leaves a rest leaves it alive.
    const isSelfContained = member.attributes['selfContained'] === true
    const lasting = kills.filter(({ preview }) => !isSelfContained || preview.residualMs === 0)
    if (lasting.some(({ level }) => level !== null)) return []
    const expiresAtMs = member.attributes['expiresAtMs']
    const isOver = member.endedAtMs !== null || (typeof expiresAtMs === 'number' && expiresAtMs < nowMs)
    if (isOver && lasting.length === 0 && authorityOf(member.entity) !== 'fp') return []
    return [{ credential: member.entity, ...reasonFor(member, lasting, sources) }]
  })
  const conditional = exposure.credentials
    .filter(({ conditional }) => conditional)
    .map(({ credential }) => ({
      credential,
      why: 'readable only under a condition that could not be decided: nothing is done to it by itself',
      next: 'check the condition; when it may hold, contain this credential as a trigger of its own',
    }))
  return [...foreseen, ...conditional].sort((a, b) => (a.credential < b.credential ? -1 : 1))
}

const inUse = (usedBy: readonly EntityId[], isAccount: boolean): { why: string; next: string } => ({
  why: `${list(usedBy)} work${usedBy.length === 1 ? 's' : ''} by ${isAccount ? 'a credential of this account' : 'it'}: ended blindly, that would stop`,
  next: 'give a successor under an identity of its own, then offboard again',
})

function reasonFor(
  { entity, attributes, credentialKind }: PlanMember,
  kills: readonly PlanStep[],
  sources: readonly PlanSource[],
): { why: string; next: string } {
  const authority = authorityOf(entity)
  if (kills.length > 0) {
    const rules = [...new Set(kills.flatMap(({ decidedBy }) => decidedBy))].sort().join(', ')
    return { why: `policy never lets Cordon act on it (${rules})`, next: 'a person decides and acts at the vendor' }
  }
  if (attributes['selfContained'] === true) {
    const expiresAtMs = attributes['expiresAtMs']
    const until = typeof expiresAtMs === 'number' ? formatTime(expiresAtMs) : 'an end that no source states'
    return {
      why: `a self-contained token: whoever issued it cannot revoke it; it lives until ${until}`,
      next: `deny it where it is accepted, or roll the signing key of \`${authority}\`; else wait until ${until}`,
    }
  }
  if (authority === 'fp') {
    return {
      why: 'known by its fingerprint only: no connected source says what it opens',
      next: 'find its owner, have it replaced, and connect the system that issued it',
    }
  }
  const connected = sources.filter((source) => source.authority === authority)
  if (connected.length === 0) {
    return {
      why: `no connected source can act on \`${authority}\``,
      next: `have its administrator revoke it, or connect \`${authority}\` with a contain credential`,
    }
  }
  const names = connected.map(({ source }) => `\`${source}\``).join(', ')
  return {
    why: `${names} has no action that kills this ${credentialKind ?? 'entity'}`,
    next: `have the administrator of \`${authority}\` revoke it by hand`,
  }
}
