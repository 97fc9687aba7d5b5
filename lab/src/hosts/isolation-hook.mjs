// The command a company would configure for its endpoint tool: isolation-hook URL isolate|release|check HOST.
// Ends with 0 when the host is as wanted; `check` ends with 0 when it is isolated and 1 when not. Plain JavaScript on
// node:http alone: it runs once per call, and its start is what a containment waits for.
import { request } from 'node:http'
import process from 'node:process'

const [url = '', verb = '', host = process.env['CORDON_HOST_ID'] ?? ''] = process.argv.slice(2)
const method = { isolate: 'PUT', release: 'DELETE', check: 'GET' }[verb]
if (method === undefined || host === '') {
  process.stderr.write('usage: isolation-hook URL isolate|release|check HOST\n')
  process.exit(64)
}
const call = request(`${url}/hosts/${encodeURIComponent(host)}`, { method }, (response) => {
  let text = ''
  response.on('data', (chunk) => (text += chunk))
  response.on('end', () => {
    const isIsolated = text.includes('"isolated":true')
    process.exitCode = response.statusCode === 200 && isIsolated === (verb !== 'release') ? 0 : 1
  })
})
call.on('error', (error) => {
  process.stderr.write(`isolation-hook: ${error.message}\n`)
  process.exitCode = 69
})
call.end()
