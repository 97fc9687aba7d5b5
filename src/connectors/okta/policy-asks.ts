import type { SignInAsk, SignInRule } from '#model'

import type { Actions } from './policy-rows.ts'
import type { Rows } from './rows.ts'

type Asks = SignInRule['asks']
const exactly = (ask: SignInAsk): Asks => ({ least: ask, most: ask })
export const untold: Asks = { least: 'nothing', most: 'refused' }

/** What a rule of a policy asks of somebody outside who has the password. */
export function asksOf(actions: Rows['policy-rules']['actions'], isOfApps: boolean): Asks {
  if (actions === 'untold' || actions === null || actions === undefined) return untold
  const { signon, appSignOn } = actions
  const access = isOfApps ? appSignOn?.access : signon?.access
  if (access === 'DENY') return exactly('refused')
  if (access !== 'ALLOW') return untold
  if (isOfApps) return asksOfMethod(appSignOn?.verificationMethod)
  // Whether the device is remembered makes no difference to somebody on another one.
  return exactly(signon?.requireFactor === true ? 'factor' : 'password')
}

type Method = NonNullable<NonNullable<Actions['appSignOn']>['verificationMethod']>

/** By one of the constraints, all of which it has to meet; without any, by whatever has so many factors. */
function asksOfMethod(method: Method | null | undefined): Asks {
  if (method?.type !== 'ASSURANCE') return untold
  if (method.factorMode === '2FA') return exactly('factor')
  if (method.factorMode !== '1FA') return untold
  const each = (method.constraints ?? []).map(({ knowledge, possession }): Asks => {
    // Whatever it is that they have to have, it is more than a password.
    if (possession !== null && possession !== undefined && possession.required !== false) return exactly('factor')
    return isByPassword(knowledge ?? {}) ? exactly('password') : { least: 'password', most: 'factor' }
  })
  if (each.length === 0 || each.some(({ most }) => most === 'password')) return exactly('password')
  return each.find(({ least }) => least === 'password') ?? exactly('factor')
}

type Knowledge = NonNullable<NonNullable<Method['constraints']>[number]['knowledge']>
function isByPassword({ types, methods, authenticationMethods, excludedAuthenticationMethods }: Knowledge): boolean {
  const keys = (some: Knowledge['authenticationMethods']): string[] => (some ?? []).map(({ key }) => key)
  const allowed = [...(types ?? []), ...(methods ?? []), ...keys(authenticationMethods)]
  const isPassword = (word: string): boolean => /^(okta_)?password$/i.test(word)
  return (allowed.length === 0 || allowed.some(isPassword)) && !keys(excludedAuthenticationMethods).some(isPassword)
}
