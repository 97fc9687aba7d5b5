import { vaultActions, type VaultConfig } from '#connectors/vault'

import type { ActionCase, Tried } from '../actions.ts'
import { ask, openTwinVault } from './company.ts'
import { openShop } from './shop.ts'

async function found() {
  const vault = await openTwinVault()
  const shop = await openShop(vault)
  return {
    ...shop,
    clock: vault.clock,
    async close() {
      await shop.close()
      await vault.close()
    },
  }
}
type Company = Awaited<ReturnType<typeof found>>

export const tried: Tried<Company, VaultConfig, ActionCase<Company>> = {
  actions: vaultActions,
  cases: [
    {
      // Whoever may read old versions finds the leaked key there, once its successor is written.
      verb: 'vault.versions.destroy',
      isRestored: false,
      async set({ vault, path, target, handOver, context, leaked }) {
        await handOver.apply(context(), target)
        return {
          target,
          async works() {
            const { answer } = await ask(vault, 'GET', `secret/data/${path}?version=1`)
            return JSON.stringify(answer).includes(leaked.secretAccessKey)
          },
        }
      },
    },
  ],
  found,
  cordon: ({ vaultSide }) => vaultSide,
}
