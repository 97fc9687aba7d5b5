import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { StoredRules } from '#detect/sigma'

import { version } from '../version.ts'
import type { StateFile } from './state-file.ts'

/** All of SigmaHQ's rules are 12 million. What is beyond it is read from its YAML each time. */
const cachedCharsMax = 128_000_000
const keyChars = 64

/** Rules as they were read, for one loading of rules. */
export interface RuleCache extends StoredRules {
  /** Writes what this loading used and made, where that differs from what lies there. Throws what writing throws. */
  save(): void
}

/**
 * Of rules only: state is the desk's. Each is found by the SHA-256 of its file's text and of the options it was read with;
 * all go when `engine` is another. INVARIANT: what is found is not checked again, so it comes from a file that only the
 * keys of the log open (`StateFile`): what was changed, cut off or put in from elsewhere is no cache, and is made anew.
 */
export function openRuleCache(file: StateFile, engine: string = sigmaEngineId()): RuleCache {
  const held = readHeld(file, engine)
  const used = new Map<string, string>()
  let chars = 0
  let hasNew = false
  const take = (key: string, stored: string): boolean => {
    if (used.has(key) || chars + stored.length > cachedCharsMax) return false
    chars += stored.length
    used.set(key, stored)
    return true
  }
  return {
    find(key) {
      const name = nameOf(key)
      const stored = held.get(name)
      if (stored !== undefined) take(name, stored)
      return stored
    },
    keep(key, stored) {
      if (take(nameOf(key), stored)) hasNew = true
    },
    save() {
      if (!hasNew && used.size === held.size) return
      file.write(0, linesOf(engine, used))
    },
  }
}

function* linesOf(engine: string, used: ReadonlyMap<string, string>): Generator<string, void, undefined> {
  yield engine
  for (const [name, stored] of used) yield `${name}${stored}`
}

function readHeld(file: StateFile, engine: string): Map<string, string> {
  const held = new Map<string, string>()
  try {
    let isHead = true
    for (const line of file.read()?.lines ?? []) {
      if (isHead && line !== engine) break
      if (!isHead) held.set(line.slice(0, keyChars), line.slice(keyChars))
      isHead = false
    }
    return held
  } catch {
    // It was replaced between two reads of it.
    return new Map()
  }
}

/** As UTF-16, in which two texts are never one. */
const nameOf = (key: string): string => hash('sha256', Buffer.from(key, 'utf16le'), 'hex')

/**
 * What reads rules: the code itself, the YAML library and Node, by whose Unicode texts are folded. A number that somebody
 * must remember to raise would one day serve rules as an older Cordon understood them.
 */
export function sigmaEngineId(folders: readonly string[] = codeFolders()): string {
  const yaml = readFileSync(fileURLToPath(import.meta.resolve('yaml/package.json')), 'utf8')
  return hash('sha256', JSON.stringify([version, process.versions, yaml, folders.map(filesBelow)]), 'hex')
}

const codeFolders = (): string[] =>
  ['#detect/sigma', '#kit'].map((name) => dirname(fileURLToPath(import.meta.resolve(name))))

const filesBelow = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test|\.d)\.[jt]s$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
