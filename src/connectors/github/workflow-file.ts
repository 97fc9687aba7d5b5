/**
 * What a workflow file pulls in, which secrets it names, and whether strangers can start it; the text is not kept.
 * `forOutsiders`: started by a fork's pull request, an issue or a comment, and given secrets all the same.
 * `runsTheirs`: such a one that also checks out what the stranger wrote.
 */
export type WorkflowFile = { uses: string[]; secrets: string[]; forOutsiders: boolean; runsTheirs: boolean }

/** A file with more is cut there: GitHub itself takes no file over 512 KB. */
const namesMax = 500
const usesLine = /^\s*(?:-\s*)?['"]?uses['"]?\s*:\s*['"]?([\w.${}@:/-]+)/gm
const secretName = /\bsecrets(?:\.|\[\s*['"])([A-Za-z_]\w{0,254})/g
/** The block of triggers, until the next word at the margin. */
const triggers = /^['"]?on['"]?\s*:.*(?:\n(?:[ \t].*|-.*|[ \t]*))*/m
const forOthers = /\b(?:pull_request_target|workflow_run|issue_comment|issues|discussion_comment)\b/
const theirHead = /github\.(?:event\.(?:pull_request|workflow_run)\.head[._]|head_ref)/
const inheritsAll = /^\s*secrets\s*:\s*inherit\b/m

/**
 * Read by lines, not as YAML: a file with a fault in one place still tells what it names elsewhere, and an expression
 * that only names a secret in part (`secrets[format(…)]`) is given as `*`, all there are.
 */
export function readWorkflowFile(text: string): WorkflowFile {
  const bare = text.replace(/^\s*#.*$/gm, '')
  const uses = [...bare.matchAll(usesLine)].map(([, ref = '']) => ref)
  const secrets = [...bare.matchAll(secretName)].map(([, name = '']) => name.toUpperCase())
  if (inheritsAll.test(bare) || /\bsecrets\s*\[\s*[^'"\s]/.test(bare) || /\btoJSON\(\s*secrets\s*\)/i.test(bare)) {
    secrets.push('*')
  }
  const distinct = (list: string[]): string[] => [...new Set(list)].sort().slice(0, namesMax)
  const forOutsiders = forOthers.test(triggers.exec(bare)?.[0] ?? '')
  return {
    uses: distinct(uses),
    secrets: distinct(secrets.filter((name) => name !== 'GITHUB_TOKEN')),
    forOutsiders,
    runsTheirs: forOutsiders && theirHead.test(bare),
  }
}

export type ActionRef = { owner: string; name: string; ref: string; isPinned: boolean }

/** `owner/repo/path@ref`; undefined for a local action, a container, or an expression. Pinned: a whole commit id. */
export function readActionRef(uses: string): ActionRef | undefined {
  const match = /^([\w-]+)\/([\w.-]+)(?:\/[^@\s]*)?@([\w./-]+)$/.exec(uses)
  if (match === null) return undefined
  const [, owner = '', name = '', ref = ''] = match
  return { owner: owner.toLowerCase(), name: name.toLowerCase(), ref, isPinned: /^[0-9a-f]{40}$/.test(ref) }
}
