import { formatTime, type JsonObject } from 'cordon/kit'

import { absent, gone, ok, refusal } from './answers.ts'
import { appTarget } from './apps.ts'
import { textOf, type Row } from './state.ts'
import type { By } from './system-log.ts'
import { objectOf, userTarget, type Handler, type Handlers, type Org } from './users.ts'

type Held = { org: Org; app: Row; user: Row; body: JsonObject; by: By }

/** Of an app and a user that are both there; who is assigned comes in the address or in the body. */
const withBoth =
  (handle: (held: Held) => ReturnType<Handler>): Handler =>
  (org, { params, body: given }, { by }) => {
    const body = objectOf(given)
    const app = org.state.apps.get(params['appId'] ?? '')
    const user = org.state.users.get(params['userId'] ?? textOf(body, 'id'))
    return app === undefined || user === undefined ? absent() : handle({ org, app, user, body, by })
  }
const rowOf = ({ org, app, user }: Held): Row | undefined => org.state.appUsers.get(app.id)?.get(user.id)

/** Who may sign in to an app by name. A password that an app keeps is written and never shown. */
export const assignmentHandlers: Handlers = {
  getApplicationUser: withBoth((held) => {
    const row = rowOf(held)
    return row === undefined ? absent() : ok(row)
  }),
  assignUserToApplication: withBoth(({ org, app, user, body, by }) => {
    const mapped = Object.keys(org.state.mappings.get(app.id) ?? {})
    const sent = mapped.filter((name) => name in objectOf(body['profile']))
    if (sent.length > 0) return refusal(400, 'E0000001', [`${sent.join(', ')}: filled by a mapping`])
    const row = makeAppUser(org, app, user, body)
    record(org, 'add', { app, user, by })
    return ok(row)
  }),
  updateApplicationUser: withBoth((held) => {
    const row = rowOf(held)
    if (row === undefined) return absent()
    row['profile'] = {
      ...objectOf(row['profile']),
      ...objectOf(held.body['profile']),
      ...mappedOf({ ...held, state: held.org.state }),
    }
    row['lastUpdated'] = formatTime(held.org.nowMs())
    record(held.org, 'update', held)
    return ok(row)
  }),
  unassignUserFromApplication: withBoth((held) => {
    const { org, app, user } = held
    if (rowOf(held) === undefined) return absent()
    const groups = [...(org.state.appGroups.get(app.id)?.keys() ?? [])]
    if (groups.some((group) => org.state.members.get(group)?.has(user.id) === true)) {
      return refusal(403, 'E0000046', [
        'The application cannot be unassigned from the user while their group memberships grant them access.',
      ])
    }
    org.state.appUsers.get(app.id)?.delete(user.id)
    record(org, 'remove', held)
    return gone()
  }),
}

const mappedOf = ({ state, app, user }: { state: Org['state']; app: Row; user: Row }): JsonObject =>
  Object.fromEntries(
    Object.entries(state.mappings.get(app.id) ?? {}).map(([name, from]) => [
      name,
      objectOf(user['profile'])[from] ?? null,
    ]),
  )

const record = (
  { state, log }: Org,
  act: 'add' | 'update' | 'remove',
  { app, user, by }: Pick<Held, 'app' | 'user' | 'by'>,
): void =>
  log.record({
    eventType: `application.user_membership.${act}`,
    by,
    targets: [userTarget(state, user.id), appTarget(app)],
  })

/** `asked`: a name at the app and a profile there; the name is else the user's own. */
export function makeAppUser({ state, nowMs }: Org, app: Row, user: Row, asked: JsonObject = {}): Row {
  const now = formatTime(nowMs())
  const { userName, password } = objectOf(asked['credentials'])
  const row: Row = {
    id: user.id,
    scope: 'USER',
    status: 'ACTIVE',
    syncState: 'DISABLED',
    created: now,
    lastUpdated: now,
    statusChanged: now,
    credentials: {
      userName: typeof userName === 'string' ? userName : textOf(objectOf(user['profile']), 'login'),
      ...(password === undefined ? {} : { password: {} }),
    },
    profile: { ...objectOf(asked['profile']), ...mappedOf({ state, app, user }) },
  }
  state.appUsers.set(app.id, (state.appUsers.get(app.id) ?? new Map<string, Row>()).set(user.id, row))
  return row
}
