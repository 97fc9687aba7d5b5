import { ask, field, form, isOk } from './http.ts'
import type { Found, Prober } from './types.ts'

/** An API client's secret, for a token; then the list of hosts. */
export const crowdstrike: Prober = async ({ url }, { value, with: { client } }) => {
  const found: Found = { opens: [], makes: [] }
  if (client === undefined) return found
  const given = await ask(`${url}/oauth2/token`, form({ client_id: client, client_secret: value }))
  const token = field(given, 'access_token')
  if (token === '') return found
  found.makes.push('crowdstrike access-token')
  const headers = { authorization: `Bearer ${token}` }
  if (isOk(await ask(`${url}/devices/queries/devices-scroll/v1?limit=1`, { headers })))
    found.opens.push({ system: 'crowdstrike', what: 'hosts', right: 'read' })
  return found
}

/** An API token of Fleet: hosts, and the users whom only an administrator is shown. */
export const fleet: Prober = async ({ url }, { value }) => {
  const found: Found = { opens: [], makes: [] }
  const headers = { authorization: `Bearer ${value}` }
  const hosts = await ask(`${url}/api/v1/fleet/hosts?per_page=1`, { headers })
  if (hosts.status === 401) return found
  if (isOk(hosts)) found.opens.push({ system: 'fleet', what: 'hosts', right: 'read' })
  if (isOk(await ask(`${url}/api/v1/fleet/users?per_page=1`, { headers }))) {
    found.opens.push({ system: 'fleet', what: 'server', right: 'admin' })
    found.makes.push('fleet user')
  }
  return found
}
