import { defineAction } from '#respond/contract'

import { segment } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { preview, requiredParts, tokenLifeMaxMs } from './context.ts'
import { switchOff } from './switch-off.ts'

/** A device the attacker registered signs its user in by itself. */
export const deviceDisable = defineAction<EntraConfig>({
  verb: 'entra.device.disable',
  phase: 'remove-descendants',
  title: 'Disable a device',
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('device', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(
      'devices',
      [
        'the device signs nobody in, and its primary refresh token gives no further token',
        'access tokens it holds live 60 to 90 minutes',
        'undo lets it sign in again',
      ],
      { reversible: true, residualMs: tokenLifeMaxMs },
    ),
  ...switchOff({
    use: 'devices',
    what: 'the device',
    hint: 'Windows devices only can be disabled by an app: disable others in the Entra admin center',
    fields: 'id,accountEnabled',
    async pathOf(_, target) {
      return `/v1.0/devices/${segment(requiredParts('device', target)[0])}`
    },
  }),
})
