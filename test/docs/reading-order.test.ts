import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = 'src/connectors'
const heading = '## Read in this order'

/** Files and folders that a README's reading order names, by their names in backticks. */
const namedIn = (section: string): string[] =>
  [...section.matchAll(/`([a-z][a-z-]*(?:\.ts|\/))`/g)].flatMap(([, name]) => name ?? [])

const folders = readdirSync(root).flatMap((connector) => {
  const readme = `${root}/${connector}/README.md`
  const [, section] = existsSync(readme) ? readFileSync(readme, 'utf8').split(heading) : []
  return section === undefined ? [] : [{ connector, named: namedIn(section) }]
})

test('a reading order names every file of its connector, and none that is not there', () => {
  // The largest have one: ten minutes are too short to guess it.
  for (const large of ['aws', 'entra', 'github', 'google', 'kubernetes', 'okta'])
    assert.ok(
      folders.some(({ connector }) => connector === large),
      `${root}/${large}/README.md has no "${heading}"`,
    )
  for (const { connector, named } of folders) {
    const held = readdirSync(`${root}/${connector}`, { withFileTypes: true })
    const there = held.flatMap((one) => {
      if (one.isDirectory()) return [`${one.name}/`]
      return /(?<!\.test)\.ts$/.test(one.name) ? [one.name] : []
    })
    const inside = held.flatMap((one) => (one.isDirectory() ? readdirSync(`${root}/${connector}/${one.name}`) : []))
    const where = `${root}/${connector}/README.md, "${heading.slice(3)}"`
    for (const name of there) assert.ok(named.includes(name), `${where} does not say what \`${name}\` is`)
    for (const name of named)
      assert.ok([...there, ...inside].includes(name), `${where} names \`${name}\`, which is not there`)
  }
})
