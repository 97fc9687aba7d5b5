import { ask, isOk, type Answer } from './http.ts'
import { namesIn, type Found, type Opened, type Prober, type Right } from './types.ts'

const ids = ({ text }: Answer): string[] => [...text.matchAll(/"id":"(file[-_][^"]+)"/g)].map(([, id = '']) => id)

const isUnknown = ({ status, text }: Answer): boolean =>
  status === 401 && /invalid_api_key|invalid x-api-key/.test(text)

/** Vendors of models: a key of a project reads what lies there; one that administers reads who is who. */
const vendor =
  (system: string, headersOf: (value: string) => Record<string, string>, administration: string): Prober =>
  async ({ url }, { value }) => {
    const found: Found = { opens: [], makes: [] }
    const headers = headersOf(value)
    const add = (what: string, right: Right): number => found.opens.push({ system, what, right } satisfies Opened)
    const models = await ask(`${url}/v1/models`, { headers })
    if (isOk(models)) add('models', 'read')
    // A key of a project that may not list models may still read files; one that administers reads neither.
    const files = isUnknown(models) ? models : await ask(`${url}/v1/files`, { headers })
    for (const id of isOk(files) ? ids(files) : []) add(`file/${id}`, 'read')
    if (isOk(await ask(`${url}${administration}`, { headers }))) add('organization', 'admin')
    return found
  }

export const openai = vendor('openai', (value) => ({ authorization: `Bearer ${value}` }), '/v1/organization/users')
export const anthropic = vendor(
  'anthropic',
  (value) => ({ 'x-api-key': value, 'anthropic-version': '2023-06-01' }),
  '/v1/organizations/users',
)

/** A gateway has two workers with a memory each: what one of them still takes is open. */
export const litellm: Prober = async (target, { value }) => {
  const { url } = target
  const found: Found = { opens: [], makes: [] }
  const headers = { authorization: `Bearer ${value}` }
  // Each of the two workers is asked once: neither knows a value that was never a key.
  const known = [await ask(`${url}/key/info`, { headers }), await ask(`${url}/key/info`, { headers })]
  if (known.every(({ status }) => status === 401)) return found
  for (let worker = 0; worker < 2; worker++)
    for (const model of namesIn(target, 'models')) {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }], max_tokens: 1 })
      const asked = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }
      if (isOk(await ask(`${url}/v1/chat/completions`, asked)))
        found.opens.push({ system: 'litellm', what: `model/${model}`, right: 'read' })
    }
  // A gateway without a database has no keys to list, and its configuration all the same.
  const lists = await ask(`${url}/key/list?size=1`, { headers })
  if (isOk(lists) || isOk(await ask(`${url}/credentials`, { headers })))
    found.opens.push({ system: 'litellm', what: 'gateway', right: 'admin' })
  return found
}
