import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { sha256, toHex } from '#kit'
import type { ConsoleFiles } from '#api'

import { consoleDirectory } from '../paths.ts'

const script = 'text/javascript; charset=utf-8'
const types: Record<string, string> = {
  '.ts': script,
  '.js': script,
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** Packages that the browser loads, under the names that the console imports them by. */
const packages = ['preact', 'preact/hooks'] as const

/**
 * The console as the browser gets it. A checkout sends its TypeScript with the types taken out, line for line, so there
 * is nothing to build; a package sends what was built. Read once: what changes on disk shows after a start.
 */
export function readConsole(): ConsoleFiles {
  const files = new Map<string, { type: string; body: string }>()
  for (const name of filesBelow(consoleDirectory)) {
    const ending = /\.\w+$/.exec(name)?.[0] ?? ''
    const type = types[ending]
    if (type === undefined || name.endsWith('.test.ts')) continue
    const text = readFileSync(join(consoleDirectory, name), 'utf8')
    files.set(name, { type, body: ending === '.ts' ? stripTypeScriptTypes(text) : text })
  }
  const fileOf = (name: string): string => `packages/${name.replace('/', '-')}.js`
  for (const name of packages) {
    const text = readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8')
    // Its source map is not served.
    files.set(fileOf(name), { type: script, body: text.replace(/\n\/\/# sourceMappingURL=.*/, '') })
  }
  const version = toHex(sha256([...files].flatMap(([name, { body }]) => [name, body]).join('\0'))).slice(0, 16)
  const at = (name: string): string => `/console/${version}/${name}`
  const importMap = JSON.stringify({ imports: Object.fromEntries(packages.map((name) => [name, at(fileOf(name))])) })
  const main = files.has('main.js') ? 'main.js' : 'main.ts'
  return { page: pageOf({ importMap, at, main }), importMap, version, files }
}

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .sort()

function pageOf({ importMap, at, main }: { importMap: string; at: (name: string) => string; main: string }): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Cordon</title>
    <link rel="icon" type="image/svg+xml" href="${at('icon.svg')}">
    <link rel="stylesheet" href="${at('console.css')}">
    <script type="importmap">${importMap}</script>
    <script type="module" src="${at(main)}"></script>
  </head>
  <body>
    <noscript>The console needs JavaScript. Without it: <code>cordon status</code>, <code>cordon source list</code>, <code>cordon incident list</code>.</noscript>
    <div id="console"></div>
  </body>
</html>
`
}
