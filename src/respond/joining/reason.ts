import type { EdgeType, EntityId, FindingId, ReasonStep } from '#model'

/** Why a finding is of an incident: both stand close to `entity`. `other` is the finding that brought it there first. */
export type JoinReason = {
  entity: EntityId
  /** From what the new finding names to `entity`. */
  named: EntityId
  path: ReasonStep[]
  /** From what the incident's finding names, or, without one, what the incident was opened about. */
  other: FindingId | null
  otherNamed: EntityId
  otherPath: ReasonStep[]
}

const spoken: Partial<Record<EdgeType, (src: string, dst: string) => string>> = {
  STORES: (src, dst) => `${src} held ${dst}`,
  AUTHENTICATES_AS: (src, dst) => `${src} signs in as ${dst}`,
  DERIVES: (src, dst) => `${dst} was derived from ${src}`,
  CREATED: (src, dst) => `${src} made ${dst}`,
  SAME_AS: (src, dst) => `${src} is ${dst}`,
  INSTALLED_ON: (src, dst) => `${src} was installed on ${dst}`,
  RUNS_ON: (src, dst) => `${src} runs on ${dst}`,
}

/** One line for people. `finding`: the new one. */
export function sayReason(finding: FindingId, reason: JoinReason): string {
  const { named, path, other, otherNamed, otherPath } = reason
  const steps = [...path, ...otherPath.toReversed()].map(
    ({ src, type, dst }) => spoken[type]?.(`\`${src}\``, `\`${dst}\``) ?? `\`${src}\` ${type} \`${dst}\``,
  )
  const names =
    named === otherNamed
      ? `${finding} and ${other ?? 'the incident'} name \`${named}\``
      : `${finding} names \`${named}\`, ${other ?? 'the incident'} \`${otherNamed}\``
  return [...new Set(steps), names].join('; ')
}
