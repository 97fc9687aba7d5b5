import { CordonError } from '#kit'
import {
  isKeyRefusal,
  isRefusedAsAbsent,
  isScopeRefusal,
  type PullContext,
  type RightTries,
  type RightTry,
} from '#sources/contract'

import { compareScopes, type Need } from './scopes.ts'

/** All tries of one check: what is not known by then is not known. */
export const tryRightsMs = 12_000

type Verdict = { is: 'held' } | { is: 'refused' } | { is: 'missing'; scope: string } | { is: 'unknown'; why: string }

/**
 * Which rights to act the credential has, of a vendor that tells none: each change is asked for once, of a thing that cannot
 * be. `context`: of the credential to contain. What is not known is said, and never taken for a right.
 */
export async function tryRights<Config>(
  tries: RightTries<Config>,
  context: PullContext<Config>,
): Promise<{ missing: string[]; says: string[] }> {
  const bounded = { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(tryRightsMs)]) }
  const missing: Need[] = []
  const held: string[] = []
  const unknown = new Map<string, string[]>()
  let isRefused = false
  for (const one of tries.tries) {
    if (isRefused || one.isOn?.(context.config) === false) continue
    const verb = `\`${one.verb}\``
    const verdict = await verdictOf(tries, one, bounded)
    if (verdict.is === 'held') held.push(verb)
    else if (verdict.is === 'refused') isRefused = true
    else if (verdict.is === 'missing') missing.push({ scope: verdict.scope, for: `for ${verb}` })
    else unknown.set(verdict.why, [...(unknown.get(verdict.why) ?? []), verb])
  }
  return {
    missing: [
      ...(isRefused ? ['the vendor does not accept the credential to contain'] : []),
      ...compareScopes('contain', [], missing).missing,
    ],
    says: [
      ...(held.length === 0
        ? []
        : [`the credential to contain has the rights for ${held.join(', ')}: tried on a thing that cannot be`]),
      ...[...unknown].map(
        ([why, verbs]) =>
          `whether the credential to contain has the rights for ${verbs.join(', ')} is not known: ${why}`,
      ),
    ],
  }
}

async function verdictOf<Config>(
  { isRefusal, isPastTheRight }: RightTries<Config>,
  one: RightTry<Config>,
  context: PullContext<Config>,
): Promise<Verdict> {
  try {
    if (!(await isNobodys(one, context))) return { is: 'unknown', why: 'the vendor knows a thing where none can be' }
    const response = await one.change(context)
    const { status } = response
    if (isRefusal(response)) return { is: 'missing', scope: one.acts }
    const isAnswer = status < 500 && ![401, 403, 408, 429].includes(status)
    if (!isAnswer) return { is: 'unknown', why: `the vendor answered ${status}` }
    if (isPastTheRight === undefined)
      return { is: 'unknown', why: 'it was not refused, and the vendor does not say whether it looks at rights first' }
    return isPastTheRight(response)
      ? { is: 'held' }
      : { is: 'unknown', why: `the answer (${status}) does not say who gave it` }
  } catch (error) {
    if (isScopeRefusal(error)) return { is: 'missing', scope: one.looks }
    if (isKeyRefusal(error)) return { is: 'refused' }
    if (error instanceof CordonError) return { is: 'unknown', why: error.message }
    if (context.signal.aborted) return { is: 'unknown', why: 'the vendor took too long' }
    throw error
  }
}

async function isNobodys<Config>(one: RightTry<Config>, context: PullContext<Config>): Promise<boolean> {
  try {
    return await one.isNobodys(context)
  } catch (error) {
    if (isRefusedAsAbsent(error)) return true
    throw error
  }
}
