import { isStreamOn, type Connector, type CredentialUse } from '#sources/contract'

/** A permission and what in Cordon needs it. */
export type Need = { scope: string; for: string }

/** What the credential to look needs: the scopes of the streams this configuration has. */
export function streamNeeds<Config>(connector: Connector<Config>, config: Config): Need[] {
  return connector.streams
    .filter((stream) => isStreamOn(stream, config))
    .flatMap(({ name, scopes = [] }) => scopes.map((scope) => ({ scope, for: `to read \`${name}\`` })))
}

/** What the credential to contain needs: the scopes of the actions. */
export const actionNeeds = (actions: readonly { verb: string; scopes: readonly string[] }[]): Need[] =>
  actions.flatMap(({ verb, scopes }) => scopes.map((scope) => ({ scope, for: `for \`${verb}\`` })))

/** In words: which needs no held permission includes, and which permissions nothing needs. */
export function compareScopes(
  use: CredentialUse,
  held: readonly string[],
  needs: readonly Need[],
  implies: (held: string, needed: string) => boolean = (has, wants) => has === wants,
): { missing: string[]; excess: string[] } {
  const whose = use === 'see' ? 'the credential to look' : 'the credential to contain'
  const missing = [...Map.groupBy(needs, ({ scope }) => scope)]
    .filter(([scope]) => !held.some((one) => implies(one, scope)))
    .map(
      ([scope, all]) => `${whose} lacks \`${scope}\`, needed ${[...new Set(all.map((need) => need.for))].join(', ')}`,
    )
  const excess = held
    .filter((one) => !needs.some(({ scope }) => implies(one, scope)))
    .map((one) => `${whose} also has \`${one}\`, which Cordon does not need`)
  return { missing, excess }
}
