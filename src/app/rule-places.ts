import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ruleFile = /\.ya?ml$/
/** Tests of rules lie beside them and are no rules. */
const testFile = /\.test\.ya?ml$/
/** Says what a pack is about; its rules lie in a folder beside it. */
const packFile = /(?:^|[\\/])pack\.ya?ml$/

/** Files of rules in a folder and all below it, sorted; a file that is named itself is one. */
export const ruleFilesIn = (place: string): string[] =>
  yamlIn(place).filter((name) => !testFile.test(name) && !packFile.test(name))
export const testFilesIn = (place: string): string[] => yamlIn(place).filter((name) => testFile.test(name))

function yamlIn(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place]
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => ruleFile.test(name))
    .sort()
    .map((name) => join(place, name))
}
