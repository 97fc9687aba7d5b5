import { test } from 'node:test'

import { vaultChecks } from './checks.ts'
import { openTwinVault } from './company.ts'

for (const { name, run } of vaultChecks)
  test(name, async (t) => {
    const vault = await openTwinVault()
    t.after(vault.close)
    await run(vault)
  })
