import type { JsonObject } from '#kit'

import { apps, id, type Policy } from './sign-on.ts'

// Rows of policies and rules as Okta gives them, in few words.
let made = 0
const row = (prefix: string, type: string, priority: number, more: JsonObject): JsonObject => ({
  id: id(prefix, String(++made)),
  type,
  name: `n${made}`,
  status: 'ACTIVE',
  priority,
  system: false,
  ...more,
})
export type Draft = JsonObject & { asks?: JsonObject; when?: JsonObject }
const rules = (type: string, drafts: readonly Draft[]): JsonObject[] =>
  drafts.map(({ asks = {}, when, ...more }, n) =>
    row(type === 'SIGN_ON' ? '0pr' : 'rul', type, n + 1, {
      ...(when === undefined ? {} : { conditions: when }),
      actions: asks,
      ...more,
    }),
  )
export const groups = (...some: string[]): string[] => some.map((name) => id('00g', name))
export const zones = (...some: string[]): string[] => some.map((name) => id('nzo', name))
/** A global session policy, for these groups; without any: Okta's own, for everybody. */
export const session = (drafts: readonly Draft[], of: readonly string[] = [], more: JsonObject = {}): Policy => ({
  row: row('00p', 'OKTA_SIGN_ON', of.length === 0 ? 99 : 1, {
    system: of.length === 0,
    conditions: { people: { groups: { include: of.length === 0 ? groups('everyone') : [...of] } } },
    ...more,
  }),
  rules: rules('SIGN_ON', drafts),
})
export const ofApps = (drafts: readonly Draft[], of: readonly string[] = apps): Policy => ({
  row: row('rst', 'ACCESS_POLICY', 1, {}),
  rules: rules('ACCESS_POLICY', drafts),
  of,
})
export const signon = (requireFactor: boolean, access = 'ALLOW'): JsonObject => ({
  signon: { access, requireFactor, primaryFactor: 'PASSWORD_IDP' },
})
export const assurance = (factorMode: string, ...constraints: JsonObject[]): JsonObject => ({
  appSignOn: { access: 'ALLOW', verificationMethod: { type: 'ASSURANCE', factorMode, constraints } },
})
export const password = { asks: signon(false) }
export const mfa = { asks: signon(true) }
export const one = { asks: assurance('1FA') }
export const two = { asks: assurance('2FA') }
export const denied = { asks: { appSignOn: { access: 'DENY' } } }
export const [lax, strict] = [session([password]), session([mfa])]
export const people = (users: JsonObject, of: JsonObject = {}): JsonObject => ({ people: { users, groups: of } })
export const network = (include: string[], exclude: string[] = []): JsonObject => ({
  network: { connection: 'ZONE', include, exclude },
})
export const user = (name: string): string => id('00u', name)
