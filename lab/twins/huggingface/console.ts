import type { Account, AccountToken, Commit, Group, Repo, RepoList, Token, TokenRole, User } from './state.ts'
import type { Hub } from './twin.ts'

export type Console = ReturnType<typeof createConsole>

/** What people do at the Hub's own pages, or with git. */
export function createConsole({ state, nowMs }: Hub) {
  return {
    makeUser(name: string, role?: string, mfa = true): User {
      const id = state.nextId()
      const user: User = { id, name, fullname: name, mfa, email: `${name}@brightwater.example` }
      state.users.set(id, user)
      if (role !== undefined) state.roles.set(id, role)
      return user
    },
    makeToken({ id: user, name }: User, role: TokenRole, permissions: string[] = []): Token {
      const id = state.nextId()
      const token: Token = {
        id,
        value: `hf_EXAMPLE${id.slice(-6)}`,
        user,
        displayName: `${name}-${role}`,
        role,
        permissions,
        createdMs: nowMs(),
        lastUsedMs: null,
        isRevoked: false,
      }
      state.tokens.set(id, token)
      return token
    },
    makeAccount(name: string): Account {
      const account: Account = { id: state.nextId(), name, createdMs: nowMs(), tokens: new Map() }
      state.accounts.set(account.id, account)
      return account
    },
    makeAccountToken(account: Account, permissions: string[]): AccountToken {
      const id = state.nextId()
      const value = `hf_EXAMPLE${id.slice(-6)}`
      const token = {
        id,
        value,
        displayName: `${account.name}-token`,
        permissions,
        createdMs: nowMs(),
        lastUsedMs: null,
      }
      account.tokens.set(id, token)
      return token
    },
    makeGroup(name: string, roles: readonly (readonly [User, string])[] = []): Group {
      const group: Group = { id: state.nextId(), name, roles: new Map(roles.map(([{ id }, role]) => [id, role])) }
      state.groups.set(group.id, group)
      return group
    },
    makeRepo(list: RepoList, name: string, more: Partial<Repo> = {}): Repo {
      const repo: Repo = {
        id: state.nextId(),
        list,
        name: `${state.organization.name}/${name}`,
        isPrivate: true,
        gated: false,
        group: null,
        createdMs: nowMs(),
        modifiedMs: nowMs(),
        commits: [],
        stage: 'RUNNING',
        secrets: new Map(),
        ...more,
      }
      state.repos.set(repo.id, repo)
      return repo
    },
    /** `dateMs`: what the writer claims; default: the truth. */
    push(repo: Repo, { name }: User, title: string, dateMs = nowMs()): Commit {
      const commit = { sha: state.nextId().padStart(40, '0'), title, author: name, dateMs }
      repo.commits.unshift(commit)
      repo.modifiedMs = nowMs()
      return commit
    },
  }
}
