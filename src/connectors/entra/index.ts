import { z } from 'zod'

import type { ContainAction, LeaseAction } from '#respond/contract'
import { defineConnector, VendorError, type Coverage, type CredentialUse, type PullContext } from '#sources/contract'

import { appDisable } from './actions/app-disable.ts'
import { appRoleRemove } from './actions/app-role-remove.ts'
import { certificateRemove } from './actions/certificate-remove.ts'
import { deviceDisable } from './actions/device-disable.ts'
import { federatedCredentialRemove } from './actions/federated-credential-remove.ts'
import { grantRevoke } from './actions/grant-revoke.ts'
import { membershipLend } from './actions/membership-lend.ts'
import { membershipRemove } from './actions/membership-remove.ts'
import { methodRemove } from './actions/method-remove.ts'
import { ownerRemove } from './actions/owner-remove.ts'
import { passwordReplace } from './actions/password-replace.ts'
import { roleUnassign } from './actions/role-unassign.ts'
import { secretRemove } from './actions/secret-remove.ts'
import { userDisable } from './actions/user-disable.ts'
import { userSessionsRevoke } from './actions/user-sessions-revoke.ts'
import { auth, implies, role } from './auth.ts'
import { call, graphAppId, limits, listAll, listAt, segment, spOf, textAt, withQuery, type Access } from './client.ts'
import { entraConfig, type EntraConfig } from './config.ts'
import { directory } from './inventory.ts'
import { audit, signIns, spChanges, userChanges } from './log.ts'
import { normalize } from './normalize.ts'

export { EntraError, entraConfig, entraOrigins, namesOfOwnApps, type EntraConfig } from './config.ts'

/** A Microsoft Entra tenant, by Microsoft Graph; what each part needs is in README.md. */
export const entraConnector = defineConnector<EntraConfig>({
  id: 'entra',
  version: 4,
  title: 'Microsoft Entra ID',
  config: entraConfig,
  example: entraConfig.parse({
    tenantId: '7e57e57e-0000-4000-8000-000000000001',
    clientId: '7e57e57e-0000-4000-8000-000000000002',
    containClientId: '7e57e57e-0000-4000-8000-000000000003',
    plan: 'p2',
  }),
  secrets: { see: ['credential'], contain: ['credential'] },
  auth,
  limits,
  streams: [directory, userChanges, spChanges, signIns, audit],
  coverage,
  role,
  survives: [
    {
      what: 'access tokens given out before a user was disabled, a session ended or a secret removed',
      until:
        '60 to 90 minutes after they were given out; up to 15 minutes at Exchange, SharePoint, Teams and Graph where the client evaluates continuously',
    },
    { what: 'tokens of managed identities', until: 'up to 24 hours after they were given out' },
    { what: 'sessions that apps opened by way of Microsoft Entra', until: 'each app ends them' },
    {
      what: 'sessions of guests',
      until: 'their own organisation ends them; a guest that is disabled gets no new token',
    },
    {
      what: 'trust set on a domain, and federated identity credentials of managed identities',
      until: 'an administrator removes them: neither is undone from here',
    },
    {
      what: 'forwarding rules and delegates set in a mailbox',
      until: 'its owner or an Exchange administrator removes them',
    },
  ],
  check,
  scopes,
  implies,
  normalize,
})

/** In the order of the kill table: the user, sessions, keys, consents, apps, then what the attacker added. */
export const entraActions: readonly ContainAction<EntraConfig>[] = [
  userDisable,
  passwordReplace,
  userSessionsRevoke,
  secretRemove,
  certificateRemove,
  federatedCredentialRemove,
  grantRevoke,
  appDisable,
  methodRemove,
  membershipRemove,
  ownerRemove,
  appRoleRemove,
  roleUnassign,
  deviceDisable,
]

export const entraLeases: readonly LeaseAction<EntraConfig>[] = [membershipLend]

function coverage({ plan }: EntraConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'admin', ...(plan === 'free' ? [] : (['sessions', 'logins'] as const))],
    logged: plan === 'free' ? ['admin'] : ['login', 'admin'],
    blind: [
      'what was read or changed in mailboxes, files and chats is in the unified audit log of Microsoft 365, which is not read',
      'sites, sharing links, mailboxes and Azure subscriptions are not listed: reach into them is known by permission alone',
      'Microsoft shows no value of a secret, nor a hash of it: one found on a host cannot be matched to its name here',
      'which session or key a change was made with the audit log does not tell: whoever acted counts as having made it',
      'reach does not take into account that conditional access may stop a sign-in; `cordon access gaps` alone holds its policies against each user',
      'multifactor authentication that is set user by user (the old way) and what security defaults ask for are not read',
      'who is assigned to an app without roles of its own is not listed, nor are federated identity credentials of managed identities, which are part of Azure',
      'who added a federated identity credential to an application, and when, is not told: it counts as there all along',
      'Microsoft writes its logs minutes late and promises no time; some rows come hours later',
      ...(plan === 'free'
        ? ['without P1 there are no sign-ins, no last use and no report of factors: sessions cannot be seen']
        : []),
      ...(plan === 'p2' ? [] : ['without P2 eligible administrators are not listed']),
    ],
  }
}

const accessOf = ({ config, http, clock, signal }: PullContext<EntraConfig>): Access => ({
  config,
  http,
  clock,
  signal,
})

const organization = z.object({
  value: z.array(z.object({ id: z.string(), displayName: z.string().nullish() })).min(1),
})

async function check(context: PullContext<EntraConfig>) {
  const { config } = context
  const access = accessOf(context)
  const missing: string[] = []
  if (config.containClientId === undefined) missing.push('no `containClientId`: this source can only look')
  const excess =
    config.containClientId === config.clientId
      ? ['the app that looks is the one that acts: make two, so that looking needs no right to act']
      : []
  const response = await call(access, 'GET', '/v1.0/organization')
  const parsed = response.status === 200 ? organization.safeParse(response.json()) : undefined
  const [org] = parsed?.success === true ? parsed.data.value : []
  if (response.status === 403) missing.push('Organization.Read.All: the tenant does not tell its name')
  else if (org?.id.toLowerCase() !== config.tenantId) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'the tenant that answers is not the one that was asked for', {
      hint: 'compare `tenantId` with Overview in the Entra admin center',
    })
  }
  if (config.plan !== 'free') {
    const tried = await call(access, 'GET', withQuery('/beta/auditLogs/signIns', { $top: '1' }))
    if (tried.status === 403) {
      missing.push(
        tried.text.includes('NonPremiumTenant')
          ? 'Microsoft Entra ID P1: the sign-in log is not on this plan; set `plan` to `free`'
          : 'AuditLog.Read.All: the sign-in log cannot be read',
      )
    }
  }
  return {
    authority: config.tenantId,
    missing,
    excess,
    says: [`tenant ${org?.displayName ?? config.tenantId}`, `looks as ${config.clientId}`],
  }
}

/** An app's permissions, by those who may read apps: its assignments at Microsoft Graph, by name. Null: it may not ask. */
async function scopes(context: PullContext<EntraConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  const client = use === 'see' ? context.config.clientId : context.config.containClientId
  if (client === undefined) return []
  const access = accessOf(context)
  try {
    const [graph, own] = [await spOf(access, graphAppId, 'id,appId,appRoles'), await spOf(access, client)]
    if (graph === undefined || own === undefined) return null
    const names = new Map(listAt(graph, 'appRoles').map((one) => [textAt(one, 'id'), textAt(one, 'value')]))
    const path = `/v1.0/servicePrincipals/${segment(textAt(own, 'id'))}/appRoleAssignments`
    const given = await listAll(access, path, "the app's permissions")
    return given.flatMap((row) => names.get(textAt(row, 'appRoleId')) ?? [])
  } catch (error) {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_SCOPE') return null
    throw error
  }
}
