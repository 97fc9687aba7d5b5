import { ask, isOk } from './http.ts'
import type { Found, Prober } from './types.ts'

/** What a token reads at the Hub: repositories that nobody sees without one, and who is a member. */
export const huggingface: Prober = async ({ url }, { value }) => {
  const found: Found = { opens: [], makes: [] }
  const headers = { authorization: `Bearer ${value}` }
  const me = await ask(`${url}/api/whoami-v2`, { headers })
  if (!isOk(me)) return found
  for (const list of ['models', 'datasets', 'spaces']) {
    const { text } = await ask(`${url}/api/${list}?author=brightwater&limit=1000&expand=private`, { headers })
    for (const [, name = ''] of text.matchAll(/"id":"([^"]+)"/g))
      found.opens.push({ system: 'huggingface', what: `repo/${name}`, right: 'read' })
  }
  if (isOk(await ask(`${url}/api/organizations/brightwater/members?limit=10`, { headers })))
    found.opens.push({ system: 'huggingface', what: 'members', right: 'admin' })
  return found
}
