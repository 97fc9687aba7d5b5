import type { Json } from 'cordon/kit'

import type { CordonUse, Roles } from '../part.ts'
import { account, bind, make, named, rule, type ClusterObject } from './objects.ts'

const home = 'cordon'
/** Cordon's two accounts, `NAMESPACE/NAME`. */
export const cordonAccount = (use: CordonUse): string => `${home}/cordon-${use}`

/** How Cordon connects. `ca`: PEM of the authority that signed the API server's certificate. */
export const cordonConfig = (at: { apiUrl: string; ca?: string }): Record<string, Json> => ({
  ...at,
  account: cordonAccount('see'),
  containAccount: cordonAccount('contain'),
  listSecrets: true,
})

type Scopes = Readonly<Record<CordonUse, readonly string[]>>
export const scopesOfCordon = async (roles: Roles, config: Record<string, Json>): Promise<Scopes> => ({
  see: await roles('kubernetes', config, 'see'),
  contain: await roles('kubernetes', config, 'contain'),
})

/** Cordon's accounts, each with exactly what it says it needs: `verb resource[.group]`. */
export function planCordon(scopes: Scopes): ClusterObject[] {
  const objects: ClusterObject[] = []
  const plan = { objects }
  make(plan, 'namespaces', '', named(home))
  for (const use of ['see', 'contain'] as const) {
    const name = `cordon-${use}`
    make(plan, 'serviceaccounts', home, named(name))
    make(plan, 'clusterroles', '', { ...named(name), rules: scopes[use].map(ruleFor) })
    bind(plan, name, ['ClusterRole', name], account(home, name))
  }
  return objects
}

function ruleFor(scope: string): Json {
  const [verb = '', path = ''] = scope.split(' ')
  const [resource = '', ...within] = path.split('.')
  return rule([verb], [within.join('.')], [resource])
}
