import { ask, field, form, isLetThrough, isOk } from './http.ts'
import { namesIn, type Found, type Loot, type Prober, type Target } from './types.ts'

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
  await behindAll(target, loot, found)
  return { opens: unique(found.opens), makes: [...new Set(found.makes)] }
}

const unique = (opens: Found['opens']): Found['opens'] => [
  ...new Map(opens.map((one) => [`${one.what} ${one.right}`, one])).values(),
]

async function behindAll(target: Target, loot: Loot, found: Found): Promise<void> {
  for (const server of namesIn(target, 'servers')) {
    const told = await ask(`${target.url}/oauth2/${server}/.well-known/oauth-authorization-server`)
    const [, list = ''] = /"scopes_supported":\[([^\]]*)\]/.exec(told.text) ?? []
    const scopes = [...list.matchAll(/"([^"]+)"/g)].map(([, scope = '']) => scope)
    // One that tells of none is asked all the same: it may only be silent.
    await behind(target, server, scopes.length === 0 ? ['openid'] : scopes, loot, found)
  }
}

/** What stands behind an authorization server: as a refresh token of it, and as a client's secret, scope by scope. */
async function behind(
  target: Target,
  server: string,
  scopes: readonly string[],
  loot: Loot,
  found: Found,
): Promise<void> {
  const url = `${target.url}/oauth2/${server}/v1/token`
  const { client = '' } = loot.with
  const refreshed = await ask(url, form({ grant_type: 'refresh_token', refresh_token: loot.value, client_id: client }))
  const tokens = [field(refreshed, 'access_token')]
  const basic = `Basic ${Buffer.from(`${client}:${loot.value}`).toString('base64')}`
  for (const scope of scopes) {
    const request = form({ grant_type: 'client_credentials', scope })
    const given = await ask(url, { ...request, headers: { ...request.headers, authorization: basic } })
    // Whose secret it is not is told at the first try; whose it is, even where it is let do nothing by itself.
    if (given.status === 401 && field(given, 'error') === 'invalid_client') break
    if (given.status < 404) found.opens.push({ system: 'okta', what: 'client', right: 'read' })
    tokens.push(field(given, 'access_token'))
  }
  for (const token of tokens.filter(Boolean)) {
    found.makes.push('okta access-token')
    const headers = { authorization: `Bearer ${token}` }
    for (const name of namesIn(target, 'resources')) {
      const resource = `${target.url}/resource/${name}`
      const add = (right: 'read' | 'write'): void =>
        void found.opens.push({ system: 'okta', what: `resource/${name}`, right })
      if (isOk(await ask(resource, { headers }))) add('read')
      if (isOk(await ask(resource, { method: 'POST', headers }))) add('write')
    }
  }
}

/** Okta shows the secrets of clients to whoever may read apps: with each of them it goes on. */
async function asClients(target: Target, headers: Record<string, string>, found: Found): Promise<void> {
  for (const client of namesIn(target, 'clients')) {
    const shown = await ask(`${target.url}/api/v1/apps/${client}/credentials/secrets`, { headers })
    for (const [, value = ''] of isOk(shown) ? shown.text.matchAll(/"client_secret":"([^"]+)"/g) : [])
      await behindAll(target, { value, with: { client } }, found)
  }
}

async function management({ url, names }: Target, authorization: string, found: Found): Promise<void> {
  const headers = { authorization, accept: 'application/json' }
  for (const [what, path] of Object.entries(lists)) {
    const answer = await ask(`${url}${path}`, { headers })
    if (answer.status === 401) return
    if (isOk(answer)) found.opens.push({ system: 'okta', what, right: 'read' })
  }
  if (found.opens.some(({ what }) => what === 'apps')) await asClients({ url, names }, headers, found)
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

export type Login = { username: string; password: string; passCode?: string }

/** Whether an account signs in, with its factor where it has one. The session is ended again. */
export async function oktaSignsIn({ url }: Target, login: Login): Promise<boolean> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const answer = await ask(`${url}/api/v1/sessions`, { method: 'POST', headers, body: JSON.stringify(login) })
  if (!isOk(answer)) return false
  await ask(`${url}/api/v1/sessions/me`, { method: 'DELETE', headers: { cookie: `sid=${field(answer, 'id')}` } })
  return true
}
