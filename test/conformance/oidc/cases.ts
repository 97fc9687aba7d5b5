import { entityId, type EntityId } from '#model'
import { oidcActions, type OidcConfig } from '#connectors/oidc'

import { redirectsMax, refresh } from '../../../lab/src/issuer/browser.ts'
import { audiences } from '../../../lab/src/people/api.ts'
import type { ActionCase, Tried } from '../actions.ts'
import { client, foundCompany, type Company } from './company.ts'

const targetOf = async (company: Company, verb: string, value: string): Promise<EntityId> => {
  const member = await company.memberOf(value)
  const target = oidcActions.find((action) => action.verb === verb)?.targetFor(member)
  if (target === undefined) throw new Error(`\`${verb}\` serves no ${member.entity}`)
  return target
}
const refreshes = (company: Company, token: string | null) => (): Promise<boolean> =>
  refresh(company.issuer.url, client, token ?? '').then(
    () => true,
    () => false,
  )

/** A browser, and whoever copies its cookies: does the issuer let them in without asking for a person? */
async function isSignedIn(
  { issuer }: Company,
  cookies: Map<string, string>,
  more: Record<string, string>,
): Promise<boolean> {
  let at = new URL('/auth', issuer.url)
  at.search = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid',
    resource: audiences.contractors,
    login_hint: 'svc-ci',
    state: 'EXAMPLE',
    // RFC 7636, appendix B.
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  }).toString()
  for (let hop = 0; hop < redirectsMax && !at.href.startsWith(client.redirectUri); hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } })
    await response.body?.cancel()
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      cookies.set(name, value)
    }
    at = new URL(response.headers.get('location') ?? client.redirectUri, at)
  }
  return at.searchParams.get('code') !== null
}

export const tried: Tried<Company, OidcConfig, ActionCase<Company>> = {
  actions: oidcActions,
  found: () => foundCompany(),
  cordon: (company) => company,
  cases: [
    {
      name: 'an opaque token, with its value',
      verb: 'oidc.token.revoke',
      isRestored: false,
      async set(company) {
        const { accessToken } = await company.signIn('contractors', 'people:read')
        return {
          target: await targetOf(company, 'oidc.token.revoke', accessToken),
          works: async () => (await company.statusAt('contractors', accessToken)) === 200,
          lent: accessToken,
        }
      },
    },
    {
      verb: 'oidc.grant.revoke',
      isRestored: false,
      async set(company) {
        const { accessToken, refreshToken } = await company.signIn('contractors', 'people:read')
        return {
          target: await targetOf(company, 'oidc.grant.revoke', refreshToken ?? ''),
          works: async () => (await company.statusAt('contractors', accessToken)) === 200,
        }
      },
    },
    {
      name: 'a self-contained token, with its value',
      verb: 'oidc.jwt.deny',
      isRestored: true,
      async set(company) {
        const { accessToken } = await company.signIn('payouts', 'payouts:read')
        return {
          target: await targetOf(company, 'oidc.jwt.deny', accessToken),
          works: async () => (await company.statusAt('payouts', accessToken)) === 200,
          lent: accessToken,
        }
      },
    },
    {
      verb: 'oidc.client.disable',
      isRestored: true,
      async set(company) {
        const { refreshToken } = await company.signIn('contractors', 'people:read')
        return { target: entityId('app', company.authority, client.id), works: refreshes(company, refreshToken) }
      },
    },
    {
      verb: 'oidc.session.end',
      isRestored: false,
      async set(company) {
        const cookies = new Map<string, string>()
        await isSignedIn(company, cookies, {})
        const target = await company.session()
        return { target, works: () => isSignedIn(company, cookies, { prompt: 'none' }) }
      },
    },
  ],
}
