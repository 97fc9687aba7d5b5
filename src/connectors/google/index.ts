import type { ContainAction, LeaseAction } from '#respond/contract'
import {
  defineConnector,
  isScopeRefusal,
  VendorError,
  type Coverage,
  type CredentialUse,
  type PullContext,
} from '#sources/contract'

import { appBlock } from './actions/app-block.ts'
import { appPasswordRevoke } from './actions/app-password-revoke.ts'
import { backupCodesInvalidate } from './actions/backup-codes-invalidate.ts'
import { delegationRemove } from './actions/delegation-remove.ts'
import { factorsReset } from './actions/factors-reset.ts'
import { grantRevoke } from './actions/grant-revoke.ts'
import { linkClose } from './actions/link-close.ts'
import { membershipLend } from './actions/membership-lend.ts'
import { membershipRemove } from './actions/membership-remove.ts'
import { passwordReplace } from './actions/password-replace.ts'
import { recoveryClear } from './actions/recovery-clear.ts'
import { roleUnassign } from './actions/role-unassign.ts'
import { sessionsEnd } from './actions/sessions-end.ts'
import { userSuspend } from './actions/user-suspend.ts'
import { activities } from './activities.ts'
import { auth, role, scopeUrl, usesOf } from './auth.ts'
import { activitiesPath, call, customerPath, directory as api, limits, readCustomer } from './client.ts'
import { googleConfig, type GoogleConfig } from './config.ts'
import { credentials, directory, sharedDrives } from './inventory.ts'
import { normalize } from './normalize.ts'

export { googleConfig, googleOrigins, ownClients, type GoogleConfig } from './config.ts'
export { namesOfClient } from './names.ts'

/** A Google Workspace or Cloud Identity customer; what each part needs is in README.md. */
export const googleConnector = defineConnector<GoogleConfig>({
  id: 'google',
  version: 2,
  title: 'Google Workspace',
  config: googleConfig,
  secrets: { see: ['key'], contain: ['key'] },
  auth,
  limits,
  streams: [directory, credentials, sharedDrives, ...activities],
  coverage,
  role,
  survives: [
    {
      what: 'access tokens given out to apps before their user was suspended',
      until: 'an hour after they were given out',
    },
    { what: "an app's way back in, when a user lets it in again", until: 'an administrator blocks the app' },
    { what: 'domain-wide delegation', until: 'an administrator deletes the client in the Admin console' },
    { what: 'sessions that apps opened by way of signing in with Google', until: 'each app ends them' },
    {
      what: 'mail forwarding, filters and delegates that were set in a mailbox',
      until: 'its owner or an administrator removes them',
    },
  ],
  check,
  scopes,
  // Scopes that write include what they write: `admin.directory.user` reads users, too.
  implies: (held, needed) => held === needed || `${held}.readonly` === needed,
  normalize,
})

/** In the order of the kill table: the user, sessions, grants, app passwords, the password, then what the attacker added. */
export const googleActions: readonly ContainAction<GoogleConfig>[] = [
  userSuspend,
  sessionsEnd,
  grantRevoke,
  appPasswordRevoke,
  passwordReplace,
  backupCodesInvalidate,
  delegationRemove,
  appBlock,
  roleUnassign,
  membershipRemove,
  linkClose,
  recoveryClear,
  factorsReset,
]

export const googleLeases: readonly LeaseAction<GoogleConfig>[] = [membershipLend]

function coverage({ sharedDrives: isOn, mail, contain }: GoogleConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'sessions', 'reads', 'writes', 'admin', 'logins'],
    logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
    blind: [
      'Google says itself that audit rows may come later than it promises, and that some never come',
      'sign-ins, app grants and what apps did show up to hours late: until then a new grant is seen by the inventory alone, every two hours',
      'what an app read is known by method and user, not by message or file',
      'files are logged by container and file id, editions below Business may log fewer of their events',
      mail
        ? 'who opened, forwarded or took which mail is known by mailbox and message; what is sent and received is not read, and editions below Enterprise Standard may not show the log'
        : 'who opened which mail is not read: `mail` is off',
      'Google lists no sessions and names none in its log: all web sessions of a user count as one',
      'no API lists the clients with domain-wide delegation: one is known once it was let in or used within the last six months',
      'no API lists passkeys, security keys, mail forwarding, filters and mailbox delegates: changes to some of them show in the log',
      'that a file opens by its link is known by the log alone, of the last six months and of files of users',
      'when a grant was given is not listed: one that was there before this source was added is dated by its first listing',
      'which app access an organizational unit allows is not readable: a block is known by the admin log alone',
      ...(isOn ? [] : ['shared drives and who may enter them are not read: `sharedDrives` is off']),
      ...(contain === undefined ? ['nothing can be contained from here: there is no `contain` service account'] : []),
    ],
  }
}

const accessOf = ({ config, http, clock, signal }: PullContext<GoogleConfig>) => ({ config, http, clock, signal })

/** A call for each use that fails where its scopes were not delegated, or the subject may not. */
const tries: Record<string, string> = {
  domains: customerPath('/domains'),
  orgunits: customerPath('/orgunits?type=children'),
  groups: `${api}/groups?customer=my_customer&maxResults=1`,
  credentials: '',
  log: activitiesPath('admin', { maxResults: '1' }),
  drive: '/drive/v3/drives?useDomainAdminAccess=true&pageSize=1',
  customer: `${api}/customers/my_customer`,
  users: `${api}/users?customer=my_customer&maxResults=1`,
  security: '',
  members: '',
  roles: customerPath('/roleassignments?maxResults=1'),
  links: '',
}

async function check(context: PullContext<GoogleConfig>) {
  const access = accessOf(context)
  const { id, customerDomain } = await readCustomer(access, 'customer')
  const { see, contain } = context.config
  const missing: string[] = []
  if (contain === undefined) missing.push('no `contain` service account: this source can only look')
  const excess = [
    ...(contain?.clientId === see.clientId
      ? ['the service account that looks is the one that acts: make two, so that looking needs no right to act']
      : []),
    'admin.directory.user.security also takes grants away: Google has no scope that only reads them',
  ]
  for (const [as, path] of Object.entries(tries)) {
    if (path === '' || usesOf(context.config, 'see')[as] === undefined) continue
    const response = await call(access, as, 'GET', path).catch(asRefused)
    if (response === undefined)
      missing.push(`no token for \`${as}\`: its scopes are not delegated to client ${see.clientId}`)
    else if (response.status === 403)
      missing.push(`\`${see.subject}\` may not read \`${as}\`: its administrator role lacks a privilege`)
  }
  const says = [`customer ${id}, ${customerDomain ?? 'no domain'}`, `looks as ${see.subject}`]
  return { authority: id, missing, excess, says }
}

/** No token at all says that a scope is not delegated, not that Google cannot be reached. */
function asRefused(error: unknown): undefined {
  if (isScopeRefusal(error)) return undefined
  if (!(error instanceof VendorError) || error.code !== 'ERR_VENDOR_AUTH' || error.retryable) throw error
  return undefined
}

/** Google gives a token for all scopes asked for, or none: so each use is asked for, and tells of all its scopes at once. */
async function scopes(context: PullContext<GoogleConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  if (use === 'contain' && context.config.contain === undefined) return []
  const held = new Set<string>()
  for (const [as, names] of Object.entries(usesOf(context.config, use))) {
    const path = tries[as] === '' ? `${api}/customers/my_customer` : (tries[as] ?? '')
    const response = await call(accessOf(context), as, 'GET', path).catch(asRefused)
    // A 403 came with a token: the scopes are there, and the subject's rights are another matter.
    if (response !== undefined && response.status !== 401)
      for (const name of Object.keys(names)) held.add(scopeUrl(name))
  }
  return [...held]
}
