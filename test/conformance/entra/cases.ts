import { entraActions, entraOrigins } from '#connectors/entra'

import { appRoleIdOf, makeAppRoleAssignment } from '../../../lab/twins/entra/permissions.ts'
import { graphOf } from '../../../lab/twins/entra/state.ts'
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
  hold({ twin: { tenant, state }, acts }, scopes) {
    for (const [id, row] of state.appRoleAssignments)
      if (row['principalId'] === acts.sp.id) state.appRoleAssignments.delete(id)
    for (const name of scopes) makeAppRoleAssignment(tenant, acts.sp.id, graphOf(state), appRoleIdOf(state, name))
  },
  origins: ({ config }) => entraOrigins(config),
  isChange: ({ pathname }, method) => method !== 'GET' && !pathname.endsWith('/token'),
  settle: ({ clock }) => clock.pass(6 * 60_000),
  heldBy: stateOf,
  refusesToo: { foreignSource: true },
  refusal: 'ERR_ENTRA_TARGET',
  elsewhere: '7e57e57e-0000-4000-8000-00000000ffff',
})
