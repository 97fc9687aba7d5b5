// How long `cordon whatif` takes on a host of the given size, against `find` over the same tree in the same run.
//   node --conditions=source bench/whatif.ts [packages]
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { renderWhatif, runReporter } from '#connectors/host'

const packages = Number(process.argv[2] ?? 10_000)
const filesPerPackage = 6
const rounds = 3

const root = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0
try {
  let files = 0
  for (let i = 0; i < packages; i++) {
    const folder = join(root, 'home', `user${i % 20}`, `project${i % 100}`, 'node_modules', `package-${i}`)
    mkdirSync(join(folder, 'lib'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `package-${i}`, version: '1.0.0' }))
    for (let file = 1; file < filesPerPackage; file++) writeFileSync(join(folder, 'lib', `${file}.js`), '')
    files += filesPerPackage
    if (i % 10 === 0) {
      writeFileSync(join(folder, '..', '..', `.env.${i}`), `API_TOKEN=EXAMPLE${i}\n`)
      const plain = join(root, 'srv', `data${i % 200}`, String(i))
      mkdirSync(plain, { recursive: true })
      for (let file = 0; file < 20; file++) writeFileSync(join(plain, `${file}.txt`), '')
      files += 21
    }
  }
  const ours: number[] = []
  const finds: number[] = []
  let shown = ''
  for (let round = 0; round < rounds; round++) {
    const findFrom = performance.now()
    spawnSync('find', [root, '-type', 'f'], { maxBuffer: 1 << 30 })
    finds.push(performance.now() - findFrom)
    const from = performance.now()
    const report = runReporter({ root, hostId: 'bench' })
    shown = renderWhatif(report, Date.now())
    ours.push(performance.now() - from)
    if (!report.complete || report.packages.length !== packages) throw new Error('the report must be whole')
  }
  console.log(shown.split('\n')[0])
  console.log(
    `${files} files, ${packages} packages: whatif ${Math.round(median(ours))} ms, find ${Math.round(median(finds))} ms`,
  )
  console.log(`ratio to find: ${(median(ours) / median(finds)).toFixed(1)}`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
