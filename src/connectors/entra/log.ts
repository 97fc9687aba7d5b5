import { isJsonObject, parseTimeMs, sha256, toHex, type Json, type JsonObject } from '#kit'
import { CursorExpired, type FeedStream } from '#sources/contract'

import { streamScopes } from './auth.ts'
import { call, readPage, textAt, withQuery, type Access, type Listed } from './client.ts'
import type { EntraConfig } from './config.ts'
import { auditSigma, signInSigma } from './sigma.ts'

const dayMs = 86_400_000
/** Microsoft promises no time: most rows show within minutes, some within hours. */
const worstDelayMs = 3 * 3_600_000
const pageRows = '999'

async function logPage(access: Access, path: string, what: string): Promise<Listed> {
  const response = await call(access, 'GET', path)
  // A page's own link that is no longer taken: the run begins anew.
  if (path.includes('skiptoken') && (response.status === 400 || response.status === 410)) throw new CursorExpired(what)
  return readPage(access, response, what)
}

const within = (field: string, sinceMs: number, untilMs: number | null): string =>
  [
    `${field} ge ${new Date(sinceMs).toISOString()}`,
    ...(untilMs === null ? [] : [`${field} lt ${new Date(untilMs).toISOString()}`]),
  ].join(' and ')

const kinds = ['interactiveUser', 'nonInteractiveUser', 'servicePrincipal', 'managedIdentity']
  .map((kind) => `t eq '${kind}'`)
  .join(' or ')

/** Rows come in no order of arrival and there is no cursor: each run asks anew, as far back as a row may be late. */
export const signIns: FeedStream<EntraConfig> = {
  name: 'sign-ins',
  kind: 'feed',
  resumes: 'time',
  overlapMs: worstDelayMs,
  delayMs: { typical: 5 * 60_000, worst: worstDelayMs },
  everyMs: 60_000,
  historyMs: 30 * dayMs,
  covers: ['logins', 'sessions'],
  // Not from where: apps renew tokens in people's names from addresses of their own.
  tells: ['sign-ins'],
  sigma: signInSigma,
  scopes: streamScopes.audit,
  requestsPerRun: 1,
  isOn: ({ plan }) => plan !== 'free',
  async page(context, { sinceMs, untilMs, cursor }) {
    // Only the beta endpoint tells of sign-ins that are not interactive, and of apps.
    const first = withQuery('/beta/auditLogs/signIns', {
      $filter: `${within('createdDateTime', sinceMs, untilMs)} and signInEventTypes/any(t: ${kinds})`,
      $orderby: 'createdDateTime asc',
      $top: pageRows,
    })
    const { rows, next } = await logPage(context, cursor ?? first, 'the sign-in log')
    return { events: rows.map((row) => eventOf(row, 'createdDateTime')), next, isEnd: next === null }
  },
}

export const audit: FeedStream<EntraConfig> = {
  name: 'audit',
  kind: 'feed',
  resumes: 'time',
  overlapMs: worstDelayMs,
  delayMs: { typical: 3 * 60_000, worst: worstDelayMs },
  everyMs: 60_000,
  historyMs: 30 * dayMs,
  covers: ['admin', 'grants'],
  sigma: auditSigma,
  scopes: streamScopes.audit,
  requestsPerRun: 1,
  async page(context, { sinceMs, untilMs, cursor }) {
    const first = withQuery('/v1.0/auditLogs/directoryAudits', {
      $filter: within('activityDateTime', sinceMs, untilMs),
      $orderby: 'activityDateTime asc',
      $top: pageRows,
    })
    const { rows, next } = await logPage(context, cursor ?? first, 'the audit log')
    return {
      events: rows.map(withoutValues).map((row) => eventOf(row, 'activityDateTime')),
      next,
      isEnd: next === null,
    }
  },
}

const eventOf = (row: JsonObject, field: string) => ({
  native: textAt(row, 'id'),
  eventAtMs: parseTimeMs(textAt(row, field)) ?? null,
  raw: row,
})

/** Changed properties whose value may be a credential, or be derived from one: that they changed is told, not to what. */
const unsaid =
  /^(Credential|PasswordProfile|Password|StrongAuthenticationPhoneAppDetail|StrongAuthenticationMethod|StrongAuthenticationUserDetails|KeyMaterial|SearchableDeviceKey)$/i

function withoutValues(row: JsonObject): JsonObject {
  const { targetResources: targets } = row
  if (!Array.isArray(targets)) return row
  return {
    ...row,
    targetResources: targets.map((target): Json => {
      if (!isJsonObject(target) || !Array.isArray(target['modifiedProperties'])) return target
      const modifiedProperties = target['modifiedProperties'].map((one) =>
        isJsonObject(one) && unsaid.test(textAt(one, 'displayName'))
          ? { displayName: textAt(one, 'displayName') }
          : one,
      )
      return { ...target, modifiedProperties }
    }),
  }
}

/**
 * What changed in one list since the last `deltaLink`; without one, all there is. It tells a change minutes before the next
 * whole inventory, and closes nothing. A row carries no time and no version: its content stands for that.
 */
function changesOf(list: 'users' | 'servicePrincipals', fields: string): FeedStream<EntraConfig> {
  const what = `what changed in ${list}`
  return {
    name: `changes-${list.toLowerCase()}`,
    kind: 'delta',
    resumes: 'cursor',
    overlapMs: 0,
    delayMs: { typical: 60_000, worst: 15 * 60_000 },
    everyMs: 2 * 60_000,
    historyMs: 7 * dayMs,
    covers: ['identities'],
    scopes: streamScopes.changes,
    requestsPerRun: 1,
    async page(context, { cursor }) {
      const response = await call(context, 'GET', cursor ?? withQuery(`/v1.0/${list}/delta`, { $select: fields }))
      // Microsoft says it with 410, and here and there with 400.
      const isLost = response.status === 410 || (response.status === 400 && response.text.includes('syncState'))
      if (cursor !== null && isLost) throw new CursorExpired(what)
      const { rows, next, delta } = readPage(context, response, what)
      const events = rows.map((row) => ({
        native: `${textAt(row, 'id')}@${toHex(sha256(JSON.stringify(row))).slice(0, 16)}`,
        eventAtMs: null,
        raw: row,
      }))
      return { events, next: next ?? delta, isEnd: next === null }
    },
  }
}

export const userChanges = changesOf('users', 'id,displayName,userPrincipalName,mail,accountEnabled,userType')
export const spChanges = changesOf('servicePrincipals', 'id,appId,displayName,accountEnabled,servicePrincipalType')
