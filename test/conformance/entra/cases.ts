import { entraActions, entraOrigins } from '#connectors/entra'

import { defineTrial } from '../actions.ts'
import { foundCompany, type Company } from './company.ts'
import { stateText } from '../cordon.ts'
import { openCordon } from './cordon.ts'
import { cases } from './verbs.ts'

/** All that the tenant holds but tokens, which die by themselves. */
export const stateOf = ({ twin: { state } }: Company): string =>
  stateText({ ...state, accessTokens: null, sessions: null })

export const trial = defineTrial({
  actions: entraActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  origins: ({ config }) => entraOrigins(config),
  isChange: ({ pathname }, method) => method !== 'GET' && !pathname.endsWith('/token'),
  settle: ({ clock }) => clock.pass(6 * 60_000),
  heldBy: stateOf,
  refusesToo: { foreignSource: true },
  refusal: 'ERR_ENTRA_TARGET',
  elsewhere: '7e57e57e-0000-4000-8000-00000000ffff',
})
