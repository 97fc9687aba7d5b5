import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

// Says which connectors' files are loaded once some modules are, and once the registry was asked for some connectors.
//   loaded-program.ts MODULE,MODULE… CONNECTOR,CONNECTOR…
const [modules = '', asked = ''] = process.argv.slice(2)
const loaded = new Set<string>()
registerHooks({
  load(url, context, next) {
    const connector = /\/src\/connectors\/([^/]+)\//.exec(url)?.[1]
    if (connector !== undefined) loaded.add(connector)
    return next(url, context)
  },
})
for (const path of modules.split(',')) await import(pathToFileURL(path).href)
const before = [...loaded]
const { createRegistry } = await import('../../src/app/registry.ts')
const registry = createRegistry(undefined)
const found = asked.split(',').filter((id) => registry.find(id) !== undefined)
process.stdout.write(JSON.stringify({ before, found, after: [...loaded] }))
