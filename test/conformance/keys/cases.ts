import { keysActions, nameKey, type KeysConfig } from '#connectors/keys'

import type { ActionCase, Tried } from '../actions.ts'
import { openShop, owner, type Shop } from './shop.ts'

export const tried: Tried<Shop, KeysConfig, ActionCase<Shop>> = {
  actions: keysActions,
  cases: [
    {
      verb: 'keys.key.kill',
      isRestored: true,
      set: ({ leaked, opens }) => ({
        target: nameKey(leaked.id),
        works: async () => (await opens(leaked.token)) === `${owner} gateway`,
      }),
    },
    {
      // What the place holds is what was stolen: the thief's word for it is the consumer's.
      verb: 'keys.key.hand-over',
      isRestored: false,
      set: ({ leaked, read, target }) => ({ target, works: async () => (await read()) === leaked.token }),
    },
  ],
  found: () => openShop(),
  cordon: (shop) => ({ context: (over) => ({ ...shop.context(), ...over }) }),
}
