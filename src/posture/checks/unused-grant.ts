import { authorityOf, type EntityId } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { wide } from '../grants.ts'
import { dayMs, daysSince, isOn, msOf, textOf, wordsOf } from '../words.ts'

const neverUsedMs = 30 * dayMs
const unusedMs = 90 * dayMs

export const unusedGrant: Check = {
  kind: 'unused-grant',
  title: 'an app that was let in and is not used',
  rule: 'a grant opens mail, files, code or the directory, and its app has not used it for 90 days, or never in 30',
  severity: 'medium',
  needs: ['grants', 'grant-use'],
  untold: 'no source tells when the app last used them',
  async look(scene) {
    const grants = (await scene.find('credential', { kind: 'grant' })).filter(
      ({ facts }) => isOn(facts, scene.atMs) && wordsOf(facts, 'opens').some((word) => wide.has(word)),
    )
    const out = outcomeOf(grants.length)
    const uses = await usesOf(scene)
    for (const { entity, facts } of grants) {
      const use = uses.get(useKey(entity, facts)) ?? (facts['tellsUse'] === true ? { usedMs: undefined } : undefined)
      const usedMs = latest(use?.usedMs, msOf(facts, 'lastUsedAtMs'))
      const madeMs = msOf(facts, 'createdAtMs')
      if (usedMs === undefined && (use === undefined || madeMs === undefined)) {
        out.cannotTell(authorityOf(entity))
        continue
      }
      const fix = {
        kind: 'revoke',
        target: entity,
        preview: 'the app loses what it was let into, in the name of this one alone',
        undo: 'whoever let it in lets it in again',
      } as const
      if (usedMs !== undefined && scene.atMs - usedMs > unusedMs)
        out.say({
          on: entity,
          sinceMs: usedMs + unusedMs,
          why: `the app last used it ${daysSince(usedMs, scene.atMs)} ago, and may still open ${opened(facts)}`,
          fix,
        })
      else if (usedMs === undefined && madeMs !== undefined && scene.atMs - madeMs > neverUsedMs)
        out.say({
          on: entity,
          sinceMs: madeMs + neverUsedMs,
          why: `the app was let in ${daysSince(madeMs, scene.atMs)} ago, may open ${opened(facts)}, and never did`,
          fix,
        })
    }
    return out
  },
}

const opened = (facts: Parameters<typeof wordsOf>[0]): string => wordsOf(facts, 'opens').join(' and ')
const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

type Use = { usedMs: number | undefined }
const useKey = (entity: EntityId, facts: Parameters<typeof textOf>[0]): string =>
  `${authorityOf(entity)} ${textOf(facts, 'client') ?? ''} ${textOf(facts, 'owner') ?? ''}`

/** An app uses what it was let into by tokens: the newest use of any that one owner has given it. */
async function usesOf(scene: Parameters<Check['look']>[0]): Promise<Map<string, Use>> {
  const uses = new Map<string, Use>()
  for (const { entity, facts } of await scene.find('credential', { tokenKind: 'refresh' })) {
    if (facts['tellsUse'] !== true) continue
    const key = useKey(entity, facts)
    uses.set(key, { usedMs: latest(uses.get(key)?.usedMs, msOf(facts, 'lastUsedAtMs')) })
  }
  return uses
}
