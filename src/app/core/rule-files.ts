import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import { isObject } from '#kit'
import type { Carrier, SigmaSource } from '#detect/sigma'

import { ruleFilesIn } from '../rule-places.ts'

const filesMax = 20_000
const fileBytesMax = 4 * 1024 * 1024

export type RuleFiles = { sources: SigmaSource[]; packs: string[]; faults: { place: string; message: string }[] }

/**
 * The rules of packs of whose needs a source has one, and all that lie in the directories: what cannot be read is told of,
 * and the rest is held against events all the same.
 */
export function readRuleFiles(
  packs: string | null,
  directories: readonly string[],
  carriers: readonly Carrier[],
): RuleFiles {
  const out: RuleFiles = { sources: [], packs: [], faults: [] }
  const has = new Set(carriers.map(({ logsource: { product, service } }) => `${product}/${service}`))
  for (const pack of packs === null || !existsSync(packs) ? [] : readdirSync(packs).sort()) {
    const folder = join(packs ?? '', pack)
    attempt(out, folder, () => {
      if (!needsOf(join(folder, 'pack.yml')).some((need) => typeof need === 'string' && has.has(need))) return
      out.packs.push(pack)
      readAll(join(folder, 'rules'), out)
    })
  }
  for (const directory of directories) attempt(out, directory, () => readAll(directory, out))
  return out
}

function needsOf(place: string): unknown[] {
  const about: unknown = parse(readFileSync(place, 'utf8'), { maxAliasCount: 100 })
  return isObject(about) && Array.isArray(about['needs']) ? about['needs'] : []
}

function readAll(directory: string, out: RuleFiles): void {
  for (const place of ruleFilesIn(directory)) {
    attempt(out, place, () => {
      if (out.sources.length >= filesMax) throw new Error(`more than ${filesMax} files of rules`)
      if (statSync(place).size > fileBytesMax) throw new Error(`larger than ${fileBytesMax} bytes`)
      out.sources.push({ place, text: readFileSync(place, 'utf8') })
    })
  }
}

function attempt({ faults }: RuleFiles, place: string, read: () => void): void {
  try {
    read()
  } catch (error) {
    faults.push({ place, message: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'cannot be read' })
  }
}
