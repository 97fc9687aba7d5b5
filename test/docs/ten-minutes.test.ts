import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = 'src/connectors'
const heading = '## In ten minutes'
/** Ten minutes at a hundred lines a minute: plain code, read to know how it works and not to find its faults. */
const linesMax = 1_000

const linesOf = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1
const sourcesOf = (connector: string): string[] =>
  readdirSync(`${root}/${connector}`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  )

/** Files of the section's table, or undefined where the README has no such section. */
function tenMinutes(connector: string): string[] | undefined {
  const readme = `${root}/${connector}/README.md`
  if (!existsSync(readme)) return undefined
  const [, section] = readFileSync(readme, 'utf8').split(`${heading}\n`)
  const [table] = section?.split('\n## ') ?? []
  return table === undefined
    ? undefined
    : [...table.matchAll(/^\| `([\w/.-]+)` \|/gm)].flatMap(([, name]) => name ?? [])
}

const connectors = readdirSync(root, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []))

test('what is longer than ten minutes of reading says which files show how it works in ten', () => {
  const long = connectors.filter(
    (connector) =>
      sourcesOf(connector).reduce((sum, name) => sum + linesOf(`${root}/${connector}/${name}`), 0) > linesMax,
  )
  assert.ok(long.length > 5)
  for (const connector of long)
    assert.ok(tenMinutes(connector) !== undefined, `${root}/${connector}/README.md has no "${heading}"`)
})

test('those files are there, are ten minutes together, and go from the connector to an action', () => {
  for (const connector of connectors) {
    const files = tenMinutes(connector)
    if (files === undefined) continue
    const where = `${root}/${connector}/README.md, "${heading.slice(3)}"`
    for (const file of files)
      assert.ok(sourcesOf(connector).includes(file), `${where} names ${file}, which is not there`)
    const lines = files.reduce((sum, file) => sum + linesOf(`${root}/${connector}/${file}`), 0)
    assert.ok(lines <= linesMax, `${where}: ${lines} lines; name fewer or shorter files`)
    assert.equal(files[0], 'index.ts', where)
    assert.ok(
      files.some((file) => file.includes('normalize')),
      `${where} shows no normaliser`,
    )
    const acts = sourcesOf(connector).filter((name) =>
      readFileSync(`${root}/${connector}/${name}`, 'utf8').includes('defineAction'),
    )
    assert.ok(acts.length === 0 || files.some((file) => acts.includes(file)), `${where} shows no action`)
  }
})
