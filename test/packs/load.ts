import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { SigmaRules } from '#detect/sigma'

import { readPack, type Pack } from './pack-faults.ts'

let read: Pack[] | undefined
export const packs = (): readonly Pack[] => (read ??= readdirSync('packs').map((name) => readPack(join('packs', name))))

/** All rules of all packs; each pack was read by itself, so none leans on another. */
export const loadPacks = (): Pick<SigmaRules, 'rules' | 'correlations'> => ({
  rules: packs().flatMap(({ loaded }) => loaded.rules),
  correlations: packs().flatMap(({ loaded }) => loaded.correlations),
})
