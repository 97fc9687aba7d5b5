import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { isAppId, isUserId, nameApp, nameBotToken, nameIdentity } from './names.ts'
import { rightsOfScopes, stateInstalled } from './normalize-inventory.ts'
import { integrationRow, timeOf } from './rows.ts'
import { close, fact, open, product } from './statements.ts'

const activities = {
  added: 'install',
  expanded: 'update',
  updated: 'update',
  enabled: 'enable',
  disabled: 'disable',
  removed: 'remove',
  wiped: 'remove',
} as const
const isKnown = (word: string): word is keyof typeof activities => Object.hasOwn(activities, word)

/** One line of the integration log: an app, or a service of the kind that came before apps. */
export function normalizeIntegration({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = integrationRow.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'integrations' }
  const line = result.data
  const atMs = timeOf(line.date) ?? eventAtMs ?? arrivedAtMs
  const change = line.change_type ?? 'unknown'
  const scopes = (line.scope ?? '').split(/\s*,\s*/).filter((name) => name !== '')
  const id = line.app_id ?? (line.service_id === null || line.service_id === undefined ? null : String(line.service_id))
  const name = line.app_type ?? line.service_type ?? undefined
  const activity = isKnown(change) ? activities[change] : 'other'
  out.ocsf.push(
    ocsfEvent('application_lifecycle', activity, atMs, product, {
      app: { uid: id ?? 'unknown', ...(name === undefined ? {} : { name }) },
      message: `${change} ${name ?? 'an integration'}`,
      ...(activity === 'other' ? { activity_name: change } : {}),
      // Who did it is of this profile in this class.
      profiles: ['host'],
      actor: { user: { uid: line.user_id ?? 'unknown', ...(line.user_name ? { name: line.user_name } : {}) } },
    }),
  )
  if (!isKnown(change)) return { ...out, unmapped: change }
  if (id === null || !isAppId(id)) return out
  const app = nameApp(authority, id)
  const identity = nameIdentity(authority, id)
  const actor = line.user_id && isUserId(line.user_id) ? nameIdentity(authority, line.user_id) : null
  const isGone = activity === 'remove' || activity === 'disable'
  out.facts.push(
    fact(app, atMs, {
      kind: 'app',
      name,
      enabled: !isGone,
      scopes: scopes.length === 0 ? undefined : scopes.join(' '),
      ...(activity === 'install' ? { createdAtMs: atMs, createdBy: line.user_id } : {}),
    }),
    fact(identity, atMs, { kind: 'app', name }),
  )
  if (isGone) out.edges.push(close(nameBotToken(authority, id), 'AUTHENTICATES_AS', identity, atMs))
  else
    out.edges.push(...stateInstalled(authority, id, atMs), ...rightsOfScopes(authority, identity, scopes, atMs, false))
  if (activity === 'install' && actor !== null) out.edges.push(open(actor, 'CREATED', app, atMs))
  return out
}
