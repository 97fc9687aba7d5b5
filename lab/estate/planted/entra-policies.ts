import type { JsonObject } from 'cordon/kit'

import { guidOf, timeAt } from '../../twins/entra/state.ts'
import { drawOf } from '../draw.ts'
import type { EntraWorld } from '../fill/entra-apps.ts'
import type { SignInTruth } from '../truth.ts'

/**
 * Conditional access with holes: a policy for everybody that leaves a group out, and others that seem to mend it (on phones
 * alone, from a country alone, only reporting, switched off). Some of the group are held by another policy all the same. Who
 * is of which group says what holds for them; no policy is read for that. Ids come of names: nothing else in the tenant moves.
 */
export function plantEntraPolicies({ twin, company, users, at }: EntraWorld): SignInTruth[] {
  const { state } = twin
  const draw = drawOf(company.seed, 'entra conditional access')
  const own = (name: string): string => guidOf(`${state.tenant} conditional access ${name}`)
  const createdDateTime = timeAt(at.clock.nowMs())
  const group = (displayName: string, members: readonly string[]): string => {
    const id = own(displayName)
    const shared = { mailEnabled: false, securityEnabled: true, groupTypes: [], isAssignableToRole: null }
    state.groups.set(id, { id, displayName, createdDateTime, onPremisesSyncEnabled: null, visibility: null, ...shared })
    state.members.set(id, new Set(members))
    return id
  }
  const policy = (
    displayName: string,
    who: JsonObject,
    more: JsonObject,
    controls: string[],
    given = 'enabled',
  ): void => {
    const id = own(displayName)
    const conditions = {
      users: who,
      applications: { includeApplications: ['All'] },
      clientAppTypes: ['all'],
      signInRiskLevels: [],
      userRiskLevels: [],
      servicePrincipalRiskLevels: [],
      ...more,
    }
    const grantControls = {
      operator: 'AND',
      builtInControls: controls,
      customAuthenticationFactors: [],
      termsOfUse: [],
    }
    state.policies.set(id, {
      id,
      displayName,
      createdDateTime,
      modifiedDateTime: null,
      state: given,
      conditions,
      grantControls,
    })
  }
  const staff = [...users.values()].map(({ id }) => id)
  const exempt = new Set(staff.filter(() => draw.chance(0.25)))
  const pilots = new Set(staff.filter(() => draw.chance(0.15)))
  const trial = new Set([...exempt].filter(() => draw.chance(0.2)))
  const left = group('Without a second factor', [...exempt])
  const everybody = { includeUsers: ['All'] }
  const country = own('Head office country')
  state.locations.set(country, {
    '@odata.type': '#microsoft.graph.countryNamedLocation',
    id: country,
    displayName: 'Head office country',
    createdDateTime,
    modifiedDateTime: null,
  })
  policy('Second factor for everybody', { ...everybody, excludeGroups: [left] }, {}, ['mfa'])
  policy('Old protocols', everybody, { clientAppTypes: ['exchangeActiveSync', 'other'] }, ['block'])
  policy(
    'Second factor on phones',
    { includeGroups: [left] },
    { platforms: { includePlatforms: ['iOS', 'android'] } },
    ['mfa'],
  )
  policy('From our country', everybody, { locations: { includeLocations: ['All'], excludeLocations: [country] } }, [
    'block',
  ])
  policy('Second factor, report only', { includeGroups: [left] }, {}, ['mfa'], 'enabledForReportingButNotEnforced')
  policy('Managed devices', { includeGroups: [group('Device pilots', [...pilots])] }, {}, ['mfa', 'compliantDevice'])
  policy('At a risk', { includeGroups: [group('Risk trial', [...trial])] }, { signInRiskLevels: ['medium', 'high'] }, [
    'mfa',
  ])
  return staff.map((native) => ({
    native,
    to: null,
    factor: !exempt.has(native) || pilots.has(native) ? 'held' : trial.has(native) ? 'untold' : 'open',
    condition: pilots.has(native) ? 'held' : 'open',
  }))
}
