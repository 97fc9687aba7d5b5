import { googleActions, googleOrigins } from '#connectors/google'

import { TwinRefused, vendorLags } from '../../../lab/twins/google/index.ts'
import { actionsIn, defineTrial, type ActionCase, type VendorDelay } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { makeRig, SteppingClock } from './rig.ts'

const gmail = 'https://mail.google.com/'

/** A customer of its own for every try, whose logs lag as Google's do. */
async function found() {
  const lags: Record<string, number> = { ...vendorLags }
  return { ...(await makeRig(new SteppingClock(), lags)), lags }
}
type Company = Awaited<ReturnType<typeof found>>

const someone = ({ people }: Company) => people.hire('Someone Stolen')
const log = (application: string, of: string): VendorDelay<Company> => ({
  of,
  ms: ({ lags }) => lags[application] ?? 0,
  stretch({ lags }, ms) {
    lags[application] = (lags[application] ?? 0) + ms
  },
})

/** Somebody with a role within one organisational unit; `role`: as the target calls it. */
function roleInUnit(company: Company, role: string) {
  const user = someone(company)
  const { assignments } = company.world
  assignments.set('88', { roleId: '1002', assignedTo: user.id, isGroup: false, orgUnitId: 'id:03ph8a2z' })
  return {
    target: company.id('resource', `role-assignment/${user.id}/${role}`),
    works: async () => [...assignments.values()].some(({ assignedTo }) => assignedTo === user.id),
  }
}

export const cases: ActionCase<Company>[] = [
  {
    verb: 'google.user.suspend',
    isRestored: true,
    set(company) {
      const { people, thief, id } = company
      const user = someone(company)
      const app = people.publish('Notes AI')
      const { refresh } = people.consent(user, app.client, [gmail])
      const { value } = people.appPassword(user, 'old phone')
      const signsIn = (): boolean => {
        try {
          people.signIn(user.primaryEmail, user.password)
          return true
        } catch (error) {
          if (error instanceof TwinRefused) return false
          throw error
        }
      }
      return {
        target: id('identity', user.id),
        works: async () =>
          signsIn() || (await thief.imap(user, value)) || (await thief.refresh(app, refresh)) !== undefined,
      }
    },
  },
  {
    verb: 'google.user.sessions.end',
    isRestored: false,
    delay: log('admin', 'the admin log'),
    set(company) {
      const user = someone(company)
      const cookie = company.people.signIn(user.primaryEmail, user.password)
      return { target: company.id('identity', user.id), works: () => company.thief.webMail(cookie) }
    },
  },
  {
    verb: 'google.grant.revoke',
    isRestored: false,
    set(company) {
      const { people, thief, id } = company
      const user = someone(company)
      const app = people.publish('Notes AI')
      const { refresh, access } = people.consent(user, app.client, [gmail])
      return {
        target: id('credential', `grant/${user.id}/${app.client}`),
        works: async () => (await thief.gmail(access)) || (await thief.refresh(app, refresh)) !== undefined,
      }
    },
  },
  {
    verb: 'google.app-password.revoke',
    isRestored: false,
    set(company) {
      const user = someone(company)
      const { code, value } = company.people.appPassword(user, 'old phone')
      return {
        target: company.id('credential', `asp/${user.id}/${code}`),
        works: () => company.thief.imap(user, value),
      }
    },
  },
  {
    verb: 'google.password.replace',
    isRestored: false,
    delay: log('admin', 'the admin log'),
    set(company) {
      const user = someone(company)
      const known = company.world.hash(user.password)
      return { target: company.id('identity', user.id), works: async () => user.passwordHash === known }
    },
  },
  {
    verb: 'google.backup-codes.invalidate',
    isRestored: false,
    set(company) {
      const user = someone(company)
      company.people.backupCodes(user, company.actor)
      return {
        target: company.id('credential', `backup-codes/${user.id}`),
        works: async () => user.backupCodes.length > 0,
      }
    },
  },
  {
    name: 'super administration',
    verb: 'google.role.unassign',
    isRestored: true,
    set(company) {
      const user = someone(company)
      user.isAdmin = true
      return {
        target: company.id('resource', `role-assignment/${user.id}/super`),
        works: async () => user.isAdmin,
      }
    },
  },
  {
    name: 'super administration, as the inventory names it',
    verb: 'google.role.unassign',
    isRestored: true,
    set(company) {
      const user = someone(company)
      user.isAdmin = true
      return {
        target: company.id('resource', `role-assignment/${user.id}/id:1001`),
        works: async () => user.isAdmin,
      }
    },
  },
  {
    name: 'a role within an organisational unit, as the inventory names it',
    verb: 'google.role.unassign',
    isRestored: true,
    set: (company) => roleInUnit(company, 'id:1002'),
  },
  {
    name: 'a role within an organisational unit',
    verb: 'google.role.unassign',
    isRestored: true,
    set: (company) => roleInUnit(company, '_groups_admin_role'),
  },
  {
    verb: 'google.membership.remove',
    isRestored: true,
    set(company) {
      const user = someone(company)
      const group = company.people.group('team')
      group.members.set(user.id, { role: 'MANAGER' })
      return {
        target: company.id('resource', `membership/${group.id}/${user.id}`),
        works: async () => group.members.has(user.id),
      }
    },
  },
  {
    verb: 'google.recovery.clear',
    isRestored: false,
    set(company) {
      const user = someone(company)
      company.people.changeRecovery(user, 'thief@example.net')
      return {
        target: company.id('resource', `recovery/${user.id}`),
        works: async () => user.recoveryEmail !== '',
      }
    },
  },
  {
    verb: 'google.factors.reset',
    isRestored: false,
    set(company) {
      const user = someone(company)
      user.suspended = true
      return {
        target: company.id('resource', `factors/${user.id}`),
        works: async () => user.isEnrolledIn2Sv,
      }
    },
  },
  {
    verb: 'google.link.close',
    isRestored: true,
    set(company) {
      const user = someone(company)
      const file = company.people.share(user, { id: 'file-stolen' }, { role: 'writer' })
      return {
        target: company.id('resource', `link/${user.id}/${file.id}`),
        works: () => company.thief.link(file.id),
      }
    },
  },
]

export const trial = defineTrial({
  actions: actionsIn(googleActions, cases),
  cases,
  found,
  cordon: (company) => company,
  hold: ({ people, accounts }, scopes) => people.delegate(accounts.contain, scopes),
  origins: ({ config }) => googleOrigins(config),
  isChange: ({ pathname }, method) => method !== 'GET' && pathname !== '/token',
  // What only the log tells shows later.
  settle: ({ clock }) => clock.pass(10 * 60_000),
  heldBy: ({ world: { users, groups, grants, assignments, files } }) =>
    stateText({ users, groups, grants, assignments, files }),
  refusesToo: { foreignSource: true },
  refusal: 'ERR_GOOGLE_TARGET',
  elsewhere: 'C99other',
})
