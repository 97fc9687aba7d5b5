import { formatTime } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { one } from '../activity-row.ts'
import { scopesTo } from '../auth.ts'
import { readCustomer } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { appAccessOf } from '../effects.ts'
import { clientOf, nameApp, partsOf } from '../names.ts'
import { accessOf, dead, guard, preview, refused, type Context } from './context.ts'
import { eventsIfKnown, type Told } from './log.ts'

/** Where an administrator blocks an app; the list can be searched by client id. */
export const appControlsUrl = 'https://admin.google.com/ac/owl/list?tab=configuredApps'

const uses = ['customer', 'log'] as const
/** A person works at their own pace. */
const everyMs = 60_000
const withinMs = 10 * 60_000
/** Names before and since 2026. */
const names = ['CHANGE_APP_ACCESS', 'ADD_TO_BLOCKED_OAUTH2_APPS', 'REMOVE_FROM_BLOCKED_OAUTH2_APPS']
/** A block stands until it is taken back, however old. */
const blockLookBackMs = 180 * 24 * 3_600_000

/**
 * Google has no call that blocks an app, so this step waits for a person and checks what they did. Until then any user may
 * let the app in again, and each such grant is taken away again.
 */
export const appBlock = defineAction<GoogleConfig>({
  verb: 'google.app.block',
  phase: 'uninstall',
  title: 'See that an app is blocked for everybody',
  scopes: scopesTo(...uses),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity }) {
    const client = partsOf('consent', entity)?.[0]
    return client === undefined ? undefined : nameApp(authorityOf(entity), client)
  },
  preview: (target) =>
    preview(
      uses,
      [
        `an administrator blocks \`${clientOf(target) ?? target}\` at ${appControlsUrl}: Google has no call for it`,
        'Cordon sees the block in the admin log; until then users can let the app in again, and it is taken away again',
      ],
      { residualMs: null },
    ),
  async apply(context, target) {
    requiredClient(target)
    await guard(context, target)
    return { says: `waits for an administrator: block the app at ${appControlsUrl}` }
  },
  async readBack(context, target) {
    const last = await lastChange(context, target)
    return last !== undefined && appAccessOf(last.name, last.parameters)?.isBlocked === true ? 'landed' : 'absent'
  },
  // A person does it, and the log is slow: nothing is won by asking sooner.
  probe: { everyMs, soonestMs: everyMs, withinMs, run: probe },
})

function requiredClient(target: EntityId): string {
  const client = clientOf(target)
  if (client === undefined) throw refused(target, 'is no app')
  return client
}

async function lastChange(context: Context, target: EntityId): Promise<(Told & { name: string }) | undefined> {
  const filter = { parameter: 'OAUTH2_APP_ID', value: requiredClient(target) }
  const sinceMs = context.clock.nowMs() - blockLookBackMs
  const told: (Told & { name: string })[] = []
  for (const name of names) {
    const events = await eventsIfKnown(accessOf(context), 'admin', name, sinceMs, filter)
    told.push(...events.map((event) => ({ ...event, name })))
  }
  return told.sort((a, b) => b.atMs - a.atMs)[0]
}

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const last = await lastChange(context, target)
  const ask = `block \`${requiredClient(target)}\` at ${appControlsUrl}`
  if (last === undefined) {
    return { verdict: 'unknown', says: `the app is not blocked, and any user may let it in again: ${ask}` }
  }
  if (appAccessOf(last.name, last.parameters)?.isBlocked !== true) {
    return { verdict: 'alive', says: `the app was let in by an administrator at ${formatTime(last.atMs)}: ${ask}` }
  }
  const unit = one(last.parameters, 'ORG_UNIT_NAME')
  const { customerDomain } = await readCustomer(accessOf(context), 'customer')
  if (unit !== undefined && unit !== '/' && unit !== customerDomain) {
    return { verdict: 'alive', says: `the app is blocked for \`${unit}\` alone: ${ask} for the whole company` }
  }
  return dead(context, `the admin log tells that the app was blocked at ${formatTime(last.atMs)}`)
}
