import { ask, field, form, isLetThrough, isOk } from './http.ts'
import { namesIn, type Found, type Prober, type Target } from './types.ts'

const lists: Readonly<Record<string, string>> = {
  users: '/api/v1/users?limit=1',
  groups: '/api/v1/groups?limit=1',
  apps: '/api/v1/apps?limit=1',
  logs: '/api/v1/logs?limit=1',
  idps: '/api/v1/idps?limit=1',
  networkZones: '/api/v1/zones?limit=1',
  apiTokens: '/api/v1/api-tokens',
}
const nobody = 'nobody00000000000000'

/** As an API token, as a refresh token of an app, and as the secret of a service app. */
export const okta: Prober = async (target, loot) => {
  const found: Found = { opens: [], makes: [] }
  await management(target, `SSWS ${loot.value}`, found)
  const { client } = loot.with
  if (client === undefined) return found
  const refreshed = await ask(
    `${target.url}/oauth2/v1/token`,
    form({ grant_type: 'refresh_token', refresh_token: loot.value, client_id: client }),
  )
  const access = field(refreshed, 'access_token')
  if (access !== '') {
    found.opens.push({ system: 'okta', what: 'token', right: 'read' })
    found.makes.push('okta access-token')
    await management(target, `Bearer ${access}`, found)
  }
  for (const server of namesIn(target, 'servers')) {
    const request = form({ grant_type: 'client_credentials', scope: 'orders.read' })
    const basic = `Basic ${Buffer.from(`${client}:${loot.value}`).toString('base64')}`
    const given = await ask(`${target.url}/oauth2/${server}/v1/token`, {
      ...request,
      headers: { ...request.headers, authorization: basic },
    })
    const token = field(given, 'access_token')
    if (token === '') continue
    found.makes.push('okta access-token')
    if (isOk(await ask(`${target.url}/orders`, { headers: { authorization: `Bearer ${token}` } })))
      found.opens.push({ system: 'okta', what: 'orders', right: 'read' })
  }
  return found
}

async function management({ url }: Target, authorization: string, found: Found): Promise<void> {
  const headers = { authorization, accept: 'application/json' }
  for (const [what, path] of Object.entries(lists)) {
    const answer = await ask(`${url}${path}`, { headers })
    if (answer.status === 401) return
    if (isOk(answer)) found.opens.push({ system: 'okta', what, right: 'read' })
  }
  const suspends = await ask(`${url}/api/v1/users/${nobody}/lifecycle/suspend`, { method: 'POST', headers })
  if (isLetThrough(suspends)) {
    found.opens.push({ system: 'okta', what: 'users', right: 'admin' })
    found.makes.push('okta user')
  }
  const joins = await ask(`${url}/api/v1/groups/${nobody}/users/${nobody}`, { method: 'PUT', headers })
  if (isLetThrough(joins)) {
    found.opens.push({ system: 'okta', what: 'groups', right: 'write' })
    found.makes.push('okta membership')
  }
  const stops = await ask(`${url}/api/v1/apps/${nobody}/lifecycle/deactivate`, { method: 'POST', headers })
  if (isLetThrough(stops)) {
    found.opens.push({ system: 'okta', what: 'apps', right: 'admin' })
    found.makes.push('okta client-secret')
  }
}
