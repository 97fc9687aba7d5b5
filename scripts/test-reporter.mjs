// One JSON line for each test that ended, for scripts/test.mjs to count; suites and files themselves are not tests.
import { relative } from 'node:path'

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A skipped suite speaks for all that it holds.
    if (data.details?.type === 'suite' && data.skip === undefined) continue
    if (data.file === undefined || data.name === data.file) continue
    const file = relative(process.cwd(), data.file)
    if (data.name === file || data.name.endsWith('.test.ts')) {
      if (type === 'test:pass') continue
    }
    const kind = data.skip !== undefined || data.todo !== undefined ? 'skip' : type === 'test:pass' ? 'pass' : 'fail'
    const reason = typeof data.skip === 'string' ? data.skip : undefined
    yield `${JSON.stringify({ kind, file, name: data.name, reason })}\n`
  }
}
