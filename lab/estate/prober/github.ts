import { ask, isOk } from './http.ts'
import { namesIn, type Found, type Prober } from './types.ts'

/** Git over HTTPS with the value as the password, as `git clone` and `git push --dry-run` ask; then the API. */
export const github: Prober = async (target, { value }) => {
  const found: Found = { opens: [], makes: [] }
  const [org = ''] = namesIn(target, 'org')
  const git = { authorization: `Basic ${Buffer.from(`x:${value}`).toString('base64')}` }
  const api = { authorization: `Bearer ${value}` }
  const isKnown = (await ask(`${target.url}/rate_limit`, { headers: api })).status !== 401
  if (!isKnown) return found
  for (const repo of namesIn(target, 'repos')) {
    const refs = (service: string) =>
      ask(`${target.url}/${org}/${repo}.git/info/refs?service=${service}`, { headers: git })
    if (!isOk(await refs('git-upload-pack'))) continue
    found.opens.push({ system: 'github', what: `repo/${repo}`, right: 'read' })
    if (isOk(await refs('git-receive-pack')))
      found.opens.push({ system: 'github', what: `repo/${repo}`, right: 'write' })
    // Who may list the keys of a repository may add one.
    if (isOk(await ask(`${target.url}/repos/${org}/${repo}/keys`, { headers: api }))) {
      found.opens.push({ system: 'github', what: `repo/${repo}`, right: 'admin' })
      found.makes.push('github deploy-key')
    }
  }
  if (isOk(await ask(`${target.url}/orgs/${org}/hooks`, { headers: api }))) {
    found.opens.push({ system: 'github', what: 'org', right: 'admin' })
    found.makes.push('github webhook', 'github member')
  }
  return { ...found, makes: [...new Set(found.makes)] }
}
