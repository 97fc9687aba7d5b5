import { makeServicePrincipal } from '../../twins/entra/apps.ts'
import { makeGrant } from '../../twins/entra/permissions.ts'
import { graphOf, guidOf, textOf, timeAt } from '../../twins/entra/state.ts'
import { makeUser } from '../../twins/entra/users.ts'
import { dayMs } from '../company/model.ts'
import { registerApp, type EntraWorld } from '../fill/entra-apps.ts'
import { fine, tellApp, tellIdentity, weak } from '../truth.ts'

export function plantEntra(world: EntraWorld): void {
  for (let n = 1; n <= world.company.size.weaknesses; n++) {
    plantApps(world, n)
    plantOwners(world, n)
    plantStrangers(world, n)
  }
}

const staffOf = ({ users, company }: EntraWorld): string[] =>
  [...users].flatMap(([n, { id }]) => (company.people[n]?.endMs === null ? [id] : []))

/** Programs with too much, without an owner, and with secrets that never end; each app has but one of these. */
function plantApps(world: EntraWorld, n: number): void {
  const { twin, fill, company } = world
  const createdMs = company.nowMs - 80 * dayMs
  const staff = staffOf(world)
  const app = (name: string, permissions: readonly string[], isOwned = true) => {
    const made = registerApp(world, `${name}-${n}`, { createdMs, permissions, lastUsedMs: company.nowMs - dayMs })
    if (isOwned) twin.state.appOwners.set(made.app.id, new Set([staff[n % staff.length] ?? '']))
    return { ...made, plant: { noun: 'app', native: textOf(made.app, 'appId'), label: `${name}-${n}` } as const }
  }
  const wide = app('provisioning', ['Directory.ReadWrite.All'])
  weak(fill, 'human-size-rights', { ...wide.plant, sinceMs: createdMs })
  const narrow = app('directory-mirror', ['User.Read.All', 'Group.Read.All'])
  fine(fill, 'human-size-rights', { ...narrow.plant, why: 'reads users and groups' })
  const orphan = app('old-portal', ['User.Read.All'], false)
  weak(fill, 'unowned-app', { ...orphan.plant, sinceMs: createdMs })
  fine(fill, 'unowned-app', { ...narrow.plant, why: 'one of the staff owns it' })
  fine(fill, 'unowned-app', { ...wide.plant, why: 'one of the staff owns it' })
  const endless = app('kiosk', ['Group.Read.All'])
  endless.secret['endDateTime'] = timeAt(Date.UTC(2099, 0, 1))
  const secretOf = ({ app: { id }, secret, plant }: typeof endless) => ({
    noun: 'client-secret' as const,
    native: `application/${id}/${textOf(secret, 'keyId')}`,
    label: plant.label,
  })
  weak(fill, 'endless-secret', { ...secretOf(endless), sinceMs: createdMs })
  for (const one of [narrow, orphan]) fine(fill, 'endless-secret', { ...secretOf(one), why: 'ends within two years' })
}

/** A guest who owns an app can give it a secret, and is then what the app is. */
function plantOwners(world: EntraWorld, n: number): void {
  const { twin, at, fill, company } = world
  const createdMs = company.nowMs - 70 * dayMs
  const guest = at.clock.during(createdMs, () => {
    const mail = `partner-${n}@elsewhere.example`
    const shown = { displayName: `Partner ${n}`, userPrincipalName: mail, mail }
    return makeUser(twin.tenant, { ...shown, userType: 'Guest', externalUserState: 'Accepted' }, `EXAMPLE-guest-${n}`)
  })
  const staff = staffOf(world)
  for (const [name, owner, why] of [
    ['partner-sync', guest.id, undefined],
    ['house-sync', staff[n % staff.length] ?? '', 'one of the staff owns it'],
    ['desk-sync', staff[(n + 1) % staff.length] ?? '', 'one of the staff owns it'],
  ] as const) {
    const given = { createdMs, permissions: ['User.Read.All'], lastUsedMs: company.nowMs - dayMs }
    const { app } = registerApp(world, `${name}-${n}`, given)
    twin.state.appOwners.set(app.id, new Set([owner]))
    const plant = { noun: 'app', native: textOf(app, 'appId'), label: `${name}-${n}` } as const
    if (why === undefined)
      weak(fill, 'guest-owner', { ...plant, sinceMs: createdMs, with: [{ noun: 'user', native: guest.id }] })
    else fine(fill, 'guest-owner', { ...plant, why })
  }
}

/** Apps of other tenants that several let in: into mail without a verified publisher, with one, and into nothing much. */
function plantStrangers(world: EntraWorld, n: number): void {
  const { twin, fill, company } = world
  const { tenant, state } = twin
  const people = staffOf(world).slice(0, 3)
  for (const [name, scope, isVerified, why] of [
    ['Meeting Minutes', 'Mail.Read Files.Read.All offline_access', false, undefined],
    ['Calendar Board', 'Mail.Read offline_access', true, 'its publisher is verified'],
    ['Lunch Vote', 'openid profile', false, 'it tells who somebody is, and opens nothing'],
  ] as const) {
    const appId = guidOf(`${name} ${n} ${company.seed}`)
    const publisher = {
      displayName: isVerified ? name : null,
      verifiedPublisherId: isVerified ? '1000' : null,
      addedDateTime: null,
    }
    const sp = makeServicePrincipal(
      tenant,
      { appId, displayName: `${name} ${n}` },
      { appOwnerOrganizationId: guidOf('another tenant'), verifiedPublisher: publisher },
    )
    for (const principalId of people)
      makeGrant(tenant, {
        clientId: sp.id,
        resourceId: graphOf(state).id,
        scope,
        consentType: 'Principal',
        principalId,
      })
    tellApp(fill, {
      native: appId,
      label: `${name} ${n}`,
      ours: false,
      publisher: guidOf('another tenant'),
      letIn: people,
    })
    const plant = { noun: 'app', native: appId, label: `${name} ${n}` } as const
    tellIdentity(fill, { kind: 'vendor', ...plant })
    if (why === undefined) weak(fill, 'unverified-app', { ...plant, sinceMs: company.nowMs - 90 * dayMs })
    else fine(fill, 'unverified-app', { ...plant, why })
  }
}
