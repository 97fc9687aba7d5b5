import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

type Ban = { pattern: RegExp; instead: string; except: readonly string[] }

/** Calls that need a parameter or a bound; each ban names its replacement. */
const bans: Ban[] = [
  { pattern: /\bDate\.now\(/, instead: 'a Clock parameter', except: ['src/kit/clock.ts', 'console/clock.ts'] },
  { pattern: /\bMath\.random\(/, instead: 'a RandomBytes or seeded parameter', except: ['src/kit/retry.ts'] },
  { pattern: /(?<![.\w])fetch\(/, instead: 'an Http parameter', except: ['src/kit/http.ts', 'console/api.ts'] },
  {
    pattern: /\bJSON\.parse\(/,
    instead: 'parseJson or parseOwnJson of #kit',
    except: ['src/kit/json.ts', 'src/connectors/host/reporter/', 'console/api.ts'],
  },
  { pattern: /\bexport default\b/, instead: 'a named export', except: [] },
  { pattern: /^\s*(?:export )?(?:const )?enum\b/m, instead: 'a const table', except: [] },
  { pattern: /\/\/ ?(?:TODO|FIXME|XXX)\b/, instead: 'finished work or an issue', except: [] },
]
const bannedFolders = new Set(['utils', 'helpers', 'common', 'services', 'manager'])
const linesMax = 400

export function faults(file: string, text: string): string[] {
  const found = bans
    .filter(({ pattern, except }) => pattern.test(text) && !except.some((prefix) => file.startsWith(prefix)))
    .map(({ instead, pattern }) => `${file}: ${pattern.source} is banned, use ${instead}`)
  if (file.split('/').some((part) => bannedFolders.has(part))) found.push(`${file}: a folder name that says nothing`)
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.ts$/.test(file.split('/').at(-1) ?? ''))
    found.push(`${file}: file names are kebab-case`)
  const lines = text.split('\n').filter((line) => !/^\s*(?:\/\/|\/?\*|$)/.test(line)).length
  if (lines > linesMax) found.push(`${file}: ${lines} lines of code, split it (at most ${linesMax})`)
  return found
}

test('the house is tidy', () => {
  const files = globSync(['{src,console}/**/*.ts', 'lab/{src,twins,estate}/**/*.ts']).filter(
    (file) => !file.endsWith('.test.ts'),
  )
  assert.ok(files.length > 40, 'the gate must see files')
  assert.deepEqual(
    files
      .flatMap((file) => faults(file, readFileSync(file, 'utf8')))
      .filter((fault) => !fault.startsWith('lab/') || fault.includes('lines of code')),
    [],
  )
})

test('the tidy gate can fail', () => {
  assert.equal(faults('src/log/x.ts', 'const t = Date.now()\n').length, 1)
  assert.equal(faults('src/utils/x.ts', '').length, 1)
  assert.equal(faults('src/log/Big.ts', 'x\n'.repeat(401)).length, 2)
})
