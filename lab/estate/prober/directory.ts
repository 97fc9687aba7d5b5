import { ask, field, form, isOk } from './http.ts'
import { namesIn, type Found, type Prober } from './types.ts'

const lists = ['users', 'groups', 'applications'] as const

/** A client secret of Entra, for a token; then what Graph lists. */
export const entra: Prober = async (target, { value, with: { client } }) => {
  const found: Found = { opens: [], makes: [] }
  const [tenant = ''] = namesIn(target, 'tenant')
  if (client === undefined) return found
  const given = await ask(
    `${target.url}/${tenant}/oauth2/v2.0/token`,
    form({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: value,
      scope: 'https://graph.microsoft.com/.default',
    }),
  )
  const token = field(given, 'access_token')
  if (token === '') return found
  found.makes.push('entra access-token')
  const headers = { authorization: `Bearer ${token}` }
  for (const what of lists)
    if (isOk(await ask(`${target.url}/v1.0/${what}?$top=1`, { headers })))
      found.opens.push({ system: 'entra', what, right: 'read' })
  return found
}
