import { hashId } from '#kit'
import { offboardedPeopleMax, type EntityId, type Finding, type SourceId, type TenantId } from '#model'

import type { EndedActive } from './ended.ts'

export const endedRule = 'people.ended-still-active'
const evidenceMax = 100

/**
 * `people.ended-still-active`: one finding for those who were not told before, or several where they are more than one
 * incident holds. INVARIANT: it rests on what a register and vendors say, so automatic steps stay inside the accounts it
 * names; the same people make the same id.
 */
export function endedFindings(
  tenant: TenantId,
  ended: readonly EndedActive[],
  told: ReadonlySet<EntityId>,
  { atMs, sources }: { atMs: number; sources: readonly SourceId[] },
): Finding[] {
  const fresh = ended.filter(({ person }) => !told.has(person.person))
  const findings: Finding[] = []
  for (let at = 0; at < fresh.length; at += offboardedPeopleMax) {
    const some = fresh.slice(at, at + offboardedPeopleMax)
    const people = some.map(({ person, alive }) => ({
      person: person.person,
      accounts: alive.map(({ account }) => account),
    }))
    const accounts = people.flatMap(({ accounts: theirs }) => theirs)
    const names = people.map(({ person }) => person)
    const subject =
      some.length === 1 ? 'somebody who no longer works here is' : `${some.length} people who no longer work here are`
    findings.push({
      id: hashId('fnd', tenant, endedRule, ...names.toSorted()),
      tenant,
      rule: endedRule,
      ruleVersion: 1,
      title: `${subject} still active, in ${accounts.length === 1 ? 'one account' : `${accounts.length} accounts`}`,
      severity: 'medium',
      entities: [...names, ...accounts],
      trigger: { kind: 'offboarding', people },
      window: { fromMs: atMs, toMs: null },
      trust: { origin: 'vendor', sources: [...sources], confinedTo: accounts },
      evidence: [...new Set(some.flatMap(({ alive }) => alive.flatMap(({ evidence }) => evidence)))]
        .sort((a, b) => a - b)
        .slice(0, evidenceMax),
      atMs,
    })
  }
  return findings
}
