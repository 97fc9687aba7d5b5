// Rewrites src/model/ocsf/schema from a copy of the OCSF schema. Run: npm run generate:ocsf [-- FOLDER]
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { generateOcsf } from './ocsf/generate.ts'

const [folder = '../shared/corpora/ocsf-schema'] = process.argv.slice(2)
if (!existsSync(join(folder, 'version.json'))) {
  console.error(`no OCSF schema in ${folder}: give the path of a checkout of github.com/ocsf/ocsf-schema`)
  process.exit(1)
}
for (const [name, text] of Object.entries(generateOcsf(folder)))
  writeFileSync(join('src/model/ocsf/schema', name), text)
