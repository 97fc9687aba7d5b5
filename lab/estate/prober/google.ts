import { ask, field, form, isOk } from './http.ts'
import type { Found, Prober } from './types.ts'

const products: Readonly<Record<string, string>> = {
  mail: '/gmail/v1/users/me/messages',
  drive: '/drive/v3/files',
  calendar: '/calendar/v3/calendars/primary/events',
}

/** As a refresh token of an app, as a cookie, and as an app password over IMAP and CalDAV. */
export const google: Prober = async (target, { value, with: { client, clientSecret, login } }) => {
  const found: Found = { opens: [], makes: [] }
  const open = (what: string): void => void found.opens.push({ system: 'google', what, right: 'read' })
  if (client !== undefined && clientSecret !== undefined) {
    const fields = { grant_type: 'refresh_token', refresh_token: value, client_id: client, client_secret: clientSecret }
    const access = field(await ask(`${target.url}/token`, form(fields)), 'access_token')
    if (access !== '') found.makes.push('google access-token')
    for (const [what, path] of access === '' ? [] : Object.entries(products)) {
      if (isOk(await ask(`${target.url}${path}`, { headers: { authorization: `Bearer ${access}` } }))) open(what)
    }
  }
  if (login !== undefined) {
    for (const [what, path] of [
      ['mail', 'imap'],
      ['calendar', 'caldav'],
      ['contacts', 'carddav'],
    ] as const) {
      if (isOk(await ask(`${target.url}/twin/${path}`, { method: 'POST', body: `${login}\n${value}` }))) open(what)
    }
  }
  if (isOk(await ask(`${target.url}/twin/mail`, { headers: { cookie: value } }))) open('mail')
  return found
}
