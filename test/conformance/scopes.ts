import { assert, CordonError } from '#kit'

import type { SceneCase } from './scenes.ts'

/**
 * Of the actions that these cases try, where the vendor knows permissions: what is not so. Those that an action declares
 * must be enough for all it does (apply, read back, probe, undo), and in some case of it each must be needed (`areAllNeeded`).
 */
export async function wrongScopes(cases: readonly SceneCase[], areAllNeeded = true): Promise<string[]> {
  const wrong: string[] = []
  for (const [verb, ofVerb] of Map.groupBy(cases, (one) => one.verb)) {
    let declared: readonly string[] = []
    for (const one of ofVerb) {
      const { scopes, missing } = await lives(one, () => true)
      if (missing !== undefined) wrong.push(`${verb}: what it declares is not enough: ${missing}`)
      declared = scopes
      for (const scope of one.alsoNeeds) {
        const { missing: says = '' } = await lives(one, (name) => name !== scope)
        if (!says.includes(scope)) wrong.push(`${verb}: needs \`${scope}\` in silence`)
      }
    }
    for (const scope of areAllNeeded ? declared : []) {
      let isNeeded = false
      for (const one of ofVerb) isNeeded ||= (await lives(one, (name) => name !== scope)).missing !== undefined
      if (!isNeeded) wrong.push(`${verb}: goes as well without \`${scope}\``)
    }
  }
  return wrong
}

/** The whole life of one step with some of what it takes. `scopes`: that its action declares; `missing`: what it cannot do. */
async function lives(
  one: SceneCase,
  holds: (scope: string) => boolean,
): Promise<{ scopes: readonly string[]; missing?: string }> {
  const { action, context, target, works, hold, settle, close } = await one.open()
  const { scopes } = action
  try {
    assert(hold !== undefined, 'what Cordon holds can be changed')
    await hold([...scopes, ...one.alsoNeeds].filter(holds))
    await action.readBack?.(context, target)
    const { undoState } = await action.apply(context, target)
    settle()
    const back = (await action.readBack?.(context, target)) ?? 'landed'
    if (back !== 'landed') return { scopes, missing: `read back: ${back}` }
    const probed = await action.probe.run(context, target, undoState)
    if (probed.verdict !== 'dead') return { scopes, missing: `probed: ${probed.says}` }
    if (await works()) return { scopes, missing: 'the thief is not refused' }
    await action.undo?.(context, target, undoState)
    return { scopes }
  } catch (error) {
    if (!(error instanceof CordonError)) throw error
    return { scopes, missing: `${error.message}; ${error.hint ?? ''}` }
  } finally {
    await close()
  }
}
