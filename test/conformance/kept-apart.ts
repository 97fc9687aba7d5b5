import { assert, type HttpResponse } from '#kit'
import { entityId, type EdgeType, type EntityId } from '#model'

import { makeMember as joinWorkspace, makeFile, makeKey } from '../../lab/twins/anthropic/organization.ts'
import type { TwinClock } from '../../lab/twins/kit/clock.ts'
import { store } from '../../lab/twins/openai/data.ts'
import { makeSignOnPolicy, makeSignOnRule, sessionOf } from '../../lab/twins/okta/policies.ts'
import { makeKey as makeProjectKey } from '../../lab/twins/openai/projects.ts'
import { foundCompany as anthropic } from './anthropic/company.ts'
import { openCordon as anthropicStages } from './anthropic/cordon.ts'
import type { openStages } from './cordon.ts'
import { foundCompany as entra } from './entra/company.ts'
import { openCordon as entraStages } from './entra/cordon.ts'
import { foundCompany as fleet } from './fleet/company.ts'
import { openCordon as fleetStages } from './fleet/cordon.ts'
import { foundCompany as github } from './github/company.ts'
import { openCordon as githubStages } from './github/cordon.ts'
import { rbac } from './kubernetes/cluster.ts'
import { account, bindingBody, foundCompany as kubernetes, must, roleBody, rule } from './kubernetes/company.ts'
import { openCordon as kubernetesStages } from './kubernetes/cordon.ts'
import { openTwinCluster } from './kubernetes/twin-cluster.ts'
import { foundCompany as okta } from './okta/company.ts'
import { openCordon as oktaStages } from './okta/cordon.ts'
import { foundCompany as openai } from './openai/company.ts'
import { openCordon as openaiStages } from './openai/cordon.ts'
import { refusal } from './refused.ts'
import { foundCompany as slack } from './slack/company.ts'
import { openCordon as slackStages } from './slack/cordon.ts'

/** One thing of a list that keeps a part of itself from Cordon, and another one, read after it, where something changes. */
export type Scene = {
  cordon: Pick<ReturnType<typeof openStages>, 'pull' | 'httpFor' | 'estate' | 'logged' | 'close'>
  clock: TwinClock
  stream: string
  /** Of a request, as `PATH KEY BODY`: it asks for the part; or for the thing at all. `KEY`: where it brings its own. */
  part: RegExp
  thing: RegExp
  /** How the thing is called in what is said. */
  says: string
  into: EntityId
  type: EdgeType
  /** Makes an edge into another thing, whose part is read. */
  change(): EntityId | Promise<EntityId>
  stop(): Promise<void>
}
/** `gone`: how the vendor says that a thing is no more; absent: it is not asked about one. */
export type Apart = { refusals: readonly HttpResponse[]; gone?: HttpResponse; open: () => Promise<Scene> }

/** By vendor; after a blank, what of it. */
export const scenes: Record<string, Apart> = {
  github: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await github()
      const { twin, payroll, website, grace } = company
      const cordon = githubStages(company)
      const name = (repo: { id: number }): EntityId => entityId('resource', cordon.authority, `repo/${repo.id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'repositories',
        part: /\/brightwater\/payroll\/collaborators/,
        thing: /\/brightwater\/payroll(\/| )/,
        says: 'brightwater/payroll',
        into: name(payroll),
        type: 'CAN_ADMIN',
        change() {
          website.collaborators.set(grace.id, 'admin')
          return name(website)
        },
        stop: () => twin.close(),
      }
    },
  },
  okta: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await okta()
      const { twin, engineers, admins, grace } = company
      const cordon = oktaStages(company)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: new RegExp(`/groups/${engineers.id}/users`),
        thing: new RegExp(`/groups/${engineers.id}[/ ]`),
        says: 'members of a group',
        into: entityId('identity', cordon.authority, engineers.id),
        type: 'MEMBER_OF',
        change() {
          twin.state.members.get(admins.id)?.add(grace.id)
          return entityId('identity', cordon.authority, admins.id)
        },
        stop: () => twin.close(),
      }
    },
  },
  'okta policies': {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await okta()
      const { twin } = company
      const asks = { signon: sessionOf(true) }
      const [staff, sales] = ['Staff', 'Sales'].map((name) => makeSignOnPolicy(twin.org, 'OKTA_SIGN_ON', name))
      assert(staff !== undefined && sales !== undefined, 'two policies')
      const cordon = oktaStages(company)
      const ruleOf = ({ row }: typeof staff, id: string): EntityId =>
        entityId('resource', cordon.authority, `policy/${row.id}/rule/${id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'sign-on',
        part: new RegExp(`/policies/${staff.row.id}/rules`),
        thing: new RegExp(`/policies/${staff.row.id}[/ ]`),
        says: 'rules of a policy of sign-on',
        into: ruleOf(staff, makeSignOnRule(twin.org, staff, 'Second factor', asks).id),
        type: 'CONTAINS',
        change: () => ruleOf(sales, makeSignOnRule(twin.org, sales, 'Second factor', asks).id),
        stop: () => twin.close(),
      }
    },
  },
  slack: {
    refusals: [
      refusal(200, { ok: false, error: 'team_access_not_granted' }),
      refusal(200, { ok: false, error: 'team_not_found' }),
    ],
    async open() {
      const company = await slack()
      const { twin, ada } = company
      const cordon = slackStages(company)
      const name = (group: string): EntityId => entityId('identity', cordon.authority, group)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: /usergroups\.list.*team_id=T0ENGINEER/,
        thing: /usergroups\.list.*team_id=T0ENGINEER/,
        says: 'user groups of a workspace',
        into: name('S0ENG'),
        type: 'MEMBER_OF',
        change() {
          twin.state.usergroups.set('S0SALE', { id: 'S0SALE', name: 'sales', team: 'T0SALES001', users: [ada.id] })
          return name('S0SALE')
        },
        stop: () => twin.close(),
      }
    },
  },
  entra: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await entra()
      const { twin, engineers, admins, grace } = company
      const cordon = entraStages(company)
      const name = ({ id }: { id: string }): EntityId => entityId('identity', cordon.authority, `group/${id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: new RegExp(`/groups/${engineers.id}/members`),
        thing: new RegExp(`/groups/${engineers.id}[/ ]`),
        says: 'members of a group',
        into: name(engineers),
        type: 'MEMBER_OF',
        change() {
          twin.state.members.get(admins.id)?.add(grace.id)
          return name(admins)
        },
        stop: () => twin.close(),
      }
    },
  },
  openai: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await openai()
      const { twin, labels, main, robot, ada } = company
      makeProjectKey(twin.org, main.id, { user: ada.id }, 'another')
      const cordon = openaiStages(company)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: new RegExp(`/projects/${main.id}/api_keys`),
        thing: new RegExp(`/projects/${main.id}[/ ]`),
        says: 'keys of a project',
        into: entityId('identity', cordon.authority, `user/${ada.id}/in/${main.id}`),
        type: 'AUTHENTICATES_AS',
        change() {
          makeProjectKey(twin.org, labels.id, { account: robot.id }, 'more')
          return entityId('identity', cordon.authority, `service-account/${robot.id}`)
        },
        stop: () => twin.close(),
      }
    },
  },
  'openai files': {
    // OpenAI's 401 says that a key is good for nothing, or for nothing of the kind.
    refusals: [
      refusal(401, { error: { code: 'invalid_api_key', message: 'Incorrect API key provided.' } }),
      refusal(401, { error: { code: null, message: 'You have insufficient permissions. Missing scopes.' } }),
    ],
    async open() {
      const company = await openai()
      const { twin, labels, main, ada, config, secrets } = company
      const another = makeProjectKey(twin.org, main.id, { user: ada.id }, 'cordon').value
      const [, own = ''] = secrets.see.projectKeys.trim().split('=')
      const cordon = openaiStages({
        ...company,
        config: { ...config, dataProjects: [labels.id, main.id] },
        secrets: { ...secrets, see: { ...secrets.see, projectKeys: `${labels.id}=${own}\n${main.id}=${another}\n` } },
      })
      const name = (id: string): EntityId => entityId('resource', cordon.authority, `file/${id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'stored',
        part: new RegExp(`/v1/files [^ ]*${own}`),
        thing: /none/,
        says: 'files of a project',
        into: name(store(twin.org, labels.id, 'files', 'rates').id),
        type: 'CONTAINS',
        change: () => name(store(twin.org, main.id, 'files', 'more').id),
        stop: () => twin.close(),
      }
    },
  },
  anthropic: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await anthropic()
      const { twin, labels, main, ada, grace } = company
      joinWorkspace(twin.org, main.id, ada.id, 'workspace_admin')
      const cordon = anthropicStages(company)
      const name = ({ id }: { id: string }): EntityId => entityId('resource', cordon.authority, `workspace/${id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'directory',
        part: new RegExp(`/workspaces/${main.id}/members`),
        thing: new RegExp(`/workspaces/${main.id}[/ ]`),
        says: 'members of a workspace',
        into: name(main),
        type: 'CAN_ADMIN',
        change() {
          joinWorkspace(twin.org, labels.id, grace.id, 'workspace_admin')
          return name(labels)
        },
        stop: () => twin.close(),
      }
    },
  },
  'anthropic files': {
    refusals: [refusal(401, { error: { type: 'authentication_error' } }), refusal(403)],
    async open() {
      const company = await anthropic()
      const { twin, labels, main, root, file, config, secrets } = company
      const another = makeKey(twin.org, 'cordon', { workspace: main.id, by: root.id }).value
      const [, own = ''] = secrets.see.workspaceKeys.trim().split('=')
      const cordon = anthropicStages({
        ...company,
        config: { ...config, dataWorkspaces: [labels.id, main.id] },
        secrets: {
          ...secrets,
          see: { ...secrets.see, workspaceKeys: `${labels.id}=${own}\n${main.id}=${another}\n` },
        },
      })
      const name = ({ row }: { row: { id: string } }): EntityId =>
        entityId('resource', cordon.authority, `file/${row.id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'stored',
        part: new RegExp(`/v1/files ${own}`),
        thing: /none/,
        says: 'files of a workspace',
        into: name(file),
        type: 'CONTAINS',
        change: () => name(makeFile(twin.org, main.id, 'more.csv')),
        stop: () => twin.close(),
      }
    },
  },
  fleet: {
    refusals: [refusal(403), refusal(404)],
    gone: refusal(404),
    async open() {
      const company = await fleet()
      const { twin, ada } = company
      const boss = twin.makeUser('boss', 'admin')
      const cordon = fleetStages(company)
      const name = ({ id }: { id: number }): EntityId => entityId('identity', cordon.authority, `user/${id}`)
      return {
        cordon,
        clock: company.clock,
        stream: 'users',
        part: new RegExp(`/users/${ada.id}/sessions`),
        thing: new RegExp(`/users/${ada.id}[/ ]`),
        says: 'sessions of a user',
        into: name(ada),
        type: 'AUTHENTICATES_AS',
        change() {
          twin.signIn(boss.email, boss.password)
          return name(boss)
        },
        stop: () => twin.close(),
      }
    },
  },
  'kubernetes namespace': {
    refusals: [refusal(403)],
    open: () => kubernetesScene(/\/v1\/(namespaces\/ci\/)?rolebindings /, 'rolebindings of a namespace'),
  },
  'kubernetes roles': {
    refusals: [refusal(403)],
    open: () => kubernetesScene(/\/v1\/(namespaces\/ci\/)?roles /, 'what roles of a namespace allow'),
  },
}

/** Roles that open the secrets of a namespace: neither all at once may be listed, nor those of one namespace. */
async function kubernetesScene(part: RegExp, says: string): Promise<Scene> {
  const cluster = await openTwinCluster()
  const company = await kubernetes(cluster)
  const cordon = kubernetesStages(company)
  const readerIn = async (namespace: string): Promise<EntityId> => {
    const reads = roleBody('Role', 'reader', [rule(['get', 'list'], [''], ['secrets'])])
    const bound = bindingBody('RoleBinding', 'reader', ['Role', 'reader'], [account(namespace, 'default')])
    await must(cluster.admin, 'POST', rbac(namespace, 'roles'), reads)
    await must(cluster.admin, 'POST', rbac(namespace, 'rolebindings'), bound)
    return entityId('resource', cordon.authority, `secrets/${namespace}`)
  }
  return {
    cordon,
    clock: cluster.clock,
    stream: 'inventory',
    part,
    thing: /none/,
    says,
    into: await readerIn('ci'),
    type: 'CAN_READ',
    change: () => readerIn('shop'),
    stop: () => cluster.close(),
  }
}
