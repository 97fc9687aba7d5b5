import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { generateOcsf } from '../../scripts/ocsf/generate.ts'

const schema = join(import.meta.dirname, '../../../shared/corpora/ocsf-schema')
const isThere = existsSync(join(schema, 'version.json'))

test(
  'the OCSF files are what the generator makes of the published schema',
  { skip: isThere ? false : 'no copy of the OCSF schema beside the checkout' },
  () => {
    const files = Object.entries(generateOcsf(schema))
    assert.equal(files.length, 4)
    for (const [name, text] of files) {
      const committed = readFileSync(join('src/model/ocsf/schema', name), 'utf8')
      assert.ok(committed === text, `${name} differs: run npm run generate:ocsf`)
    }
  },
)
