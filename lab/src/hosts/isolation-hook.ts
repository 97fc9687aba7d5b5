// The command a company would configure for its endpoint tool: isolation-hook URL isolate|release|check HOST.
// Ends with 0 when the host is as wanted; `check` ends with 0 when it is isolated and 1 when not.
import process from 'node:process'

const [url = '', verb = '', host = process.env['CORDON_HOST'] ?? ''] = process.argv.slice(2)
const methods: Record<string, string> = { isolate: 'PUT', release: 'DELETE', check: 'GET' }
const method = methods[verb]
if (method === undefined || host === '') {
  process.stderr.write('usage: isolation-hook URL isolate|release|check HOST\n')
  process.exit(64)
}
const response = await fetch(`${url}/hosts/${encodeURIComponent(host)}`, { method })
const text = await response.text()
process.stdout.write(`${text}\n`)
const isIsolated = text.includes('"isolated":true')
process.exitCode = response.ok && isIsolated === (verb !== 'release') ? 0 : 1
