import { isAbsolute } from 'node:path'

import { z } from 'zod'

import { advisoryAuthority } from '#model'
import { defineConnector } from '#sources/contract'

import { osvFiles } from './files.ts'
import { normalize } from './normalize.ts'
import { records, type OsvConfig } from './stream.ts'

/** Advisories about malicious packages, as OSV records in a directory that something else keeps up to date. */
export const osvConnector = defineConnector<OsvConfig>({
  id: 'osv',
  version: 1,
  title: 'OSV advisories',
  config: z.strictObject({
    path: z
      .string()
      .max(4_096)
      .refine(isAbsolute, { error: 'an absolute path: of a directory of records, or of one file' }),
  }),
  example: { path: '/var/lib/cordon/osv' },
  secrets: { see: [], contain: [] },
  streams: [records],
  coverage: () => ({
    sees: [],
    logged: [],
    blind: ['knows a bad package when its record lies in the directory, not before'],
  }),
  async check({ config }) {
    const files = await osvFiles(config.path)
    return {
      authority: advisoryAuthority,
      missing: [],
      excess: [],
      says: [files.length === 0 ? 'no `.json` file lies there yet' : `${files.length} files of records`],
    }
  },
  normalize,
})
