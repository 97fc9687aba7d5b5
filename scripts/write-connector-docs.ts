// Rewrites docs/connectors from the connectors themselves. Run: npm run docs:connectors
import { mkdirSync, writeFileSync } from 'node:fs'

import { createRegistry } from '../src/app/registry.ts'
import { connectorPage } from './connector-page.ts'

mkdirSync('docs/connectors', { recursive: true })
for (const one of createRegistry(undefined).all()) writeFileSync(`docs/connectors/${one.id}.md`, connectorPage(one))
