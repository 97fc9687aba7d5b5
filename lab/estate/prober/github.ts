import { ask, isOk, type Answer } from './http.ts'
import { namesIn, type Found, type Opened, type Prober, type Target } from './types.ts'

const refsOf = (target: Target, repo: string, service: string, headers: Record<string, string>): Promise<Answer> => {
  const [org = ''] = namesIn(target, 'org')
  return ask(`${target.url}/${org}/${repo}.git/info/refs?service=${service}`, { headers })
}

/** What anybody may clone: no secret opens it. */
export async function githubOpenToAll(target: Target): Promise<Opened[]> {
  const found: Opened[] = []
  for (const repo of namesIn(target, 'repos')) {
    if (isOk(await refsOf(target, repo, 'git-upload-pack', {})))
      found.push({ system: 'github', what: `repo/${repo}`, right: 'read' })
  }
  return found
}

/** Git over HTTPS with the value as the password, as `git clone` and `git push --dry-run` ask; then the API. */
export const github: Prober = async (target, { value }) => {
  const found: Found = { opens: [], makes: [] }
  const [org = ''] = namesIn(target, 'org')
  const git = { authorization: `Basic ${Buffer.from(`x:${value}`).toString('base64')}` }
  const api = { authorization: `Bearer ${value}` }
  const isKnown = (await ask(`${target.url}/rate_limit`, { headers: api })).status !== 401
  if (!isKnown) return found
  for (const repo of namesIn(target, 'repos')) {
    if (!isOk(await refsOf(target, repo, 'git-upload-pack', git))) continue
    found.opens.push({ system: 'github', what: `repo/${repo}`, right: 'read' })
    if (isOk(await refsOf(target, repo, 'git-receive-pack', git)))
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
