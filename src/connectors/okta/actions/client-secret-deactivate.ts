import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, listAll, segment, textAt, type Access } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameApp, nameIdentity, partsOf } from '../names.ts'
import { preview, requiredParts, settle } from './context.ts'
import { switchOff } from './lifecycle.ts'

const secretsPath = (target: EntityId): string =>
  `/api/v1/apps/${segment(requiredParts('client-secret', target)[0])}/credentials/secrets`
const hint = 'Okta keeps two secrets of an app at most: delete the other one, or deactivate the app'

/** Okta never leaves an app without an active secret: a fresh one is made first, which its owner reads in the Admin Console. */
async function makeSuccessor(access: Access, target: EntityId): Promise<void> {
  const [, id] = requiredParts('client-secret', target)
  const secrets = await listAll(access, 'apps', secretsPath(target), 'the secrets of the app')
  const others = secrets.filter((secret) => textAt(secret, 'id') !== id)
  if (others.some((secret) => textAt(secret, 'status') === 'ACTIVE')) return
  // The answer holds the new value: nothing of it is kept.
  settle(await call(access, 'apps', 'POST', secretsPath(target), {}), 'a second secret', hint)
}

export const clientSecretDeactivate = defineAction<OktaConfig>({
  verb: 'okta.client-secret.deactivate',
  phase: 'revoke',
  title: 'Deactivate a client secret',
  scopes: scopesTo('apps'),
  targetFor: ({ entity }) => (partsOf('client-secret', entity) === undefined ? undefined : entity),
  preview: (_, { siblings }) =>
    preview(
      'apps',
      [
        'whoever has this secret gets no token with it',
        siblings === 0
          ? 'it is the only one of the app: a new one is made first, and the app does not work until its owner has put that in place'
          : 'the app goes on with its other secret, if that is the one it uses',
        'tokens already given out live on until they end: an hour for Okta’s own',
      ],
      { reversible: true, residualMs: 3_600_000 },
    ),
  ...switchOff({
    use: 'apps',
    what: 'the client secret',
    hint,
    path: (target) => `${secretsPath(target)}/${segment(requiredParts('client-secret', target)[1])}`,
    hit: ({ authority }, target) => {
      const [app] = requiredParts('client-secret', target)
      return [nameApp(authority, app), nameIdentity(authority, app)]
    },
    before: (_, access, target) => makeSuccessor(access, target),
  }),
})
