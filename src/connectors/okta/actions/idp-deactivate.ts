import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { segment } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { preview, requiredParts } from './context.ts'
import { switchOff } from './lifecycle.ts'

/** An identity provider of the attacker's own signs in as anybody: taken off where an exposed credential made it. */
export const idpDeactivate = defineAction<OktaConfig>({
  verb: 'okta.idp.deactivate',
  phase: 'remove-descendants',
  title: 'Deactivate an identity provider that was added',
  scopes: scopesTo('idps'),
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('idp', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview('idps', ['nobody signs in by way of this identity provider; undo lets it sign users in again'], {
      reversible: true,
    }),
  ...switchOff({
    use: 'idps',
    what: 'the identity provider',
    hint: 'look at the identity providers in the Admin Console',
    path: (target) => `/api/v1/idps/${segment(requiredParts('idp', target)[0])}`,
    hit: () => [],
  }),
})
