import { isKnown, VendorError, type PullContext, type RightTries, type RightTry } from '#sources/contract'

import { scopesToAct } from './auth.ts'
import { call, isForWantOfScope, type Asked, type Method } from './client.ts'
import type { OpenaiConfig } from './config.ts'

type Context = PullContext<OpenaiConfig>

const zeros = '0'.repeat(24)
const [user, project] = [`/organization/users/user-${zeros}`, `/organization/projects/proj_${zeros}`]
const [looks = '', acts = ''] = scopesToAct

/** OpenAI hides what is not its asker's behind a 403, too: only its own words for a missing scope are taken for one. */
async function isNobodys(context: Context, path: string): Promise<boolean> {
  const response = await call(context, 'GET', path)
  if (response.status === 403 && !isForWantOfScope(response))
    throw new VendorError('ERR_VENDOR_REFUSED', 'OpenAI does not say whether there is such a thing')
  return !isKnown(response, 'a thing that cannot be')
}

/** `thing`: what is asked for first; `path`: what is changed, the thing itself or something inside it. */
const tryOf = (
  verb: string,
  thing: string,
  { method = 'DELETE', path = thing, ...asked }: Asked & { method?: Method; path?: string } = {},
): RightTry<OpenaiConfig> => ({
  verb,
  looks,
  acts,
  isNobodys: (context) => isNobodys(context, thing),
  change: (context) => call(context, method, path, asked),
})

export const rightTries: RightTries<OpenaiConfig> = {
  tries: [
    tryOf('openai.project.pause', project, {
      method: 'POST',
      path: `${project}/model_permissions`,
      body: { mode: 'allow_list', model_ids: [] },
    }),
    tryOf('openai.key.delete', `/organization/admin_api_keys/key_${zeros}`),
    tryOf('openai.service-account.delete', `${project}/service_accounts/svc_acct_${zeros}`),
    tryOf('openai.invite.delete', `/organization/invites/invite-${zeros}`),
    tryOf('openai.user.remove', user),
    tryOf('openai.membership.remove', `${project}/users/user-${zeros}`),
    tryOf('openai.role.unassign', user, { path: `${user}/roles/role-${zeros}` }),
    tryOf('openai.project.archive', project, { method: 'POST', path: `${project}/archive` }),
  ],
  isRefusal: isForWantOfScope,
  says: 'OpenAI tells no rights of a key. A refusal for want of a scope is found; that a right is there is not, since OpenAI does not say whether it looks at the scope or at the id first.',
}
