import type { Json, JsonObject } from 'cordon/kit'

import { noPast, type Past, type PastRow } from '../kit/past.ts'
import type { TwinCall, TwinReply } from '../kit/server.ts'
import { listedWithPast } from './answers.ts'
import { bySpOf, guidOf, textOf, timeAt, type Row, type State } from './state.ts'

/** Who did it and from where. */
export type By = { user: string | null; sp: string | null; ip: string; agent: string }
export type Target = {
  id: string
  type: string
  displayName?: string
  userPrincipalName?: string
  changes?: Change[]
  appId?: string
}
export type Change = [name: string, before: Json, after: Json]
export type SignIn = {
  by: By
  app: string
  resource: string
  kind: 'interactiveUser' | 'nonInteractiveUser' | 'servicePrincipal' | 'managedIdentity'
  code: number
  session?: string
  sp?: Row
  keyId?: string | null
  thumbprint?: string | null
}
export type Audit = { activity: string; category: string; operationType: string; by: By; targets: readonly Target[] }
type At = { atMs: number; id: string }
type Stored = { row: Row; atMs: number; visibleAtMs: number }

/** A row of the directory's audit log; `id` is never given twice. */
export function auditOf(
  state: State,
  { activity, category, operationType, by, targets }: Audit,
  { atMs, id }: At,
): Row {
  const correlationId = guidOf(`audit ${id}`)
  const user = by.user === null ? null : (state.users.get(by.user) ?? null)
  const sp = by.sp === null ? null : (state.servicePrincipals.get(by.sp) ?? null)
  return {
    id: `Directory_${correlationId}_${id}`,
    category,
    correlationId,
    result: 'success',
    resultReason: '',
    activityDisplayName: activity,
    activityDateTime: timeAt(atMs),
    loggedByService: 'Core Directory',
    operationType,
    initiatedBy: {
      user:
        user === null
          ? null
          : {
              id: user.id,
              displayName: null,
              userPrincipalName: textOf(user, 'userPrincipalName'),
              ipAddress: by.ip,
            },
      app:
        sp === null
          ? null
          : {
              appId: null,
              displayName: textOf(sp, 'displayName'),
              servicePrincipalId: sp.id,
              servicePrincipalName: null,
            },
    },
    targetResources: targets.map(({ changes = [], id, type, displayName = null, userPrincipalName = null }) => ({
      id,
      displayName,
      type,
      userPrincipalName,
      groupType: null,
      // Values are JSON in a text.
      modifiedProperties: changes.map(([name, before, after]) => ({
        displayName: name,
        oldValue: before === null ? null : JSON.stringify(before),
        newValue: after === null ? null : JSON.stringify(after),
      })),
    })),
    additionalDetails: [
      { key: 'User-Agent', value: by.agent },
      ...targets.flatMap(({ appId }) => (appId === undefined ? [] : [{ key: 'AppId', value: appId }])),
    ],
  }
}

/** A row of the sign-in log; `id` is never given twice. */
export function signInOf(
  state: State,
  { by, app, resource, kind, code, session, sp, keyId, thumbprint }: SignIn,
  { atMs, id: of }: At,
): Row {
  const user = by.user === null ? undefined : state.users.get(by.user)
  const id = guidOf(`sign-in ${of}`)
  return {
    id,
    createdDateTime: timeAt(atMs),
    correlationId: id,
    appId: app,
    appDisplayName: textOf(bySpOf(state, app), 'displayName') || 'Microsoft Azure CLI',
    resourceId: resource,
    resourceDisplayName: textOf(bySpOf(state, resource), 'displayName'),
    ipAddress: by.ip,
    userAgent: by.agent,
    isInteractive: kind === 'interactiveUser',
    signInEventTypes: [kind],
    conditionalAccessStatus: 'notApplied',
    riskLevelDuringSignIn: 'none',
    status: { errorCode: code, failureReason: code === 0 ? 'Other.' : `AADSTS${code}`, additionalDetails: null },
    uniqueTokenIdentifier: guidOf(`token ${of}`),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(user === undefined
      ? {}
      : {
          userId: user.id,
          userPrincipalName: textOf(user, 'userPrincipalName'),
          userDisplayName: textOf(user, 'displayName'),
        }),
    ...(sp === undefined
      ? {}
      : {
          servicePrincipalId: sp.id,
          servicePrincipalName: textOf(sp, 'displayName'),
          servicePrincipalCredentialKeyId: keyId ?? '',
          servicePrincipalCredentialThumbprint: thumbprint ?? '',
          clientCredentialType: thumbprint === null || thumbprint === undefined ? 'clientSecret' : 'clientAssertion',
        }),
  }
}

/** Both logs: a row shows minutes after what it tells of, and rows do not show in the order of what they tell. */
export function createAuditLog(
  state: State,
  clock: { nowMs(): number },
  settings: { auditDelayMs: number; signInDelayMs: number },
) {
  const audits: Stored[] = []
  const signIns: Stored[] = []
  let past: { audits: Past<Row>; signIns: Past<Row> } = { audits: noPast, signIns: noPast }

  function audit(activity: string, category: string, operationType: string, by: By, targets: readonly Target[]): void {
    const atMs = clock.nowMs()
    const row = auditOf(state, { activity, category, operationType, by, targets }, { atMs, id: String(audits.length) })
    audits.push({ row, atMs, visibleAtMs: atMs + settings.auditDelayMs })
  }

  function signIn(told: SignIn): void {
    const atMs = clock.nowMs()
    const row = signInOf(state, told, { atMs, id: String(signIns.length) })
    const user = told.by.user === null ? undefined : state.users.get(told.by.user)
    signIns.push({ row, atMs, visibleAtMs: atMs + settings.signInDelayMs })
    if (user !== undefined && told.code === 0) {
      const last: JsonObject = { lastSignInDateTime: timeAt(atMs), lastSignInRequestId: row.id }
      user['signInActivity'] = last
    }
  }

  const visible = (rows: readonly Stored[]): Row[] =>
    rows
      .filter(({ visibleAtMs }) => visibleAtMs <= clock.nowMs())
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ row }) => row)
  const over = (rows: Stored[]): PastRow<Row>[] => rows.splice(0).map(({ atMs, row }) => ({ atMs, row }))

  return {
    audit,
    signIn,
    listAudits: (call: TwinCall): TwinReply =>
      listedWithPast(call, past.audits, visible(audits), { time: 'activityDateTime', nowMs: clock.nowMs() }),
    /** Without the filter the list holds interactive sign-ins alone. */
    listSignIns: (call: TwinCall): TwinReply => {
      const isFiltered = call.query.get('$filter')?.includes('signInEventTypes') === true
      const keep = (row: Row): boolean => isFiltered || row['isInteractive'] === true
      return listedWithPast(call, past.signIns, visible(signIns), {
        time: 'createdDateTime',
        nowMs: clock.nowMs(),
        keep,
      })
    },
    /** What came before all that is recorded; the rows recorded so far go over to whoever makes it. */
    setPast(make: {
      audits: (recorded: readonly PastRow<Row>[]) => Past<Row>
      signIns: (recorded: readonly PastRow<Row>[]) => Past<Row>
    }): { audits: Past<Row>; signIns: Past<Row> } {
      return (past = { audits: make.audits(over(audits)), signIns: make.signIns(over(signIns)) })
    },
    /** What a test compares with. */
    told: () => ({ audits: audits.length, signIns: signIns.length }),
  }
}
export type AuditLog = ReturnType<typeof createAuditLog>
