import type { Json, JsonObject } from '#kit'
import { objectAt, saidAt } from '#sources/contract'

/** Parameters that hold what people wrote: commands, queries, questions to an assistant. */
const written = /^(?:command|query|statement|sql|code|prompt|content|message|question|source)(?:_?text)?$/i
/** Services whose answers hold what was asked for. */
const telling = new Set([
  'databrickssql',
  'notebook',
  'aibiGenie',
  'genie',
  'modelServing',
  'serverlessRealTimeInference',
])
/** What a statement does; a word that is none of these may be a value. */
const verbs =
  /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|COPY|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|SHOW|DESCRIBE|EXPLAIN|USE|SET|CALL|EXECUTE|OPTIMIZE|VACUUM)\b/i

/** INVARIANT: of the text of a command or query only its first word is stored, and only where that is one of SQL's. */
export function withoutValues(record: JsonObject): JsonObject {
  const out = { ...record }
  const params = objectAt(record, 'requestParams')
  if (params !== undefined) {
    out['requestParams'] = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, written.test(name) ? shortened(value) : value]),
    )
  }
  const response = objectAt(record, 'response')
  if (response !== undefined) out['response'] = withoutQuotes(response, saidAt(record, 'serviceName') ?? '')
  return out
}

function shortened(value: Json): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  const text = typeof value === 'string' ? value : ''
  // Already shortened, it comes out as it went in.
  if (/^(?:[A-Z]+ )?…$/.test(text)) return text
  const verb = verbs.exec(text)?.[1]
  return verb === undefined ? '…' : `${verb.toUpperCase()} …`
}

/** Errors quote what they are about, and the statement behind `== SQL ==`. */
function withoutQuotes(response: JsonObject, service: string): JsonObject {
  const { result, errorMessage, ...rest } = response
  const out: JsonObject = rest
  if (result !== undefined && !telling.has(service)) out['result'] = result
  if (typeof errorMessage === 'string') {
    const [said = ''] = errorMessage.split('== SQL')
    out['errorMessage'] = said.replaceAll(/'[^']*'?|"[^"]*"?|`[^`]*`?/g, '…').trim()
  }
  return out
}
