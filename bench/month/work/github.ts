// A month of work at GitHub: deploys, releases, new repositories, new laptops, what administrators keep.
import { createHash } from 'node:crypto'

import type { JsonObject } from '#kit'

import type { Person } from '../../../lab/estate/company/model.ts'
import { addressOf } from '../../../lab/estate/use/people.ts'
import { daily, happenings, hourMs, minuteMs, someone, type Month, type Record } from '../calendar.ts'

const browser = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0'
export type GithubOrg = { org: string; org_id: number }

export function* githubWork(month: Month, { org, org_id }: GithubOrg): Generator<Record> {
  const { company, admins, staff } = month
  const engineers = month.engineers.filter((person) => month.idOf('github', person) !== '')
  const owners = [...admins.owner, ...engineers.slice(0, 2)].filter((person) => month.idOf('github', person) !== '')
  const repos = company.repos
  let made = 0
  const row = (story: string, action: string, who: Person | null, atMs: number, more: JsonObject = {}): Record => {
    const id = createHash('sha256').update(`work ${month.seed} ${made++}`).digest('base64url').slice(0, 22)
    const of: JsonObject =
      who === null
        ? {}
        : { actor: loginOf(who), actor_id: Number(month.idOf('github', who)), actor_ip: addressOf(who.n) }
    const raw = {
      _document_id: id,
      '@timestamp': atMs,
      created_at: atMs,
      action,
      org,
      org_id,
      user_agent: browser,
      ...of,
      ...more,
    }
    return { vendor: 'github', stream: action.startsWith('git.') ? 'git' : 'audit', atMs, story, raw }
  }
  const loginOf = ({ email }: Person): string => (email.split('@')[0] ?? '').replaceAll('.', '-')
  const repoOf = (n: number): JsonObject => ({
    repo: `${org}/${repos[n % repos.length]?.name ?? ''}`,
    repo_id: 5_000 + (n % repos.length),
  })
  const app = (name: string): JsonObject => ({
    actor: `${name}[bot]`,
    actor_id: 900_000,
    actor_is_bot: true,
    actor_ip: '192.0.2.60',
    programmatic_access_type: 'GitHub App server-to-server token',
    hashed_token: createHash('sha256').update(name).digest('base64'),
    user_agent: `${name}/2`,
  })

  // Builds all day: each clones and tells how it went.
  for (const { dayStartMs, draw } of daily(month, 'github/builds')) {
    const builds = 30 + Math.floor(repos.length / 4)
    for (let n = 0; n < builds; n++) {
      const atMs = dayStartMs + (6 + draw.int(13)) * hourMs + draw.int(hourMs)
      const of = { ...app('github-actions'), ...repoOf(draw.int(repos.length)) }
      yield row('builds', 'git.clone', null, atMs, { ...of, transport_protocol_name: 'http' })
      yield row('builds', 'workflows.completed_workflow_run', null, atMs + 4 * minuteMs, {
        ...of,
        conclusion: 'success',
        name: 'deploy',
      })
    }
    // Each night a mirror of all of them is made.
    for (let n = 0; n < repos.length; n++)
      yield row('nightly mirror', 'git.fetch', null, dayStartMs + 2 * hourMs + n * 4_000, {
        ...app('mirror'),
        ...repoOf(n),
        transport_protocol_name: 'http',
      })
  }
  for (const { draw, atMs } of happenings(month, 'github/new-laptop', Math.max(2, engineers.length * 0.04))) {
    const who = someone(engineers, draw, atMs)
    const key = { fingerprint: `SHA256:${draw.hex(40)}`, title: 'new laptop', user: loginOf(who) }
    yield row('new laptop', 'public_key.create', who, atMs, key)
    const many = Math.min(repos.length, 15 + draw.int(25))
    const first = draw.int(repos.length)
    for (let n = 0; n < many; n++)
      yield row('new laptop', 'git.clone', who, atMs + (5 + n) * minuteMs, {
        ...repoOf(first + n),
        transport_protocol_name: 'ssh',
        user_agent: 'git/2.49',
      })
  }
  for (const { draw, atMs } of happenings(month, 'github/repo', 12)) {
    const who = someone(engineers, draw, atMs)
    const repo = { repo: `${org}/new-${draw.hex(4)}`, repo_id: 9_000 + draw.int(900), visibility: 'private' }
    yield row('new repository', 'repo.create', who, atMs, repo)
    yield row('new repository', 'protected_branch.create', who, atMs + 5 * minuteMs, { ...repo, name: 'main' })
    yield row('new repository', 'team.add_repository', who, atMs + 6 * minuteMs, { ...repo, team: `${org}/data` })
  }
  const few: [name: string, times: number, action: string, more: JsonObject][] = [
    ['branch rules changed', 6, 'protected_branch.update', { name: 'main' }],
    [
      'merged past a rule',
      20,
      'protected_branch.policy_override',
      { branch: 'refs/heads/main', overridden_codes: ['review_policy_not_satisfied'] },
    ],
    ['secret kept', 15, 'repo.update_actions_secret', { key: 'DEPLOY_KEY' }],
    ['secret kept', 3, 'org.update_actions_secret', { key: 'REGISTRY_TOKEN', visibility: 'selected' }],
    ['secret kept', 3, 'repo.create_actions_secret', { key: 'CACHE_TOKEN' }],
    [
      'hook made',
      3,
      'hook.create',
      { hook_id: 77, events: ['push'], active: true, config: { url: 'https://chat.example/hook' } },
    ],
    ['archived', 6, 'repo.archived', { visibility: 'private' }],
    ['deleted', 2, 'repo.destroy', { visibility: 'private' }],
    ['secret found', 8, 'secret_scanning_alert.create', { number: 4, alert_number: 4 }],
    ['alert closed', 12, 'repository_vulnerability_alert.dismiss', { alert_number: 9 }],
    ['collaborator', 3, 'repo.add_member', { user: 'partner-reviewer', permission: 'read' }],
    ['deploy key', 2, 'public_key.create', { read_only: 'true', title: 'deploy' }],
    ['environment', 4, 'environment.update_protection_rule', { environment_name: 'production' }],
  ]
  for (const [story, times, action, more] of few) {
    for (const { draw, atMs } of happenings(month, `github/${action}`, times)) {
      const who = someone(engineers, draw, atMs)
      yield row(story, action, who, atMs, { ...repoOf(draw.int(repos.length)), ...more })
    }
  }
  for (const { draw, atMs } of happenings(month, 'github/published', 1)) {
    const repo = { ...repoOf(draw.int(repos.length)), visibility: 'public', previous_visibility: 'private' }
    yield row('published as open source', 'repo.access', someone(owners, draw, atMs), atMs, repo)
  }
  for (const { draw, atMs } of happenings(month, 'github/app', 2)) {
    const of = { integration: 'review-helper', name: 'review-helper', repository_selection: 'selected' }
    yield row('new app', 'integration_installation.create', someone(owners, draw, atMs), atMs, of)
  }
  for (const { draw, atMs } of happenings(month, 'github/oauth', 2)) {
    const of = { oauth_application_name: 'board', oauth_application_id: 44 }
    yield row('new app', 'org.oauth_app_access_approved', someone(owners, draw, atMs), atMs, of)
  }
  for (const { draw, atMs } of happenings(month, 'github/pat', 10)) {
    const [who, by] = [someone(engineers, draw, atMs), someone(owners, draw, atMs)]
    const of = {
      user: loginOf(who),
      programmatic_access_type: 'Fine-grained personal access token',
      user_programmatic_access_name: 'cli',
    }
    yield row('token let in', 'personal_access_token.request_created', who, atMs, of)
    yield row('token let in', 'personal_access_token.access_granted', by, atMs + 2 * hourMs, of)
  }
  for (const { draw, atMs } of happenings(month, 'github/team', 25)) {
    const [who, by] = [someone(engineers, draw, atMs), someone(owners, draw, atMs)]
    yield row('teams kept', 'team.add_member', by, atMs, { user: loginOf(who), team: `${org}/data` })
  }
  for (const { draw, atMs } of happenings(month, 'github/owner', 0.5)) {
    const who = someone(engineers, draw, atMs)
    yield row('an owner more', 'org.update_member', someone(owners, draw, atMs), atMs, {
      user: loginOf(who),
      permission: 'admin',
      old_permission: 'read',
    })
  }
  for (const person of staff) {
    if (month.idOf('github', person) === '' || owners[0] === undefined) continue
    const { startMs, endMs } = person
    if (startMs >= month.fromMs && startMs < month.endMs)
      yield row('joiner', 'org.invite_member', owners[0], startMs, { user: loginOf(person) })
    if (endMs !== null && endMs >= month.fromMs && endMs < month.endMs)
      yield row('leaver', 'org.remove_member', owners[0], endMs, { user: loginOf(person) })
  }
}
