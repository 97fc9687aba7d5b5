import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Provider } from 'oidc-provider'

/** Signs in whom `login_hint` names and grants what was asked: the lab's people do not type. */
export async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  const account = session?.accountId ?? text(params['login_hint'])
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: account } })
  }
  const grant = new provider.Grant({ accountId: account, clientId: text(params['client_id']) })
  const scope = text(params['scope'])
  grant.addOIDCScope(scope)
  const resources = Array.isArray(params['resource']) ? params['resource'] : [params['resource']]
  for (const resource of resources) if (typeof resource === 'string') grant.addResourceScope(resource, scope)
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
