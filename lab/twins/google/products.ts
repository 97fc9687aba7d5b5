import { refusal, type Answer } from './answer.ts'
import type { Parameters, World } from './world.ts'

const mailScopes = [
  'https://mail.google.com/',
  'https://www.googleapis.com/auth/gmail.readonly',
  'https://www.googleapis.com/auth/gmail.modify',
]

/** Gmail's log of an app that looks into a message; the subject is there for all who read the log. */
const messageRead: Parameters = {
  event_info: { mail_event_type: 33, 'client_context.client_type': 'API' },
  message_info: { rfc2822_message_id: '<m1@company.example>', subject: 'EXAMPLE subject of a mail' },
}

const scopesOf: Readonly<Record<string, RegExp>> = {
  drive: /\/auth\/drive(\.readonly)?$/,
  calendar: /\/auth\/calendar(\.readonly|\.events)?$/,
}

/** Where stolen things are tried: Gmail's API with a bearer token, mail with a cookie, IMAP with an app password. */
export function createProducts(world: World) {
  const messages: Answer = { status: 200, body: { messages: [{ id: 'm1', threadId: 'm1' }], resultSizeEstimate: 1 } }
  return {
    /** A token that was given out before its user was suspended works on until it expires; one whose grant ended does not. */
    gmail(bearer: string): Answer {
      const token = world.tokens.get(bearer)
      if (token === undefined || token.expiresAtMs <= world.clock.nowMs())
        return refusal(401, 'authError', 'Invalid Credentials')
      if (!token.scopes.some((scope) => mailScopes.includes(scope)))
        return refusal(403, 'insufficientPermissions', 'Insufficient Permission')
      const user = world.users.get(token.user)
      const call = {
        client_id: token.client,
        api_name: 'gmail',
        method_name: 'gmail.users.messages.list',
        product_bucket: 'GMAIL',
      }
      if (!token.isDelegated) {
        const more = { ip: '203.0.113.66', app: { oauthClientId: token.client, impersonation: false } }
        world.tell('token', 'activity', user, call, { ip: more.ip })
        world.tell('gmail', 'delivery', user, messageRead, more)
      }
      return messages
    },
    /** Files and calendars of the user a token is of. */
    api(bearer: string, area: 'drive' | 'calendar'): Answer {
      const token = world.tokens.get(bearer)
      if (token === undefined || token.expiresAtMs <= world.clock.nowMs())
        return refusal(401, 'authError', 'Invalid Credentials')
      return token.scopes.some((scope) => scopesOf[area]?.test(scope))
        ? { status: 200, body: { kind: `${area}#list`, items: [] } }
        : refusal(403, 'insufficientPermissions', 'Insufficient Permission')
    },
    webMail(cookie: string): Answer {
      const user = [...world.users.values()].find(({ sessions }) => sessions.has(cookie))
      return user === undefined || user.suspended ? { status: 302, headers: { location: '/signin' } } : messages
    },
    imap(email: string, password: string): Answer {
      const user = world.userByKey(email)
      const held = [...(user?.appPasswords.values() ?? [])].find(({ hash }) => hash === world.hash(password))
      if (user === undefined || user.suspended || held === undefined)
        return { status: 401, body: 'NO [AUTHENTICATIONFAILED]' }
      held.lastUsedMs = world.clock.nowMs()
      return messages
    },
  }
}
