// Emits dist/ from src/: plain JavaScript, because Node strips no types inside node_modules.
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules', '.bin', 'tsc')
const result = spawnSync(tsc, ['--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (result.status !== 0) process.exit(result.status ?? 1)

// The browser's part: types out, names of files to `.js`. Who imports what was checked by scripts/check.sh.
const browser = spawnSync(tsc, ['--project', 'console/tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (browser.status !== 0) process.exit(browser.status ?? 1)
for (const name of ['console.css', 'icon.svg']) cpSync(join(root, 'console', name), join(root, 'dist', 'console', name))

// Files that are data or already JavaScript travel as they are.
const copy = (folder) => {
  for (const entry of readdirSync(join(root, 'src', folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) copy(path)
    else if (/\.(mjs|cedar|cedarschema|json|sql)$|^NOTICE$/.test(entry.name))
      cpSync(join(root, 'src', path), join(root, 'dist', path))
  }
}
copy('.')
