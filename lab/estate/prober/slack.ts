import { ask, form, type Answer } from './http.ts'
import { namesIn, type Found, type Prober } from './types.ts'

const says = ({ text }: Answer): boolean => text.includes('"ok":true')

/** With the cookie where there is one: a browser's token is worth nothing without it. */
export const slack: Prober = async (target, { value, with: { cookie } }) => {
  const found: Found = { opens: [], makes: [] }
  const call = (method: string, fields: Record<string, string> = {}): Promise<Answer> => {
    const { headers, ...rest } = form(fields)
    const more = cookie === undefined ? {} : { cookie: `d=${cookie}` }
    return ask(`${target.url}/api/${method}`, {
      ...rest,
      headers: { ...headers, authorization: `Bearer ${value}`, ...more },
    })
  }
  if (!says(await call('auth.test'))) return found
  // A guest is answered too, with no more than what they are in.
  const shown = await call('conversations.list', { limit: '1000' })
  const channels = namesIn(target, 'channels')
  if (says(shown) && channels.length > 0 && channels.every((name) => shown.text.includes(JSON.stringify(name))))
    found.opens.push({ system: 'slack', what: 'workspace', right: 'read' })
  if (says(await call('admin.users.list', { limit: '1' }))) {
    found.opens.push({ system: 'slack', what: 'org', right: 'admin' })
    found.makes.push('slack administrator')
  }
  return found
}
