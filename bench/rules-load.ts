// Rules read from their YAML against the same out of the cache: processor time of a start (a process of its own) and of a
// reload in the same process.
//   npm run bench:rules-load
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseOwnJson } from '#kit'
import { defaultTenant } from '#model'
import { loadSigma } from '#detect/sigma'

import { openRuleCache } from '../src/app/core/rule-cache.ts'
import { readRuleFiles } from '../src/app/core/rule-files.ts'
import { openStateFile } from '../src/app/core/state-file.ts'
import { logKeysOf } from '../test/simulation/log-keys.ts'

const rounds = 5
const lanes: Record<string, string[]> = {
  "all of SigmaHQ's rules": globSync('../shared/corpora/sigma/rules*'),
  packs: globSync('packs/*/rules'),
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
type Took = { files: number; rules: number; refused: number; startMs: number; reloadMs: number }

/** As the rule desk does it, twice: files, cache, rules, cache. */
function loadTwice(path: string | undefined, directories: readonly string[]): Took {
  const file =
    path === undefined
      ? null
      : openStateFile({ path, name: 'rule cache', tenant: defaultTenant, keys: logKeysOf('bench') })
  const times: number[] = []
  let counts = { files: 0, rules: 0, refused: 0 }
  for (const _ of [1, 2]) {
    const from = cpuMs()
    const { sources } = readRuleFiles(null, directories, [])
    const cache = file === null ? null : openRuleCache(file)
    const { rules, refused } = loadSigma(sources, {}, cache)
    cache?.save()
    times.push(cpuMs() - from)
    counts = { files: sources.length, rules: rules.length, refused: refused.length }
  }
  const [startMs = 0, reloadMs = 0] = times
  return { ...counts, startMs, reloadMs }
}

function bench(name: string, directories: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
  const path = join(folder, 'rules.cache')
  const child = (cache: string): Took =>
    parseOwnJson<Took>(
      execFileSync(process.execPath, [...process.execArgv, import.meta.filename, 'child', cache, ...directories], {
        encoding: 'utf8',
      }),
    )
  const took: Record<'yaml' | 'making' | 'cached', Took[]> = { yaml: [], making: [], cached: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      took.yaml.push(child(''))
      rmSync(path, { force: true })
      took.making.push(child(path))
      took.cached.push(child(path))
    }
    const [one] = took.yaml
    const { size } = statSync(path)
    console.log(
      `\n${name}: ${one?.rules} rules in ${one?.files} files, ${one?.refused} refused; cache of ${size} bytes`,
    )
    const of = (way: keyof typeof took, what: 'startMs' | 'reloadMs'): number =>
      median(took[way].map((each) => each[what]))
    for (const what of ['startMs', 'reloadMs'] as const) {
      const [yaml, making, cached] = [of('yaml', what), of('making', what), of('cached', what)].map(Math.round)
      const ratio = (of('yaml', what) / of('cached', what)).toFixed(1)
      console.log(
        what === 'startMs'
          ? `  start: YAML ${yaml} ms, YAML and making the cache ${making} ms, out of the cache ${cached} ms: ${ratio} times`
          : `  reload: YAML ${yaml} ms, out of the cache ${cached} ms: ${ratio} times`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [word, cache, ...directories] = process.argv.slice(2)
if (word === 'child') console.log(JSON.stringify(loadTwice(cache === '' ? undefined : cache, directories)))
else {
  console.log(`processor time, medians of ${rounds} processes each; load ${loadavg()[0]?.toFixed(1)}`)
  for (const [name, places] of Object.entries(lanes))
    if (places.every(existsSync) && places.length > 0) bench(name, places)
}
