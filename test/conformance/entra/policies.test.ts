import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { defaultTenant, entityId, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { gapsIn } from '#trim'
import { keptRows } from '#sources/contract'
import { entraConnector } from '#connectors/entra'

import { nameApi, namePrincipal, nameRole, nameUser } from '../../../src/connectors/entra/names.ts'
import { rowSchemas } from '../../../src/connectors/entra/rows.ts'
import { makeStatements } from '../../simulation/statements.ts'

// Cases of Microsoft's pages "Conditional Access: Users", "… Target resources", "… Conditions", "… Grant" and "… Report-only mode".
const tenant = '7e57e57e-0000-4000-8000-000000000001'
const nowMs = 20_000 * 86_400_000
const guid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const [ada, bo, guest, group, inner, role] = [1, 2, 3, 4, 5, 6].map(guid)
const [crm, wiki, office, abroad] = [11, 12, 13, 14].map(guid)
const users: Record<string, EntityId> = {
  ada: nameUser(tenant, ada ?? ''),
  bo: nameUser(tenant, bo ?? ''),
  guest: nameUser(tenant, guest ?? ''),
}
const all = { includeUsers: ['All'] }
const everyApp = { includeApplications: ['All'] }
const mfa = { operator: 'OR', builtInControls: ['mfa'] }
const asking = (more: JsonObject = {}, grantControls: JsonObject | null = mfa, state = 'enabled'): JsonObject => ({
  state,
  conditions: { users: all, applications: everyApp, clientAppTypes: ['all'], ...more },
  grantControls,
})

/** Ada is of an inner group of the group; Bo may activate the role; all three read both apps. */
async function gapsOf(kind: 'factor' | 'condition', policies: readonly JsonObject[]) {
  const isAnyEnabled = policies.some(({ state }) => state === 'enabled')
  const rows = [
    ...kept(
      'policies',
      policies.map((policy, n) => ({ id: guid(100 + n), displayName: `p${n}`, ...policy })),
    ),
    ...kept('sign-in-default', [{ id: 'none', isAnyEnabled }]),
    ...kept('locations', [
      { id: office, '@odata.type': '#microsoft.graph.ipNamedLocation', ipRanges: [{ cidrAddress: '198.51.100.0/24' }] },
      { id: abroad, '@odata.type': '#microsoft.graph.countryNamedLocation', displayName: 'Abroad' },
    ]),
  ]
  const snapshot = { id: 's', part: 0, complete: true, takenAtMs: nowMs }
  const { edges, facts, unmapped } = entraConnector.normalize({
    stream: 'directory',
    raw: { snapshot, rows: { rows } },
    eventAtMs: nowMs,
    arrivedAtMs: nowMs,
    source: 's',
    authority: tenant,
  })
  assert.equal(unmapped, undefined)
  const { edge, fact } = makeStatements(nowMs)
  const named = (id = '') => namePrincipal(tenant, 'group', id)
  const view = createMemoryEstate({
    edges: [
      ...edges.map(({ src, type, dst }) => edge(src, type, dst)),
      edge(users['ada'] ?? nameRole(tenant, ''), 'MEMBER_OF', named(inner)),
      edge(named(inner), 'MEMBER_OF', named(group)),
      edge(users['bo'] ?? nameRole(tenant, ''), 'MEMBER_OF', nameRole(tenant, role ?? ''), { conditional: true }),
      ...Object.values(users).flatMap((one) =>
        [crm, wiki].map((app) => edge(one, 'CAN_READ', nameApi(tenant, app ?? ''))),
      ),
    ],
    facts: [
      ...facts,
      ...Object.entries(users).map(([name, one]) =>
        fact(one, { kind: 'human', name, mfa: true, external: name === 'guest' }),
      ),
    ],
    people: [crm, wiki].map((app, n) => ({
      resource: nameApi(tenant, app ?? ''),
      persons: [{ person: entityId('person', 'hr', `${n}`), customer: null }],
    })),
  })
  const open = new Set<string>()
  const told = new Set<string>()
  for (const [name, one] of Object.entries(users)) {
    const { gaps, untold } = await gapsIn(view, {
      tenant: defaultTenant,
      atMs: nowMs,
      windowMs: 86_400_000,
      horizonMs: 86_400_000,
      tells: new Map(),
      spared: new Set(Object.values(users).filter((other) => other !== one)),
      withPartly: false,
      conditionsTold: new Set(),
      rulesDecide: new Set([tenant]),
      rulesTold: new Set([tenant]),
      changesMax: 50,
      kind,
    })
    if (untold.length > 0) told.add(`${name}?`)
    if (gaps.length > 0)
      open.add(gaps.reduce((most, { people }) => Math.max(most, people), 0) === 2 ? name : `${name} in part`)
  }
  return [...open, ...told].join(' ')
}
const kept = keptRows(rowSchemas)
const everybody = 'ada bo guest'
const nobody = ''
const unsaid = 'ada? bo? guest?'

test('whom a policy asks for a second factor, and whom it leaves to a password', async () => {
  const cases: [why: string, policies: JsonObject[], open: string][] = [
    ['everybody, everywhere', [asking()], nobody],
    [
      'report-only holds nothing, beside one that is on',
      [asking({}, mfa, 'enabledForReportingButNotEnforced'), asking({}, null)],
      everybody,
    ],
    ['off', [asking({}, mfa, 'disabled'), asking({}, null)], everybody],
    ['no policy is on: security defaults may be', [asking({}, mfa, 'disabled')], unsaid],
    ['somebody is left out', [asking({ users: { ...all, excludeUsers: [ada ?? ''] } })], 'ada'],
    [
      'a group is left out, and who is of a group in it',
      [asking({ users: { ...all, excludeGroups: [group ?? ''] } })],
      'ada',
    ],
    ['a role that has still to be activated', [asking({ users: { ...all, excludeRoles: [role ?? ''] } })], 'bo?'],
    ['a role alone', [asking({ users: { includeRoles: [role ?? ''] } })], 'ada guest bo?'],
    ['a group alone', [asking({ users: { includeGroups: [group ?? ''] } })], 'bo guest'],
    ['guests left out', [asking({ users: { ...all, excludeUsers: ['GuestsOrExternalUsers'] } })], 'guest'],
    ['guests alone', [asking({ users: { includeUsers: ['GuestsOrExternalUsers'] } })], 'ada bo'],
    [
      'guests of kinds, those invited',
      [
        asking({
          users: { includeGuestsOrExternalUsers: { guestOrExternalUserTypes: 'internalGuest,b2bCollaborationGuest' } },
        }),
      ],
      'ada bo',
    ],
    [
      'guests of kinds that are not listed',
      [asking({ users: { ...all, excludeGuestsOrExternalUsers: { guestOrExternalUserTypes: 'serviceProvider' } } })],
      'guest?',
    ],
    [
      'one app',
      [asking({ applications: { includeApplications: [crm ?? ''] } })],
      'ada in part bo in part guest in part',
    ],
    [
      'all apps but one',
      [asking({ applications: { ...everyApp, excludeApplications: [wiki ?? ''] } })],
      'ada in part bo in part guest in part',
    ],
    ['a set of apps that Microsoft keeps', [asking({ applications: { includeApplications: ['Office365'] } })], unsaid],
    [
      'an act of their own',
      [asking({ applications: { includeUserActions: ['urn:user:registersecurityinfo'] } })],
      everybody,
    ],
    [
      'away from the office',
      [asking({ locations: { includeLocations: ['All'], excludeLocations: ['AllTrusted', office ?? ''] } })],
      nobody,
    ],
    ['in the office alone', [asking({ locations: { includeLocations: [office ?? ''] } })], everybody],
    [
      'not from a country, which anybody may be in',
      [asking({ locations: { includeLocations: ['All'], excludeLocations: [abroad ?? ''] } })],
      everybody,
    ],
    ['from a country alone', [asking({ locations: { includeLocations: [abroad ?? ''] } })], everybody],
    ['phones alone', [asking({ platforms: { includePlatforms: ['iOS', 'android'] } })], everybody],
    [
      'all platforms but one, and that one',
      [
        asking({ platforms: { includePlatforms: ['all'], excludePlatforms: ['linux'] } }),
        asking({ platforms: { includePlatforms: ['linux'] } }),
      ],
      nobody,
    ],
    [
      'modern clients asked and old ones refused',
      [
        asking({ clientAppTypes: ['browser', 'mobileAppsAndDesktopClients'] }),
        asking({ clientAppTypes: ['exchangeActiveSync', 'other'] }, { operator: 'OR', builtInControls: ['block'] }),
      ],
      nobody,
    ],
    [
      'old clients refused, and nothing else asked',
      [asking({ clientAppTypes: ['exchangeActiveSync', 'other'] }, { operator: 'OR', builtInControls: ['block'] })],
      everybody,
    ],
    ['modern clients alone', [asking({ clientAppTypes: ['browser', 'mobileAppsAndDesktopClients'] })], everybody],
    ['at a risk', [asking({ signInRiskLevels: ['high'] })], unsaid],
    ['by a filter for devices', [asking({ devices: { deviceFilter: { mode: 'exclude', rule: 'x' } } })], unsaid],
    [
      'of programs',
      [asking({ clientApplications: { includeServicePrincipals: ['ServicePrincipalsInMyTenant'] } })],
      everybody,
    ],
    ['a factor or a device', [asking({}, { operator: 'OR', builtInControls: ['mfa', 'compliantDevice'] })], nobody],
    [
      'a strength',
      [asking({}, { operator: 'OR', builtInControls: [], authenticationStrength: { requirementsSatisfied: 'mfa' } })],
      nobody,
    ],
    ['terms of use', [asking({}, { operator: 'OR', builtInControls: [], termsOfUse: ['t'] })], everybody],
    [
      'a service elsewhere',
      [asking({}, { operator: 'OR', builtInControls: [], customAuthenticationFactors: ['x'] })],
      unsaid,
    ],
    [
      'a factor and a service elsewhere',
      [asking({}, { operator: 'AND', builtInControls: ['mfa'], customAuthenticationFactors: ['x'] })],
      nobody,
    ],
    ['conditions in another shape', [asking({ users: 'All' })], unsaid],
    ['controls in another shape', [asking({}, { operator: 'OR', builtInControls: 'mfa' })], unsaid],
  ]
  for (const [why, policies, open] of cases) {
    const found = await gapsOf('factor', policies)
    const sorted = (words: string): string => words.replaceAll(' in part', '-').split(' ').toSorted().join(' ')
    assert.equal(sorted(found), sorted(open), why)
  }
})

test('from where they let in', async () => {
  const block = { operator: 'OR', builtInControls: ['block'] }
  const own = { operator: 'AND', builtInControls: ['mfa', 'compliantDevice'] }
  const outside = { locations: { includeLocations: ['All'], excludeLocations: [office ?? ''] } }
  assert.equal(await gapsOf('condition', [asking()]), everybody)
  assert.equal(await gapsOf('condition', [asking({}, own)]), nobody)
  assert.equal(await gapsOf('condition', [asking(outside, block)]), nobody)
  assert.equal(
    await gapsOf('condition', [asking({ ...outside, users: { ...all, excludeUsers: [bo ?? ''] } }, block)]),
    'bo',
  )
  const notAbroad = { locations: { includeLocations: ['All'], excludeLocations: [abroad ?? ''] } }
  assert.equal(await gapsOf('condition', [asking(notAbroad, block)]), everybody)
})
