// A month of Microsoft Entra: sign-ins of staff and of programs, and what administrators do in the directory.
import type { Json, JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf, browser } from '../../../lab/estate/use/people.ts'
import { uuidOf } from '../../../lab/twins/okta/system-log.ts'
import { daily, happenings, hourMs, internetAddress, minuteMs, someone, type Month, type Record } from '../calendar.ts'

type Target = {
  id: string
  type: string
  displayName?: string
  userPrincipalName?: string
  changes?: [string, Json, Json][]
}
type SignIn = {
  who?: Person
  program?: { id: string; name: string }
  app?: string
  ip?: string
  agent?: string
  code?: number
  protocol?: string
  risk?: 'low' | 'medium'
  isInteractive?: boolean
}

export function* entraWork(month: Month): Generator<Record> {
  const { admins, engineers } = month
  const staff = month.staff.filter((person) => month.idOf('entra', person) !== '')
  let made = 0
  const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`
  const audit = (
    story: string,
    atMs: number,
    by: Person,
    activity: string,
    category: string,
    operationType: string,
    targets: readonly Target[],
  ): Record => {
    const id = uuidOf(`entra ${month.seed} ${made++}`)
    const raw: JsonObject = {
      id: `Directory_${id}`,
      category,
      correlationId: id,
      result: 'success',
      resultReason: '',
      activityDisplayName: activity,
      activityDateTime: time(atMs),
      loggedByService: 'Core Directory',
      operationType,
      initiatedBy: {
        user: {
          id: month.idOf('entra', by),
          displayName: null,
          userPrincipalName: by.email,
          ipAddress: addressOf(by.n),
        },
        app: null,
      },
      targetResources: targets.map(
        ({ id: target, type, displayName = null, userPrincipalName = null, changes = [] }) => ({
          id: target,
          displayName,
          type,
          userPrincipalName,
          groupType: null,
          modifiedProperties: changes.map(([name, before, after]) => ({
            displayName: name,
            oldValue: before === null ? null : JSON.stringify(before),
            newValue: after === null ? null : JSON.stringify(after),
          })),
        }),
      ),
      additionalDetails: [{ key: 'User-Agent', value: browser }],
    }
    return { vendor: 'entra', stream: 'audit', atMs, story, raw }
  }
  const signIn = (story: string, atMs: number, of: SignIn): Record => {
    const { who, program, app = 'Office 365', code = 0, isInteractive = who !== undefined } = of
    const id = uuidOf(`entra sign-in ${month.seed} ${made++}`)
    const raw: JsonObject = {
      id,
      createdDateTime: time(atMs),
      correlationId: id,
      appId: uuidOf(`app ${app}`),
      appDisplayName: app,
      resourceId: uuidOf('graph'),
      resourceDisplayName: 'Microsoft Graph',
      ipAddress: of.ip ?? addressOf(who?.n ?? 0),
      userAgent: of.agent ?? browser,
      isInteractive,
      signInEventTypes: [
        program === undefined ? (isInteractive ? 'interactiveUser' : 'nonInteractiveUser') : 'servicePrincipal',
      ],
      conditionalAccessStatus: 'success',
      riskLevelDuringSignIn: of.risk ?? 'none',
      riskState: of.risk === undefined ? 'none' : 'atRisk',
      authenticationProtocol: of.protocol ?? 'none',
      status: { errorCode: code, failureReason: code === 0 ? 'Other.' : `AADSTS${code}`, additionalDetails: null },
      uniqueTokenIdentifier: uuidOf(`token ${id}`),
      ...(who === undefined
        ? {}
        : {
            userId: month.idOf('entra', who),
            userPrincipalName: who.email,
            userDisplayName: who.email,
            sessionId: uuidOf(`session ${who.n} ${Math.floor(atMs / 86_400_000)}`),
          }),
      ...(program === undefined
        ? {}
        : {
            servicePrincipalId: program.id,
            servicePrincipalName: program.name,
            servicePrincipalCredentialKeyId: uuidOf(`key ${program.name}`),
            servicePrincipalCredentialThumbprint: '',
            clientCredentialType: 'clientSecret',
          }),
    }
    return { vendor: 'entra', stream: 'sign-ins', atMs, story, raw }
  }
  const user = (person: Person): Target => ({
    id: month.idOf('entra', person),
    type: 'User',
    userPrincipalName: person.email,
  })
  const program = (name: string): { id: string; name: string } => ({ id: uuidOf(`sp ${name}`), name })

  for (const { dayStartMs, draw } of daily(month, 'entra/use')) {
    for (const person of staff) {
      if (person.startMs > dayStartMs || (person.endMs !== null && person.endMs < dayStartMs + 86_400_000)) continue
      if (draw.chance(0.25))
        yield signIn('use', dayStartMs + (7 + draw.int(10)) * hourMs + draw.int(hourMs), { who: person })
      if (draw.chance(0.01))
        yield signIn('use', dayStartMs + 9 * hourMs + draw.int(hourMs), { who: person, code: 50126 })
    }
    for (let hour = 0; hour < 24; hour += 2)
      for (const name of ['hr-sync', 'backup', 'mail-archive'])
        yield signIn('programs at work', dayStartMs + hour * hourMs + draw.int(hourMs), {
          program: program(name),
          app: name,
          ip: '192.0.2.80',
          agent: '',
        })
    for (let n = 0; n < 8; n++) {
      const atMs = dayStartMs + draw.int(24) * hourMs + draw.int(hourMs)
      yield signIn('the internet tries passwords', atMs, {
        who: someone(staff, draw, atMs),
        ip: internetAddress(draw),
        code: draw.pick([50126, 50053]),
        agent: 'Mozilla/5.0',
      })
    }
  }
  for (const { draw, atMs } of happenings(month, 'entra/device-code', engineers.length * 0.15)) {
    const who = someone(engineers, draw, atMs)
    if (month.idOf('entra', who) === '') continue
    yield signIn('developers sign in by code', atMs, {
      who,
      app: 'Microsoft Azure CLI',
      protocol: 'deviceCode',
      agent: 'python-requests/2.32',
    })
  }
  for (const { draw, atMs } of happenings(month, 'entra/risk', 5))
    yield signIn('travel looks odd to the vendor', atMs, {
      who: someone(staff, draw, atMs),
      risk: draw.chance(0.7) ? 'low' : 'medium',
      ip: internetAddress(draw),
    })
  for (const { draw, atMs } of happenings(month, 'entra/reset', staff.length * 0.03)) {
    const [who, by] = [someone(staff, draw, atMs), someone(admins.helpdesk, draw, atMs)]
    yield audit('password reset', atMs, by, 'Reset user password', 'UserManagement', 'Update', [user(who)])
    yield audit('password reset', atMs + 30 * minuteMs, who, 'Change user password', 'UserManagement', 'Update', [
      user(who),
    ])
  }
  for (const { draw, atMs } of happenings(month, 'entra/phone', staff.length * 0.02)) {
    const who = someone(staff, draw, atMs)
    yield audit('new phone', atMs, who, 'User registered security info', 'UserManagement', 'Add', [user(who)])
    yield audit('new phone', atMs + 3 * minuteMs, who, 'User deleted security info', 'UserManagement', 'Delete', [
      user(who),
    ])
  }
  for (const person of staff) {
    const [by] = admins.identity
    if (by === undefined) continue
    if (person.startMs >= month.fromMs && person.startMs < month.endMs)
      yield audit('joiner', person.startMs, by, 'Add user', 'UserManagement', 'Add', [user(person)])
    if (person.endMs !== null && person.endMs >= month.fromMs && person.endMs < month.endMs)
      yield audit('leaver', person.endMs, by, 'Disable account', 'UserManagement', 'Update', [user(person)])
  }
  for (const { draw, atMs } of happenings(month, 'entra/pim', 60)) {
    const who = someone(admins.identity, draw, atMs)
    const role = draw.pick([
      'Helpdesk Administrator',
      'User Administrator',
      'Groups Administrator',
      'Exchange Administrator',
    ])
    yield audit(
      'a role for an hour',
      atMs,
      who,
      'Add member to role completed (PIM activation)',
      'RoleManagement',
      'ActivateRole',
      [{ id: uuidOf(role), type: 'Role', displayName: role }, user(who)],
    )
    yield audit(
      'a role for an hour',
      atMs + hourMs,
      who,
      'Remove member from role (PIM activation expired)',
      'RoleManagement',
      'DeactivateRole',
      [{ id: uuidOf(role), type: 'Role', displayName: role }, user(who)],
    )
  }
  for (const { draw, atMs } of happenings(month, 'entra/consent', 15)) {
    const who = someone(staff, draw, atMs)
    const changes: [string, Json, Json][] = [
      ['ConsentContext.IsAdminConsent', null, 'False'],
      [
        'ConsentAction.Permissions',
        null,
        '[] => [[Id: x, ClientId: y, PrincipalId: z, ResourceId: r, ConsentType: Principal, Scope: User.Read openid profile]]',
      ],
    ]
    yield audit('consents to an app', atMs, who, 'Consent to application', 'ApplicationManagement', 'Assign', [
      { id: uuidOf(`sp ${draw.hex(4)}`), type: 'ServicePrincipal', displayName: 'Meeting notes', changes },
    ])
  }
  for (const { draw, atMs } of happenings(month, 'entra/app', 4)) {
    const by = someone(admins.apps, draw, atMs)
    const app = { id: uuidOf(`application ${draw.hex(6)}`), type: 'Application', displayName: `tool-${draw.int(90)}` }
    yield audit('new app', atMs, by, 'Add application', 'ApplicationManagement', 'Add', [app])
    yield audit('new app', atMs + minuteMs, by, 'Add service principal', 'ApplicationManagement', 'Add', [
      { ...app, type: 'ServicePrincipal' },
    ])
    yield audit(
      'new app',
      atMs + 2 * minuteMs,
      by,
      'Update application – Certificates and secrets management ',
      'ApplicationManagement',
      'Update',
      [
        {
          ...app,
          changes: [['KeyDescription', [], ['[KeyIdentifier=x,KeyType=Password,KeyUsage=Verify,DisplayName=first]']]],
        },
      ],
    )
    yield audit(
      'new app',
      atMs + 3 * minuteMs,
      by,
      'Add delegated permission grant',
      'ApplicationManagement',
      'Assign',
      [
        {
          ...app,
          type: 'ServicePrincipal',
          changes: [['DelegatedPermissionGrant.Scope', null, 'User.Read Calendars.Read']],
        },
      ],
    )
  }
  for (const { draw, atMs } of happenings(month, 'entra/secret', 4)) {
    const app = { id: uuidOf(`application ${draw.hex(6)}`), type: 'Application', displayName: 'hr-sync' }
    yield audit(
      'client secret rotated',
      atMs,
      someone(admins.apps, draw, atMs),
      'Update application – Certificates and secrets management ',
      'ApplicationManagement',
      'Update',
      [
        {
          ...app,
          changes: [
            [
              'KeyDescription',
              ['[KeyIdentifier=a,KeyType=Password,KeyUsage=Verify,DisplayName=old]'],
              ['[KeyIdentifier=b,KeyType=Password,KeyUsage=Verify,DisplayName=new]'],
            ],
          ],
        },
      ],
    )
  }
  for (const { draw, atMs } of happenings(month, 'entra/policy', 2))
    yield audit(
      'policy changed',
      atMs,
      someone(admins.owner, draw, atMs),
      'Update conditional access policy',
      'Policy',
      'Update',
      [
        {
          id: uuidOf(`policy ${draw.int(5)}`),
          type: 'Policy',
          displayName: 'Require a strong factor',
          changes: [
            [
              'ConditionalAccessPolicy',
              { state: 'enabled', conditions: { users: { excludeUsers: [] } } },
              { state: 'enabled', conditions: { users: { excludeUsers: ['x'] } } },
            ],
          ],
        },
      ],
    )
  for (const { draw, atMs } of happenings(month, 'entra/group', 30))
    yield audit(
      'groups kept',
      atMs,
      someone(admins.identity, draw, atMs),
      'Add member to group',
      'GroupManagement',
      'Assign',
      [user(someone(staff, draw, atMs)), { id: uuidOf('group'), type: 'Group' }],
    )
  for (const { draw, atMs } of happenings(month, 'entra/guest', 10))
    yield audit('guest', atMs, someone(staff, draw, atMs), 'Invite external user', 'UserManagement', 'Add', [
      {
        id: uuidOf(`guest ${draw.hex(5)}`),
        type: 'User',
        userPrincipalName: 'reviewer_lab.example#EXT#@brightwater.example',
      },
    ])
}
