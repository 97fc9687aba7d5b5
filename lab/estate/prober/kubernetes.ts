import { ask, isLetThrough, isOk, type Answer } from './http.ts'
import { namesIn, type Found, type Prober } from './types.ts'

const nobody = 'nobody-of-that-name'
const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'

/**
 * A service account's token: the secrets of each namespace, all of them or one by its name, to read and to take away; and who
 * has which role in the whole cluster. Nothing is changed: what is taken away is named as nothing is.
 */
export const kubernetes: Prober = async ({ url, names, trust }, { value }) => {
  const found: Found = { opens: [], makes: [] }
  const target = { url, names }
  const call = async (method: 'GET' | 'DELETE', path: string): Promise<Answer> => {
    const answer = await ask(`${url}${path}`, { method, headers: { authorization: `Bearer ${value}` }, trust })
    // An answer that is neither let nor denied says nothing of the right.
    if (!isOk(answer) && ![401, 403, 404].includes(answer.status))
      throw new Error(`\`${method} ${path}\` failed: ${answer.status} ${answer.text.slice(0, 200)}`)
    return answer
  }
  for (const namespace of namesIn(target, 'namespaces')) {
    const secrets = `/api/v1/namespaces/${namespace}/secrets`
    const what = `secrets/${namespace}`
    const listed = await call('GET', secrets)
    if (listed.status === 401) return found
    // Who may not list may still get whatever they know the name of.
    if (isOk(listed) || isLetThrough(await call('GET', `${secrets}/${nobody}`)))
      found.opens.push({ system: 'kubernetes', what, right: 'read' })
    if (isLetThrough(await call('DELETE', `${secrets}/${nobody}`)))
      found.opens.push({ system: 'kubernetes', what, right: 'write' })
  }
  for (const secret of namesIn(target, 'secrets')) {
    const [namespace = '', name = ''] = secret.split('/')
    if (isOk(await call('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`)))
      found.opens.push({ system: 'kubernetes', what: `secret/${secret}`, right: 'read' })
  }
  if (isLetThrough(await call('DELETE', `${bindings}/${nobody}`))) {
    found.opens.push({ system: 'kubernetes', what: 'cluster', right: 'admin' })
    found.makes.push('kubernetes binding')
  }
  return found
}
