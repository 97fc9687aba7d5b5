import { isKnown, type RightTries, type RightTry } from '#sources/contract'

import { scopesToAct } from './auth.ts'
import { call, errorTypeOf, type Asked, type Method } from './client.ts'
import type { AnthropicConfig } from './config.ts'

const zeros = '0'.repeat(24)
const at = (thing: string): string => `/v1/organizations/${thing}_${zeros}`
const [user, workspace] = [at('users/user'), at('workspaces/wrkspc')]
const [right = ''] = scopesToAct

/** `path`: what is changed, the thing that is asked for first or something inside it. */
const tryOf = (
  verb: string,
  thing: string,
  { method = 'DELETE', path = thing, ...asked }: Asked & { method?: Method; path?: string } = {},
): RightTry<AnthropicConfig> => ({
  verb,
  looks: right,
  acts: right,
  isNobodys: async (context) => !isKnown(await call(context, 'GET', thing), 'a thing that cannot be'),
  change: (context) => call(context, method, path, asked),
})

export const rightTries: RightTries<AnthropicConfig> = {
  tries: [
    tryOf('anthropic.key.deactivate', at('api_keys/apikey'), { method: 'POST', body: { status: 'inactive' } }),
    tryOf('anthropic.invite.delete', at('invites/invite')),
    tryOf('anthropic.user.remove', user),
    tryOf('anthropic.membership.remove', `${workspace}/members/user_${zeros}`),
    tryOf('anthropic.workspace.archive', workspace, { method: 'POST', path: `${workspace}/archive` }),
  ],
  isRefusal: (response) => response.status === 403 && errorTypeOf(response) === 'permission_error',
  says: 'Anthropic tells no rights of a key. A key that is no admin key is found, and so is a refusal; that a right is there is not, since Anthropic does not say whether it looks at the key or at the id first.',
}
